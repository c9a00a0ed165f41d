//! The Workers API: run an agent, go on with a conversation, read it back.

use std::collections::BTreeMap;

use reqwest::{
    Method, RequestBuilder,
    header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap},
};
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    account::unwrap_data,
    chunks::{self, Chunks, Limits},
    client::Client,
    decode::Decoder,
    error::Error,
    messages::Message,
};

const RUN_ID: &str = "x-toolhouse-run-id";

/// What to say to an agent. An empty request runs the message stored with the agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RunRequest {
    /// The user's turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Values for the placeholders in the agent's instructions.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub vars: BTreeMap<String, String>,
    /// Whom the agent serves; decides whose memory and connections it sees. Counts on the first
    /// turn only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub toolhouse_id: Option<String>,
}

/// How the answer is to be streamed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// The words for the user and nothing else.
    #[default]
    Text,
    /// One JSON value per line, tool calls included. The shapes of the lines are not published.
    Ndjson,
}

/// A run that has begun.
pub struct Run {
    /// The id to continue or re-read the run with. The service sends it before any byte of the
    /// answer; `None` when it did not.
    pub run_id: Option<String>,
    /// The answer. Dropping it drops the connection; the service may finish the run all the same.
    pub chunks: Chunks,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("run_id", &self.run_id).finish_non_exhaustive()
    }
}

impl Client {
    /// Starts a run and returns the moment its headers arrive.
    ///
    /// Never repeat it blindly: ask [`Error::in_doubt`] first.
    pub async fn run(&self, agent: Uuid, request: &RunRequest, format: Format) -> Result<Run, Error> {
        let agent = agent.to_string();
        let path: &[&str] = match format {
            Format::Text => &[&agent],
            Format::Ndjson => &["ndjson", &agent],
        };
        let http = self.workers(Method::POST, path).json(request);
        self.begin("the run", http, format).await
    }

    /// Says something more in the conversation of an earlier run.
    ///
    /// [`Error::BadRunId`] for an id the service cannot have given. The new run keeps the given id
    /// when the service does not repeat it.
    pub async fn continue_run(
        &self,
        agent: Uuid,
        run_id: &str,
        request: &RunRequest,
        format: Format,
    ) -> Result<Run, Error> {
        let agent = agent.to_string();
        let run_id = checked(run_id)?;
        let path: &[&str] = match format {
            Format::Text => &[&agent, run_id],
            Format::Ndjson => &["ndjson", &agent, run_id],
        };
        let http = self.workers(Method::PUT, path).json(request);
        let mut run = self.begin("the continued run", http, format).await?;
        run.run_id.get_or_insert_with(|| run_id.to_owned());
        Ok(run)
    }

    /// Reads a conversation back.
    pub async fn history(&self, agent: Uuid, run_id: &str) -> Result<Vec<Message>, Error> {
        const WHAT: &str = "the conversation";
        let agent = agent.to_string();
        let http = self.workers(Method::GET, &[&agent, checked(run_id)?]);
        match unwrap_data(self.unary(WHAT, http).await?) {
            Value::Array(items) => Ok(items.iter().map(Message::from_value).collect()),
            _ => Err(Error::Decode { what: WHAT, source: None }),
        }
    }

    async fn begin(&self, what: &'static str, http: RequestBuilder, format: Format) -> Result<Run, Error> {
        let started = Instant::now();
        // A compressed stream tends to be held back until a block is full.
        let http = http.header(ACCEPT_ENCODING, "identity");
        let response = self.streamed(what, http, started).await?;
        let run_id = run_id(response.headers());
        let content_type = header(response.headers(), CONTENT_TYPE.as_str());
        // A page from something between us and the service, such as a proxy's sign-in, must not
        // pass for what the agent said.
        if run_id.is_none() && content_type.is_some_and(|given| given.starts_with("text/html")) {
            return Err(Error::Decode { what, source: None });
        }
        let decoder = Decoder::new(format, content_type);
        let timeouts = self.timeouts();
        let limits =
            Limits { idle: timeouts.idle, total: timeouts.total.map(|total| (total, started + total)) };
        Ok(Run { run_id, chunks: chunks::read(response, decoder, limits, self.key()) })
    }
}

/// An id that can stand in a path as it is.
pub(crate) fn checked(run_id: &str) -> Result<&str, Error> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if (1..=128).contains(&run_id.len()) && run_id.bytes().all(plain) {
        Ok(run_id)
    } else {
        Err(Error::BadRunId)
    }
}

fn run_id(headers: &HeaderMap) -> Option<String> {
    let given = header(headers, RUN_ID)?.trim();
    checked(given).ok().map(str::to_owned)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
