//! Agent runs: start one without waiting, ask what became of any run, streamed ones too.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use crate::{account::unwrap_data, client::Client, error::Error, messages::Message, runs::checked, times};

const WHAT: &str = "the agent run";

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunStatus {
    /// Accepted and waiting.
    Queued,
    /// Working.
    InProgress,
    /// Ended well.
    Completed,
    /// Ended badly.
    Failed,
    /// A word nobody here knows; empty when the service gave none.
    Unknown(String),
}

impl RunStatus {
    /// The run has ended, well or badly. An unknown word is not an end.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }

    fn read(word: &str) -> Self {
        match word.to_ascii_lowercase().replace('-', "_").as_str() {
            "queued" => Self::Queued,
            "in_progress" => Self::InProgress,
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            _ => Self::Unknown(word.to_owned()),
        }
    }
}

/// A run as the service remembers it.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentRun {
    /// The same id the Workers API gives a streamed run.
    pub id: String,
    /// Where it stands.
    pub status: RunStatus,
    /// The agent, when the service says.
    pub chat_id: Option<Uuid>,
    /// The schedule that started it, if one did.
    pub schedule_id: Option<Uuid>,
    /// Whom the agent served.
    pub toolhouse_id: Option<String>,
    /// What was said and done.
    pub results: Vec<Message>,
    /// The final words. Absent until the run is done.
    pub last_agent_message: Option<String>,
    /// Why it failed, where the service says.
    pub error: Option<String>,
    /// When it was accepted.
    pub created_at: Option<DateTime<Utc>>,
    /// When it last changed.
    pub updated_at: Option<DateTime<Utc>>,
}

impl AgentRun {
    /// The agent's answer: its final words, else the last thing it said in `results`.
    pub fn output(&self) -> Option<String> {
        let last = self.last_agent_message.clone();
        last.filter(|text| !text.trim().is_empty()).or_else(|| {
            let said = self.results.iter().rev();
            said.filter(|message| message.role == "assistant")
                .map(Message::text)
                .find(|text| !text.trim().is_empty())
        })
    }
}

/// A run to start without waiting for it. It runs the message stored with the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StartAgentRun {
    /// The agent.
    pub chat_id: Uuid,
    /// Values for the placeholders in the agent's instructions.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub vars: BTreeMap<String, String>,
    /// Whom the agent serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub toolhouse_id: Option<String>,
    /// Where the service reports the end. The report is not signed: re-read the run.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "address")]
    pub callback_url: Option<Url>,
}

impl Client {
    /// Starts a run. Never repeat it blindly: ask [`Error::in_doubt`] first.
    pub async fn start_agent_run(&self, request: &StartAgentRun) -> Result<AgentRun, Error> {
        let http = self.api(Method::POST, &["agent-runs"]).json(request);
        decode(self.unary(WHAT, http).await?, None)
    }

    /// Reads one run, a streamed one too.
    pub async fn agent_run(&self, run_id: &str) -> Result<AgentRun, Error> {
        let http = self.api(Method::GET, &["agent-runs", checked(run_id)?]);
        decode(self.unary(WHAT, http).await?, Some(run_id))
    }

    /// Reads all runs. The service has no pages. Entries without an id are left out.
    pub async fn agent_runs(&self) -> Result<Vec<AgentRun>, Error> {
        const WHAT: &str = "the agent runs";
        let http = self.api(Method::GET, &["agent-runs"]);
        match unwrap_data(self.unary(WHAT, http).await?) {
            Value::Array(items) => Ok(items.into_iter().filter_map(|item| decode(item, None).ok()).collect()),
            _ => Err(Error::Decode { what: WHAT, source: None }),
        }
    }

    /// Says something more to a completed run, which is queued again under the same id. Answered
    /// 406 when the run is not completed. The status is [`RunStatus::Unknown`] when the service
    /// does not describe the run in its answer; read it then.
    pub async fn continue_agent_run(&self, run_id: &str, message: &str) -> Result<AgentRun, Error> {
        let http =
            self.api(Method::PUT, &["agent-runs", checked(run_id)?]).json(&json!({ "message": message }));
        let value = match unwrap_data(self.unary(WHAT, http).await?) {
            value @ Value::Object(_) => value,
            _ => json!({}),
        };
        decode(value, Some(run_id))
    }
}

/// `known` is the id that was asked for, used where the answer leaves it out.
fn decode(value: Value, known: Option<&str>) -> Result<AgentRun, Error> {
    let wrong = || Error::Decode { what: WHAT, source: None };
    let value = unwrap_data(value);
    if !value.is_object() {
        return Err(wrong());
    }
    // Every field takes whatever comes, so only a value that is no object can fail.
    let wire: Wire = serde_json::from_value(value).map_err(|_shape| wrong())?;
    let text = |value: Value| match value {
        Value::String(text) => Some(text),
        Value::Null => None,
        other => Some(other.to_string()),
    };
    let id = |value: Value| value.as_str().and_then(|text| text.parse().ok());
    Ok(AgentRun {
        id: text(wire.id).or_else(|| known.map(str::to_owned)).ok_or_else(wrong)?,
        status: RunStatus::read(wire.status.as_str().unwrap_or_default()),
        chat_id: id(wire.chat_id),
        schedule_id: id(wire.schedule_id),
        toolhouse_id: text(wire.toolhouse_id),
        results: match wire.results {
            Value::Array(items) => items.iter().map(Message::from_value).collect(),
            _ => Vec::new(),
        },
        last_agent_message: text(wire.last_agent_message),
        error: text(wire.error),
        created_at: wire.created_at,
        updated_at: wire.updated_at,
    })
}

#[expect(clippy::ref_option, reason = "the signature serde asks for")]
fn address<S: Serializer>(url: &Option<Url>, serializer: S) -> Result<S::Ok, S::Error> {
    url.as_ref().map(Url::as_str).serialize(serializer)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire {
    id: Value,
    status: Value,
    chat_id: Value,
    schedule_id: Value,
    toolhouse_id: Value,
    results: Value,
    last_agent_message: Value,
    error: Value,
    #[serde(deserialize_with = "times::tolerant")]
    created_at: Option<DateTime<Utc>>,
    #[serde(deserialize_with = "times::tolerant")]
    updated_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_a_bare_and_a_bare_bones_run_are_read() {
        let run = json!({"id":"r1","status":"in_progress","results":null,
            "created_at":"2026-01-15T01:46:23.568338","updated_at":"2026-01-15T01:46:23Z"});
        let bare = decode(run.clone(), None).unwrap();
        assert_eq!(bare, decode(json!({ "data": run }), None).unwrap());
        assert_eq!(bare.status, RunStatus::InProgress);
        assert!(bare.created_at > bare.updated_at);

        let empty = decode(json!({}), Some("r2")).unwrap();
        assert_eq!(empty.id, "r2");
        assert_eq!(empty.status, RunStatus::Unknown(String::new()));
        assert!(decode(json!({"status":"queued"}), None).is_err());
        assert!(decode(json!([1]), Some("r2")).is_err());
    }

    #[test]
    fn output_prefers_the_final_words() {
        let output = |last: Value| {
            let results = json!([
                {"role":"user","content":"q"},
                {"role":"assistant","content":[{"type":"text","text":"said"}]},
                {"role":"assistant","content":[{"type":"tool-call","toolName":"t"}]},
                {"role":"tool","content":"tool text"}]);
            let run = json!({"id":"r","results":results,"last_agent_message":last});
            decode(run, None).unwrap().output()
        };
        assert_eq!(output(json!("final")).as_deref(), Some("final"));
        assert_eq!(output(json!(" ")).as_deref(), Some("said"));
        assert_eq!(output(Value::Null).as_deref(), Some("said"));
    }

    #[test]
    fn unknown_words_are_kept_and_are_no_end() {
        let status = RunStatus::read("Paused");
        assert_eq!(status, RunStatus::Unknown("Paused".to_owned()));
        assert!(!status.is_final());
        assert_eq!(RunStatus::read("COMPLETED"), RunStatus::Completed);
    }
}
