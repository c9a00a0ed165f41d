//! What is asked for: starts, follow-up messages, filters, idempotency keys.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Priority, Status};
use crate::agents::{AgentConfig, fill, typed};
use crate::clock::Timestamp;
use crate::ids::{AgentId, ExecutionId};
use crate::problem::{Fields, Kind, Problem};
use crate::text;

/// The most characters of one message.
pub(crate) const MAX_MESSAGE: usize = 100_000;
/// The most characters of one variable's value.
pub(crate) const MAX_VARIABLE: usize = 10_000;

/// Which version to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum VersionChoice {
    /// The published one.
    Published,
    /// The draft as it stands.
    Draft,
    /// An immutable version by number.
    Number(u32),
}

impl VersionChoice {
    /// Reads `"draft"`, a number, or nothing.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" | "published" => Ok(Self::Published),
            "draft" => Ok(Self::Draft),
            number => number.parse::<u32>().ok().filter(|n| *n > 0).map(Self::Number).ok_or_else(|| {
                "Give a version number, \"draft\", or nothing for the published version.".to_owned()
            }),
        }
    }
}

/// The input of an execution, checked against the configuration it runs with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Input {
    /// What the person says.
    pub message: String,
    /// Values that replace the configuration's defaults.
    #[serde(default)]
    pub vars: BTreeMap<String, String>,
}

/// A start as asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StartDraft {
    /// What the person says; the agent's default message when absent.
    pub message: Option<String>,
    /// Values for variables.
    pub vars: BTreeMap<String, String>,
    /// Version as typed.
    pub version: String,
    /// Whether an earlier result must not be used.
    pub no_cache: bool,
    /// 1 (high), 2 (normal) or 3 (low); normal when empty.
    #[serde(deserialize_with = "typed")]
    pub priority: String,
}

/// What to run again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RerunDraft {
    /// Another message; the same one when absent.
    pub message: Option<String>,
    /// Other values of variables; the same ones when absent.
    pub vars: Option<BTreeMap<String, String>>,
    /// `original`, or `current` for the version that is published now; the original when empty.
    #[schema(example = "original")]
    pub version: String,
    /// Whether an earlier result must not be used.
    pub no_cache: bool,
    /// 1 (high), 2 (normal) or 3 (low); normal when empty, whatever the first one had.
    #[serde(deserialize_with = "typed")]
    #[schema(example = "1")]
    pub priority: String,
}

/// What running an execution again can start from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RerunChoices {
    /// The execution.
    pub execution: ExecutionId,
    /// What it is called.
    pub title: String,
    /// Its message.
    pub message: String,
    /// The version that ran.
    pub original: RerunVersion,
    /// The version that is published now; absent when there is none.
    pub current: Option<RerunVersion>,
}

/// A version to run again with, and the values it would run with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RerunVersion {
    /// Its number; absent for a draft.
    pub number: Option<u32>,
    /// Every variable it has, with the execution's value or its own default.
    pub vars: BTreeMap<String, String>,
}

impl RerunDraft {
    /// True for the version that is published now.
    pub fn current(&self) -> Result<bool, Problem> {
        match self.version.trim() {
            "" | "original" => Ok(false),
            "current" => Ok(true),
            _ => Err(Problem::field("version", "Say original or current.")),
        }
    }

    /// Which goes first.
    pub fn priority(&self) -> Result<Priority, Problem> {
        self.priority.parse().map_err(|message| Problem::field("priority", message))
    }
}

impl StartDraft {
    /// Which version is asked for.
    pub fn version(&self) -> Result<VersionChoice, Problem> {
        VersionChoice::parse(&self.version).map_err(|message| Problem::field("version", message))
    }

    /// Which goes first.
    pub fn priority(&self) -> Result<Priority, Problem> {
        self.priority.parse().map_err(|message| Problem::field("priority", message))
    }

    /// The input for the given configuration, or every wrong field.
    pub fn parse(&self, config: &AgentConfig) -> Result<Input, Problem> {
        let mut fields = Fields::default();
        let typed = match self.message.as_deref().filter(|m| !m.trim().is_empty()) {
            Some(typed) => typed.to_owned(),
            None => fill(&config.message, &config.values(&self.vars)),
        };
        let message = fields.take("message", parse_message(&typed));
        for (name, value) in &self.vars {
            if !config.variables.contains_key(name) {
                let known: Vec<_> = config.variables.keys().map(String::as_str).collect();
                let known = if known.is_empty() {
                    "This agent has no variables.".to_owned()
                } else {
                    format!("This agent has: {}.", known.join(", "))
                };
                fields.add(
                    format!("vars.{}", text::headline(name, 40)),
                    format!("There is no variable of this name. {known}"),
                );
            } else if let Err(message) = text::paragraphs(value, "value", MAX_VARIABLE) {
                fields.add(format!("vars.{name}"), message);
            }
        }
        match message {
            Some(message) if fields.is_empty() => Ok(Input { message, vars: self.vars.clone() }),
            _ => Err(fields.problem()),
        }
    }
}

/// Reads a message of a conversation.
pub fn parse_message(message: &str) -> Result<String, String> {
    let message = text::paragraphs(message, "message", MAX_MESSAGE)?;
    if message.trim().is_empty() {
        Err("Write a message. The agent has no default message.".to_owned())
    } else {
        Ok(message)
    }
}

/// Reads an `Idempotency-Key`: 1 to 128 visible ASCII characters.
pub fn parse_idempotency_key(text: &str) -> Result<String, Problem> {
    if (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err(Problem::field("Idempotency-Key", "Use 1 to 128 visible ASCII characters without spaces."))
    }
}

/// `Prefer: wait=N` (RFC 7240): how long the caller waits for the end, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefer {
    /// Seconds to wait, at most 60.
    pub wait_s: u64,
}

impl Prefer {
    /// Reads the header; other preferences are ignored, as the RFC says.
    pub fn parse(header: &str) -> Option<Self> {
        header.split([',', ';']).find_map(|part| {
            let (name, value) = part.trim().split_once('=')?;
            (name.trim().eq_ignore_ascii_case("wait"))
                .then(|| value.trim().trim_matches('"').parse::<u64>().ok())?
                .map(|wait| Self { wait_s: wait.min(60) })
        })
    }
}

/// Which executions to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct ExecutionFilter {
    /// In any of these states; empty for all.
    pub status: Vec<Status>,
    /// Of this agent.
    pub agent: Option<AgentId>,
    /// Created at or after.
    pub from: Option<Timestamp>,
    /// Created before.
    pub to: Option<Timestamp>,
    /// Words in title or error.
    pub text: Option<String>,
    /// These and no others; empty for all.
    pub ids: Vec<ExecutionId>,
}

impl ExecutionFilter {
    /// Reads the filter as it stands in an address: states separated by commas, times RFC 3339.
    pub fn parse(status: &str, agent: &str, from: &str, to: &str, query: &str) -> Result<Self, Problem> {
        let refuse =
            |what: &str, message: String| Problem::new(Kind::InvalidQuery, format!("{what}: {message}"));
        let status = status
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(|word| word.parse::<Status>().map_err(|message| refuse("status", message)))
            .collect::<Result<Vec<_>, _>>()?;
        let agent = match agent.trim() {
            "" => None,
            text => {
                Some(text.parse::<AgentId>().map_err(|_| refuse("agent", "Give an agent's id.".to_owned()))?)
            }
        };
        let time = |what: &str, text: &str| match text.trim() {
            "" => Ok(None),
            text => Timestamp::parse(text)
                .map(Some)
                .ok_or_else(|| refuse(what, "Give a time such as 2026-01-31T12:00:00Z.".to_owned())),
        };
        let query = text::optional_line(query, "search text", 200).map_err(|message| refuse("q", message))?;
        Ok(Self {
            status,
            agent,
            from: time("from", from)?,
            to: time("to", to)?,
            text: (!query.is_empty()).then_some(query),
            ids: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idempotency_keys_are_visible_ascii() {
        assert!(parse_idempotency_key("order-4711").is_ok());
        for bad in ["", "two words", "line\nbreak", &"x".repeat(129), "ü"] {
            assert!(parse_idempotency_key(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn prefer_wait_is_read_and_bounded() {
        assert_eq!(Prefer::parse("respond-async, wait=5"), Some(Prefer { wait_s: 5 }));
        assert_eq!(Prefer::parse("wait=9000"), Some(Prefer { wait_s: 60 }));
        assert_eq!(Prefer::parse("wait=soon"), None);
        assert_eq!(Prefer::parse("handling=strict"), None);
    }

    #[test]
    fn priorities_are_read_as_numbers_or_as_typed() {
        let read = |value: serde_json::Value| {
            serde_json::from_value::<StartDraft>(serde_json::json!({ "priority": value }))
                .expect("a draft")
                .priority()
        };
        assert_eq!(StartDraft::default().priority(), Ok(Priority::Normal));
        for (value, wanted) in [
            (1.into(), Priority::High),
            ("3".into(), Priority::Low),
            (" 2 ".into(), Priority::Normal),
            ("".into(), Priority::Normal),
            (serde_json::Value::Null, Priority::Normal),
        ] {
            assert_eq!(read(value), Ok(wanted));
        }
        for wrong in ["0", "4", "-1", "1.0", "high", "99999999999"] {
            let problem = read(wrong.into()).expect_err("refused");
            assert_eq!(problem.fields[0].field, "priority", "{wrong}");
        }
    }

    #[test]
    fn versions_are_read() {
        assert_eq!(VersionChoice::parse("draft"), Ok(VersionChoice::Draft));
        assert_eq!(VersionChoice::parse(" 3 "), Ok(VersionChoice::Number(3)));
        assert!(VersionChoice::parse("0").is_err());
        assert!(VersionChoice::parse("newest").is_err());
    }

    #[test]
    fn a_wrong_filter_names_its_part() {
        let problem = ExecutionFilter::parse("done", "", "", "", "").expect_err("no such state");
        assert_eq!(problem.kind, Kind::InvalidQuery);
        assert!(problem.message.starts_with("status"));
    }
}
