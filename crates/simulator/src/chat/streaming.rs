//! A chat answer as server-sent events.

use std::io;

use async_stream::stream;
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderValue, header::CONTENT_TYPE};
use serde_json::{Value, json};

use super::Answer;
use crate::{
    runs::{Plan, pause},
    state::State,
    wire::cut,
};

pub(super) fn respond(state: &State, answer: Answer, plan: Plan) -> Response {
    let state = state.clone();
    let open = state.open_stream();
    let body = Body::from_stream(stream! {
        let _until_the_end = open;
        let chunk = |delta: Value, reason: Option<&str>| {
            let choice = json!({ "index": 0, "delta": delta, "finish_reason": reason });
            event(&answer.chunk(&json!([choice]), None))
        };
        yield Ok(chunk(json!({ "role": "assistant", "content": "" }), None));
        for (number, piece) in plan.pieces.iter().enumerate() {
            if !pause(&state, plan.pause).await {
                yield Err(cut());
                return;
            }
            if plan.cut_after == Some(number) {
                // Gives the server the chance to send what it holds before the break.
                tokio::task::yield_now().await;
                yield Err(cut());
                return;
            }
            yield Ok(chunk(json!({ "content": piece }), None));
        }
        let calls = answer.asked.tool_calls();
        let reason = if calls.is_empty() { "stop" } else { "tool_calls" };
        for (index, call) in calls.iter().enumerate() {
            for delta in tool_deltas(index, call) {
                yield Ok(chunk(json!({ "tool_calls": [delta] }), None));
            }
        }
        yield Ok(chunk(json!({}), Some(reason)));
        if answer.asked.include_usage {
            yield Ok(event(&answer.chunk(&json!([]), Some(&answer.usage))));
        }
        yield Ok(Bytes::from_static(b"data: [DONE]\n\n"));
    });
    typed(body, "text/event-stream")
}

/// Half of a JSON answer and then a break.
pub(super) fn cut_short(answer: &Value) -> Response {
    let whole = Bytes::from(answer.to_string());
    let body = Body::from_stream(stream! {
        yield Ok::<_, io::Error>(whole.slice(..whole.len() / 2));
        tokio::task::yield_now().await;
        yield Err(cut());
    });
    typed(body, "application/json")
}

impl Answer {
    fn chunk(&self, choices: &Value, usage: Option<&Value>) -> Value {
        let mut chunk = json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.asked.model,
            "choices": choices,
        });
        if self.asked.include_usage {
            chunk["usage"] = usage.cloned().unwrap_or(Value::Null);
        }
        chunk
    }
}

/// A tool call as models stream it: its name first, then its arguments in two halves.
fn tool_deltas(index: usize, call: &Value) -> Vec<Value> {
    let arguments = call["function"]["arguments"].as_str().unwrap_or_default();
    let half = arguments.char_indices().map(|(at, _)| at).nth(arguments.chars().count() / 2).unwrap_or(0);
    let (first, second) = arguments.split_at(half);
    let mut start = call.clone();
    start["index"] = json!(index);
    start["function"]["arguments"] = json!("");
    let rest = [first, second];
    let rest = rest.map(|part| json!({ "index": index, "function": { "arguments": part } }));
    [start].into_iter().chain(rest).collect()
}

fn event(data: &Value) -> Bytes {
    Bytes::from(format!("data: {data}\n\n"))
}

fn typed(body: Body, content_type: &'static str) -> Response {
    let mut response = body.into_response();
    let value = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, value);
    response
}
