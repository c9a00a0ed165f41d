//! Tools that are part of the server.

use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::Timestamp;

/// A tool that is part of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Builtin {
    /// The present, in a time zone.
    CurrentTime,
    /// The value of an expression.
    Arithmetic,
    /// Parts of a JSON document.
    JsonQuery,
    /// The text at an address.
    FetchText,
    /// A question to a person; the execution waits for the answer.
    AskPerson,
}

impl Builtin {
    /// Every one.
    pub const ALL: &'static [Self] =
        &[Self::CurrentTime, Self::Arithmetic, Self::JsonQuery, Self::FetchText, Self::AskPerson];

    /// The word stored and sent, and the name unless another is given.
    pub const fn word(self) -> &'static str {
        match self {
            Self::CurrentTime => "current_time",
            Self::Arithmetic => "arithmetic",
            Self::JsonQuery => "json_query",
            Self::FetchText => "fetch_text",
            Self::AskPerson => "ask_person",
        }
    }

    /// For people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::CurrentTime => "Current time",
            Self::Arithmetic => "Arithmetic",
            Self::JsonQuery => "JSON query",
            Self::FetchText => "Fetch text",
            Self::AskPerson => "Ask a person",
        }
    }

    /// What a model is told unless another text is given.
    pub const fn description(self) -> &'static str {
        match self {
            Self::CurrentTime => {
                "Tells the current date and time, in UTC or in a given IANA time zone. Use it whenever today's date or the time of day matters."
            }
            Self::Arithmetic => {
                "Calculates an expression of numbers, brackets and the operators + - * / % ^ exactly. Use it for every calculation."
            }
            Self::JsonQuery => {
                "Selects parts of a JSON document with a JSONPath expression (RFC 9535), such as $.items[*].name. Gives a list of what was found."
            }
            Self::FetchText => {
                "Fetches a public web page or text file by its http or https address and gives its text without markup."
            }
            Self::AskPerson => {
                "Asks a person a question and waits for the answer. Use it when only a person can know or decide."
            }
        }
    }

    /// What it takes.
    pub fn input_schema(self) -> Value {
        match self {
            Self::CurrentTime => json!({
                "type": "object",
                "properties": {"zone": {"type": "string", "description": "IANA time zone such as Europe/Berlin; UTC unless given"}},
                "additionalProperties": false
            }),
            Self::Arithmetic => json!({
                "type": "object",
                "properties": {"expression": {"type": "string", "description": "For example (3 + 4) * 2.5"}},
                "required": ["expression"],
                "additionalProperties": false
            }),
            Self::JsonQuery => json!({
                "type": "object",
                "properties": {
                    "document": {"description": "The document, or its text"},
                    "path": {"type": "string", "description": "JSONPath, for example $.items[*].name"}
                },
                "required": ["document", "path"],
                "additionalProperties": false
            }),
            Self::FetchText => json!({
                "type": "object",
                "properties": {"url": {"type": "string", "description": "Address that begins with http:// or https://"}},
                "required": ["url"],
                "additionalProperties": false
            }),
            Self::AskPerson => json!({
                "type": "object",
                "properties": {"question": {"type": "string", "minLength": 1, "maxLength": 1000}},
                "required": ["question"],
                "additionalProperties": false
            }),
        }
    }
}

/// The moment in UTC and in a time zone, or a sentence about the zone.
pub fn tell_time(now: Timestamp, zone: &str) -> Result<Value, String> {
    let zone: chrono_tz::Tz = match zone.trim() {
        "" => chrono_tz::UTC,
        zone => zone.parse().map_err(|_| "Give an IANA time zone such as Europe/Berlin.".to_owned())?,
    };
    let utc = DateTime::<Utc>::from_timestamp_millis(now.millis()).unwrap_or_default();
    let local = utc.with_timezone(&zone);
    Ok(json!({
        "utc": now,
        "local": local.to_rfc3339_opts(SecondsFormat::Secs, false),
        "weekday": local.format("%A").to_string(),
        "zone": zone.name(),
    }))
}

impl FromStr for Builtin {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|builtin| builtin.word() == text.trim()).ok_or_else(|| {
            let words: Vec<_> = Self::ALL.iter().map(|builtin| builtin.word()).collect();
            format!("Choose one of: {}.", words.join(", "))
        })
    }
}
