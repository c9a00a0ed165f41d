//! What the model is told, and one journalled call of it.

use std::time::Duration;

use domain::agents::fill;
use domain::events::EventBody;
use domain::executions::{Failure, Reason, Status, Usage};
use futures::StreamExt as _;
use outbound::chat::{Ask, Piece, Provider};
use serde_json::{Value, json};
use storage::queue::{Begin, Job, StepEnd, Yield};

use super::calls::Offered;
use super::journal::Turn;
use super::{KIND, money};
use crate::attempt::{Attempt, Halt};
use crate::failures::chat_failure;
use crate::output::Output;

/// What to ask.
pub(super) fn ask(job: &Job, messages: &[Value], tools: &[Offered]) -> Ask {
    let parameters = &job.config.parameters;
    let budgeted = job.config.limits.budget_tokens > 0;
    Ask {
        model: job.config.model.clone().unwrap_or_default(),
        messages: messages.to_vec(),
        tools: tools.iter().map(Offered::described).collect(),
        temperature: parameters.temperature,
        max_tokens: parameters.max_output_tokens.or(budgeted.then_some(money::ANSWER)),
    }
}

/// Calls the model once and stores what it gave.
pub(super) async fn call(
    attempt: &Attempt<'_>,
    job: &Job,
    provider: &Provider,
    ask: &Ask,
    round: u32,
    before: Vec<EventBody>,
    output: &mut Output<'_>,
) -> Result<(Turn, Option<Usage>), Halt> {
    let begin = Begin {
        kind: KIND,
        name: "Model call".to_owned(),
        place: Some(format!("model:{round}")),
        input: Some(json!({ "model": ask.model, "messages": ask.messages.len() })),
    };
    let step = attempt.begin_step(begin, before).await?;
    let limit = Duration::from_secs(u64::from(job.config.limits.step_deadline_s));
    let called = tokio::time::timeout(limit, listen(attempt, provider, ask, output)).await;
    let (turn, usage) = called.unwrap_or_else(|_| {
        let message = format!("A step reached its time limit of {} s.", limit.as_secs());
        let failure = Failure::failed(Reason::StepDeadline).with_message(message);
        Err(Failure { status: Status::TimedOut, ..failure }.into())
    })?;
    output.flush().await?;
    let result = serde_json::to_value(&turn).unwrap_or_default();
    attempt.end_step(step, StepEnd::Finished, Yield { result: Some(result), usage }).await?;
    Ok((turn, usage))
}

async fn listen(
    attempt: &Attempt<'_>,
    provider: &Provider,
    ask: &Ask,
    output: &mut Output<'_>,
) -> Result<(Turn, Option<Usage>), Halt> {
    let mut turn = Turn::default();
    let mut pieces = attempt.chat.stream(provider, ask).await.map_err(|error| chat_failure(&error))?;
    loop {
        let next = match output.due() {
            None => pieces.next().await,
            Some(due) => {
                let Ok(next) = tokio::time::timeout_at(due, pieces.next()).await else {
                    output.flush().await?;
                    continue;
                };
                next
            }
        };
        match next {
            None => return Err(Failure::failed(Reason::StreamCut).repeatable(None).into()),
            Some(Ok(Piece::Text(text))) => {
                turn.text.push_str(&text);
                output.push(&text).await?;
            }
            Some(Ok(Piece::End(end))) => {
                turn.calls = end.calls;
                turn.stop = end.stop;
                let usage =
                    end.usage.map(|used| Usage { input_tokens: used.input, output_tokens: used.output });
                return Ok((turn, usage));
            }
            Some(Err(error)) => return Err(chat_failure(&error).into()),
        }
    }
}

/// The instructions, the earlier turns of the conversation, and the message.
pub(super) async fn conversation(attempt: &Attempt<'_>, job: &Job) -> Result<Vec<Value>, Halt> {
    let line = |role: &str, content: String| json!({ "role": role, "content": content });
    let mut lines = Vec::new();
    let instructions = fill(&job.config.instructions, &job.config.values(&job.input.vars));
    if !instructions.trim().is_empty() {
        lines.push(line("system", instructions));
    }
    if job.continues {
        let (store, claim) = (attempt.services.store(), job.claim);
        let this = storage::executions::get(store, claim.workspace, claim.execution).await?;
        let this = this.ok_or(Failure::failed(Reason::Internal))?;
        for turn in storage::executions::turns(store, claim.workspace, this.conversation).await? {
            if turn >= claim.execution {
                break;
            }
            let earlier = storage::executions::get(store, claim.workspace, turn).await?;
            if let Some(earlier) = earlier.filter(|turn| turn.output.is_some()) {
                lines.push(line("user", earlier.input.message));
                lines.push(line("assistant", earlier.output.unwrap_or_default()));
            }
        }
    }
    lines.push(line("user", job.input.message.clone()));
    Ok(lines)
}
