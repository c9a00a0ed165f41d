//! One attempt on a model: calls of an OpenAI-compatible endpoint and of the tools it asks for, until
//! it answers without asking.
//!
//! Every call of the model and of a tool is a step with a place in the work: `model:2` is the second
//! call of the model, `tool:2:0` the first tool it asked for. What a finished step gave is stored with
//! it, so that another attempt, after a crash, a failure or a wait for a person, goes through the same
//! places and repeats only what has no result.

mod calls;
mod journal;
mod money;
mod talk;

use domain::Kind;
use domain::executions::{Failure, Reason};
use serde_json::{Value, json};
use storage::queue::Job;

use crate::attempt::{Attempt, Halt};
use crate::output::Output;
use journal::{Journal, Turn};

/// The name of this kind of step in the journal.
const KIND: &str = "model_call";

/// Calls the model until it answers without asking for tools. Every step is over when this ends.
pub(crate) async fn run(attempt: &Attempt<'_>, job: &Job, output: &mut Output<'_>) -> Result<(), Halt> {
    let connection = attempt.services.toolhouse().model(job.claim.workspace).await;
    let connection = connection.map_err(|problem| {
        Failure::failed(match problem.kind {
            Kind::Internal => Reason::Internal,
            _ => Reason::ModelNotConnected,
        })
    })?;
    let tools = calls::offered(attempt, job).await?;
    let journal = Journal::read(attempt, job, &tools).await?;
    let mut spent = journal.spent();
    let mut messages = talk::conversation(attempt, job).await?;
    let mut must_clear = job.claim.attempt > 1;
    for round in 1.. {
        let turn = if let Some(turn) = journal.turn(round) {
            turn
        } else {
            let ask = talk::ask(job, &messages, &tools);
            money::may_call(job, &ask, spent)?;
            let before = if must_clear { output.start_over() } else { Vec::new() };
            let called = talk::call(attempt, job, &connection.provider, &ask, round, before, output);
            let (turn, usage) = called.await?;
            spent.add(usage, turn.bytes());
            must_clear = !turn.text.is_empty();
            turn
        };
        if turn.calls.is_empty() {
            return end(&turn, output);
        }
        messages.push(turn.message());
        for (call, result) in
            turn.calls.iter().zip(calls::answer(attempt, job, &journal, &tools, round, &turn).await?)
        {
            messages.push(json!({ "role": "tool", "tool_call_id": call.id, "content": result }));
        }
    }
    Err(Failure::failed(Reason::Internal).into())
}

/// The end that the last turn means.
fn end(turn: &Turn, output: &mut Output<'_>) -> Result<(), Halt> {
    output.settle(&turn.text)?;
    let reason = match turn.stop.as_str() {
        "length" => Reason::AnswerCut,
        "content_filter" => Reason::AnswerFiltered,
        _ => return Ok(()),
    };
    Err(Failure::failed(reason).into())
}

/// A value as models read it, bounded.
fn told(value: &Value) -> String {
    /// The most characters of one result that a model is told.
    const MOST: usize = 64_000;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(MOST) {
        None => text,
        Some((end, _)) => format!("{}\n[cut after {MOST} characters]", &text[..end]),
    }
}
