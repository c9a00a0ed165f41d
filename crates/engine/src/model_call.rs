//! One attempt on a model: a single streamed call of an OpenAI-compatible endpoint, without tools.
//! A call that was cut off is repeated whole; it changes nothing but the bill.

use domain::agents::fill;
use domain::executions::{Failure, Reason};
use futures::StreamExt as _;
use outbound::chat::{Ask, Line};
use storage::queue::Job;

use crate::attempt::{Attempt, Halt};
use crate::failures::chat_failure;
use crate::output::Output;

/// The name of this kind of step in the journal.
const KIND: &str = "model_call";

/// Calls the model; gives the step that is over when it succeeds.
pub(crate) async fn run(attempt: &Attempt<'_>, job: &Job, output: &mut Output<'_>) -> Result<u32, Halt> {
    let connection =
        attempt.services.toolhouse().model().map_err(|_| Failure::failed(Reason::ModelNotConnected))?;
    let ask = Ask {
        model: job.config.model.clone().unwrap_or_default(),
        lines: conversation(attempt, job).await?,
        temperature: job.config.parameters.temperature,
        max_tokens: job.config.parameters.max_output_tokens,
    };
    let mut before = Vec::new();
    if job.claim.attempt > 1 {
        attempt.close_open_steps().await?;
        before = output.start_over();
    }
    let step = attempt.start_step(KIND, "Model call", before).await?;
    let mut pieces =
        attempt.chat.stream(&connection.provider, &ask).await.map_err(|error| chat_failure(&error))?;
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
            None => return Ok(step),
            Some(Ok(text)) => output.push(&text).await?,
            Some(Err(error)) => return Err(chat_failure(&error).into()),
        }
    }
}

/// The instructions, the earlier turns of the conversation, and the message.
async fn conversation(attempt: &Attempt<'_>, job: &Job) -> Result<Vec<Line>, Halt> {
    let mut lines = Vec::new();
    let instructions = fill(&job.config.instructions, &job.config.values(&job.input.vars));
    if !instructions.trim().is_empty() {
        lines.push(Line { role: "system", content: instructions });
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
                lines.push(Line { role: "user", content: earlier.input.message });
                lines.push(Line { role: "assistant", content: earlier.output.unwrap_or_default() });
            }
        }
    }
    lines.push(Line { role: "user", content: job.input.message.clone() });
    Ok(lines)
}
