//! What an execution of an agent may use, and how it is repeated.

use serde::{Deserialize, Serialize};

use super::draft::{given, typed};
use crate::executions::Reason;
use crate::problem::Fields;
use crate::text;

/// What an execution may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Limits {
    /// Seconds from the first attempt's begin to the end, all attempts together.
    pub run_deadline_s: u32,
    /// Seconds it may wait for a worker.
    pub queue_deadline_s: u32,
    /// Seconds one step may take.
    pub step_deadline_s: u32,
    /// Steps of an execution, all attempts together.
    pub steps: u32,
    /// Attempts, the first included.
    pub attempts: u32,
    /// The wait before the second attempt, in milliseconds.
    pub retry_base_ms: u32,
    /// By how much each wait is longer than the one before.
    pub retry_factor: u32,
    /// The longest wait between attempts, in milliseconds.
    pub retry_cap_ms: u32,
    /// How much of a wait is random, in percent: 100 spreads attempts best, 0 is exact.
    pub retry_jitter_percent: u32,
    /// Reasons after which another attempt follows; when empty, those after which nothing can have
    /// happened, or the upstream said to try again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retry_on: Vec<Reason>,
    /// Repeat also when the upstream may already have acted.
    pub accept_repeat: bool,
    /// Executions of this agent at the same time.
    pub concurrency: u32,
    /// Bytes of output.
    pub output_bytes: u32,
    /// Tokens that calls of the model may use, all together; 0 for no limit.
    pub budget_tokens: u32,
    /// Seconds for which the same input is answered from an earlier result; 0 for never.
    pub cache_ttl_s: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            run_deadline_s: 900,
            queue_deadline_s: 3_600,
            step_deadline_s: 900,
            steps: 50,
            attempts: 3,
            retry_base_ms: 1_000,
            retry_factor: 2,
            retry_cap_ms: 60_000,
            retry_jitter_percent: 100,
            retry_on: Vec::new(),
            accept_repeat: false,
            concurrency: 128,
            output_bytes: 1_048_576,
            budget_tokens: 0,
            cache_ttl_s: 0,
        }
    }
}

/// Limits as typed; an empty text means the default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is documented at `Limits`")]
pub struct LimitsDraft {
    #[serde(deserialize_with = "typed")]
    pub run_deadline_s: String,
    #[serde(deserialize_with = "typed")]
    pub queue_deadline_s: String,
    #[serde(deserialize_with = "typed")]
    pub step_deadline_s: String,
    #[serde(deserialize_with = "typed")]
    pub steps: String,
    #[serde(deserialize_with = "typed")]
    pub attempts: String,
    #[serde(deserialize_with = "typed")]
    pub retry_base_ms: String,
    #[serde(deserialize_with = "typed")]
    pub retry_factor: String,
    #[serde(deserialize_with = "typed")]
    pub retry_cap_ms: String,
    #[serde(deserialize_with = "typed")]
    pub retry_jitter_percent: String,
    #[serde(deserialize_with = "typed_list")]
    pub retry_on: String,
    #[serde(deserialize_with = "typed")]
    pub accept_repeat: String,
    #[serde(deserialize_with = "typed")]
    pub concurrency: String,
    #[serde(deserialize_with = "typed")]
    pub output_bytes: String,
    #[serde(deserialize_with = "typed")]
    pub budget_tokens: String,
    #[serde(deserialize_with = "typed")]
    pub cache_ttl_s: String,
}

/// Codes may come as a JSON list or as text with commas.
fn typed_list<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Typed {
        Text(String),
        List(Vec<String>),
        Nothing(()),
    }
    Ok(match Typed::deserialize(deserializer)? {
        Typed::Text(text) => text,
        Typed::List(words) => words.join(", "),
        Typed::Nothing(()) => String::new(),
    })
}

impl LimitsDraft {
    /// The draft that parses into these limits.
    pub(super) fn of(limits: &Limits) -> Self {
        Self {
            run_deadline_s: limits.run_deadline_s.to_string(),
            queue_deadline_s: limits.queue_deadline_s.to_string(),
            step_deadline_s: limits.step_deadline_s.to_string(),
            steps: limits.steps.to_string(),
            attempts: limits.attempts.to_string(),
            retry_base_ms: limits.retry_base_ms.to_string(),
            retry_factor: limits.retry_factor.to_string(),
            retry_cap_ms: limits.retry_cap_ms.to_string(),
            retry_jitter_percent: limits.retry_jitter_percent.to_string(),
            retry_on: limits.retry_on.iter().map(|reason| reason.word()).collect::<Vec<_>>().join(", "),
            accept_repeat: limits.accept_repeat.to_string(),
            concurrency: limits.concurrency.to_string(),
            output_bytes: limits.output_bytes.to_string(),
            budget_tokens: limits.budget_tokens.to_string(),
            cache_ttl_s: limits.cache_ttl_s.to_string(),
        }
    }

    /// The limits; wrong fields are added, and hold their default.
    pub(super) fn parse(&self, fields: &mut Fields) -> Limits {
        let standard = Limits::default();
        let mut read = |field: &str, text: &str, what: &str, (min, max): (u32, u32), standard: u32| {
            given(text).map_or(standard, |text| {
                let number = text::number(text, what, min, max);
                fields.take(&format!("limits.{field}"), number).unwrap_or(standard)
            })
        };
        let limits = Limits {
            run_deadline_s: read(
                "run_deadline_s",
                &self.run_deadline_s,
                "time limit in seconds",
                (1, 86_400),
                standard.run_deadline_s,
            ),
            queue_deadline_s: read(
                "queue_deadline_s",
                &self.queue_deadline_s,
                "queue limit in seconds",
                (1, 604_800),
                standard.queue_deadline_s,
            ),
            step_deadline_s: read(
                "step_deadline_s",
                &self.step_deadline_s,
                "time limit of a step in seconds",
                (1, 86_400),
                standard.step_deadline_s,
            ),
            steps: read("steps", &self.steps, "number of steps", (1, 1_000), standard.steps),
            attempts: read("attempts", &self.attempts, "number of attempts", (1, 10), standard.attempts),
            retry_base_ms: read(
                "retry_base_ms",
                &self.retry_base_ms,
                "first wait in milliseconds",
                (1, 600_000),
                standard.retry_base_ms,
            ),
            retry_factor: read(
                "retry_factor",
                &self.retry_factor,
                "factor between waits",
                (1, 10),
                standard.retry_factor,
            ),
            retry_cap_ms: read(
                "retry_cap_ms",
                &self.retry_cap_ms,
                "longest wait in milliseconds",
                (1, 3_600_000),
                standard.retry_cap_ms,
            ),
            retry_jitter_percent: read(
                "retry_jitter_percent",
                &self.retry_jitter_percent,
                "random part in percent",
                (0, 100),
                standard.retry_jitter_percent,
            ),
            concurrency: read(
                "concurrency",
                &self.concurrency,
                "number at the same time",
                (1, 10_000),
                standard.concurrency,
            ),
            output_bytes: read(
                "output_bytes",
                &self.output_bytes,
                "output size in bytes",
                (1, 16_777_216),
                standard.output_bytes,
            ),
            budget_tokens: read(
                "budget_tokens",
                &self.budget_tokens,
                "budget in tokens",
                (0, 1_000_000_000),
                standard.budget_tokens,
            ),
            cache_ttl_s: read(
                "cache_ttl_s",
                &self.cache_ttl_s,
                "age of results in seconds",
                (0, 2_592_000),
                standard.cache_ttl_s,
            ),
            retry_on: Vec::new(),
            accept_repeat: false,
        };
        let accept_repeat = fields.take("limits.accept_repeat", parse_flag(&self.accept_repeat));
        let retry_on = fields.take("limits.retry_on", parse_reasons(&self.retry_on));
        Limits {
            accept_repeat: accept_repeat.unwrap_or_default(),
            retry_on: retry_on.unwrap_or_default(),
            ..limits
        }
    }
}

fn parse_flag(typed: &str) -> Result<bool, String> {
    match typed.trim() {
        "" | "false" => Ok(false),
        "true" | "on" => Ok(true),
        _ => Err("Use true or false.".to_owned()),
    }
}

fn parse_reasons(typed: &str) -> Result<Vec<Reason>, String> {
    let words = typed.split(',').map(str::trim).filter(|word| !word.is_empty());
    let mut reasons = words
        .map(|word| {
            Reason::RETRIABLE.iter().copied().find(|reason| reason.word() == word).ok_or_else(|| {
                let known: Vec<_> = Reason::RETRIABLE.iter().map(|reason| reason.word()).collect();
                format!("Use some of: {}.", known.join(", "))
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    reasons.sort_unstable();
    reasons.dedup();
    Ok(reasons)
}
