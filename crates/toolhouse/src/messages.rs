//! Stored conversation messages. Their content is a string or a list of parts; both occur, in the
//! same conversation.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::parts::{self, Decoded};

/// One message of a stored conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// `user`, `assistant`, `tool` or whatever else the service wrote; empty if it wrote nothing.
    pub role: String,
    /// What was said.
    pub content: Content,
}

/// A message's content.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Plain text.
    Text(String),
    /// Parts in order.
    Parts(Vec<Part>),
}

/// One part of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// A piece of text.
    Text(String),
    /// The agent called a tool. Empty strings where the service gave none.
    ToolCall {
        /// Pairs the call with its result.
        id: String,
        /// The tool's name.
        name: String,
        /// What it was given.
        input: Value,
    },
    /// What a tool answered. Empty strings where the service gave none.
    ToolResult {
        /// The call this answers.
        id: String,
        /// The tool's name.
        name: String,
        /// What it gave back, text or JSON.
        output: Value,
    },
    /// Anything else, untouched.
    Unknown(Value),
}

impl Message {
    /// The text in this message, its parts joined by newlines. Empty when there is none.
    pub fn text(&self) -> String {
        match &self.content {
            Content::Text(text) => text.clone(),
            Content::Parts(parts) => {
                let texts = parts.iter().filter_map(|part| match part {
                    Part::Text(text) => Some(text.as_str()),
                    Part::ToolCall { .. } | Part::ToolResult { .. } | Part::Unknown(_) => None,
                });
                texts.collect::<Vec<_>>().join("\n")
            }
        }
    }

    pub(crate) fn from_value(value: &Value) -> Self {
        let role = value.get("role").and_then(Value::as_str).unwrap_or_default().to_owned();
        let content = match value.get("content") {
            Some(Value::String(text)) => Content::Text(text.clone()),
            Some(Value::Array(items)) => Content::Parts(items.iter().map(part).collect()),
            Some(Value::Null) => Content::Text(String::new()),
            Some(other) => Content::Parts(vec![part(other)]),
            None => Content::Parts(vec![part(value)]),
        };
        Self { role, content }
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|value| Self::from_value(&value))
    }
}

fn part(value: &Value) -> Part {
    let decoded = match value {
        Value::String(text) => return Part::Text(text.clone()),
        Value::Object(object) => parts::decode(object),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => Decoded::Unknown,
    };
    match decoded {
        Decoded::Text(text) => Part::Text(text),
        Decoded::ToolCall { id, name, input } => Part::ToolCall { id, name, input },
        Decoded::ToolResult { id, name, output } => Part::ToolResult { id, name, output },
        Decoded::Finish(_) | Decoded::Failure(_) | Decoded::Unknown => Part::Unknown(value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(message: &Value, role: &str, text: &str) {
        let message = Message::from_value(message);
        assert_eq!((message.role.as_str(), message.text().as_str()), (role, text));
    }

    #[test]
    fn strings_parts_and_gaps_are_read() {
        check(&json!({"role":"user","content":"hello"}), "user", "hello");
        check(
            &json!({"role":"assistant","content":[{"type":"text","text":"a"},{"type":"tool-call","toolCallId":"1","toolName":"t","args":{}},"b"]}),
            "assistant",
            "a\nb",
        );
        check(&json!({"role":"assistant","content":null}), "assistant", "");
        check(&json!({"content":"x"}), "", "x");
        check(&json!({"error":"it broke"}), "", "");
        check(&json!(7), "", "");
    }
}
