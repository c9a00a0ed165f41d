//! One JSON part: a line of an NDJSON stream, or a member of a stored message.
//!
//! Nobody has published these shapes. What is known comes from the SDK the service is built on,
//! which has renamed its fields more than once, so each value is looked for under every name it
//! has had. A part of an unknown type is handed on untouched.

use serde_json::{Map, Value};

/// What a part turned out to be.
pub(crate) enum Decoded {
    Text(String),
    ToolCall { id: String, name: String, input: Value },
    ToolResult { id: String, name: String, output: Value },
    Finish(Option<String>),
    Failure(String),
    Unknown,
}

pub(crate) fn decode(part: &Map<String, Value>) -> Decoded {
    let Some(kind) = part.get("type").and_then(Value::as_str) else {
        return Decoded::Unknown;
    };
    match kind.replace('_', "-").as_str() {
        "text" | "text-delta" => match text_of(part) {
            Some(text) => Decoded::Text(text),
            None => Decoded::Unknown,
        },
        "tool-call" | "tool-use" | "tool-input-available" => Decoded::ToolCall {
            id: call_id(part),
            name: call_name(part),
            input: value_of(part, &["args", "input", "arguments"]),
        },
        "tool-result" | "tool-output-available" => Decoded::ToolResult {
            id: call_id(part),
            name: call_name(part),
            output: value_of(part, &["result", "output", "content"]),
        },
        "finish" => Decoded::Finish(string_of(part, &["finishReason", "finish_reason", "reason"])),
        "error" => Decoded::Failure(failure(part)),
        _ => Decoded::Unknown,
    }
}

/// The first of `textDelta`, `delta`, `text` and `content` that is a string.
pub(crate) fn text_of(part: &Map<String, Value>) -> Option<String> {
    string_of(part, &["textDelta", "text_delta", "delta", "text", "content"])
}

fn call_id(part: &Map<String, Value>) -> String {
    let names = ["toolCallId", "tool_call_id", "tool_use_id", "id"];
    string_of(part, &names).unwrap_or_default()
}

fn call_name(part: &Map<String, Value>) -> String {
    string_of(part, &["toolName", "tool_name", "name"]).unwrap_or_default()
}

fn failure(part: &Map<String, Value>) -> String {
    match part.get("error") {
        Some(Value::Object(error)) => string_of(error, &["message", "error", "detail"]),
        Some(Value::String(error)) => Some(error.clone()),
        _ => string_of(part, &["errorText", "error_text", "message", "detail"]),
    }
    .unwrap_or_else(|| "no explanation was given".to_owned())
}

fn string_of(part: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| part.get(*name).and_then(Value::as_str)).map(str::to_owned)
}

fn value_of(part: &Map<String, Value>, names: &[&str]) -> Value {
    names.iter().find_map(|name| part.get(*name)).cloned().unwrap_or(Value::Null)
}
