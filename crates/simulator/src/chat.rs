//! An OpenAI-compatible chat model: the same answers and script words, no memory.
//!
//! Any key will do, none too, as with models on one's own machine.

mod conversation;
mod streaming;

use axum::{
    Json,
    body::Bytes,
    extract::State as Shared,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    refusals::{self, Refusal},
    runs::{Plan, pause},
    scripts::Script,
    state::{State, epoch_seconds},
};
use conversation::Conversation;

const MODELS: &[&str] = &["simulator-small", "simulator-large"];

pub(crate) async fn models() -> Json<Value> {
    let models: Vec<Value> = MODELS
        .iter()
        .map(|id| json!({ "id": id, "object": "model", "created": 0, "owned_by": "simulator" }))
        .collect();
    Json(json!({ "object": "list", "data": models }))
}

pub(crate) async fn completions(Shared(state): Shared<State>, body: Bytes) -> Result<Response, Refusal> {
    let asked = Conversation::read(&body, state.options().seed)?;
    gate(&state, &asked)?;
    if asked.script == Script::Hang {
        state.stop().cancelled().await;
        return Err(error(503, "The service is stopping"));
    }
    let plan = asked.plan(state.options().chunk_delay);
    let answer = Answer {
        id: state.lock().completion_id(),
        created: epoch_seconds(),
        usage: asked.usage(&plan),
        asked,
    };
    if answer.asked.stream {
        return Ok(streaming::respond(&state, answer, plan));
    }
    for _ in &plan.pieces {
        if !pause(&state, plan.pause).await {
            return Err(error(503, "The service is stopping"));
        }
    }
    if plan.cut_after.is_some() {
        return Ok(streaming::cut_short(&answer.whole(&plan)));
    }
    Ok(Json(answer.whole(&plan)).into_response())
}

/// What every form of an answer needs.
struct Answer {
    id: String,
    created: i64,
    usage: Value,
    asked: Conversation,
}

impl Answer {
    fn whole(&self, plan: &Plan) -> Value {
        let calls = self.asked.tool_calls();
        let (message, reason) = if calls.is_empty() {
            (json!({ "role": "assistant", "content": plan.pieces.concat() }), "stop")
        } else {
            (json!({ "role": "assistant", "content": null, "tool_calls": calls }), "tool_calls")
        };
        json!({
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.asked.model,
            "choices": [{ "index": 0, "message": message, "finish_reason": reason }],
            "usage": self.usage,
        })
    }
}

fn gate(state: &State, asked: &Conversation) -> Result<(), Refusal> {
    match &asked.script {
        Script::Page500 => Err(refusals::page(500)),
        Script::Refuse(502) => Err(refusals::page(502)),
        Script::Refuse(402) => Err(error(402, "You exceeded your current quota")),
        Script::Refuse(401) => Err(error(401, "Incorrect API key provided")),
        Script::Refuse(status) => Err(error(*status, "The request was refused")),
        Script::RateLimited(seconds) => Err(limited().retry_after(*seconds)),
        Script::RateLimitedThenOk(times) => {
            let refused = state.lock().refuse(&format!("chat {}", asked.message), *times);
            if refused { Err(limited().retry_after(Some(0))) } else { Ok(()) }
        }
        Script::Plain
        | Script::Slow(_)
        | Script::Long(_)
        | Script::Trickle
        | Script::Hang
        | Script::Truncate
        | Script::TruncateFail
        | Script::SplitUtf8
        | Script::JsonFenced
        | Script::Sse
        | Script::NdjsonError
        | Script::NoRunHeader
        | Script::Calls(_) => Ok(()),
    }
}

fn limited() -> Refusal {
    error(429, "Rate limit reached")
}

/// An error as OpenAI-compatible servers write them.
fn error(status: u16, message: &str) -> Refusal {
    let kind = match status {
        401 => "authentication_error",
        402 => "insufficient_quota",
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    };
    Refusal::json(
        status,
        json!({ "error": { "message": message, "type": kind, "param": null, "code": null } }),
    )
}
