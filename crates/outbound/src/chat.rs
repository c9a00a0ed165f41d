//! One streamed call of an OpenAI-compatible chat-completions endpoint, with the tools it asks for.
//!
//! Providers differ in details; what is not understood is passed over, and only a stream that ends
//! with `[DONE]`, a finish reason, or a clean close after text counts as complete.

use std::time::Duration;

use futures::stream::{BoxStream, StreamExt as _};
use reqwest::{Response, StatusCode, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use url::Url;

/// The longest line of a stream, in bytes.
const MAX_LINE: usize = 1024 * 1024;

/// Where a model answers.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Base address, such as `https://api.openai.com/v1`.
    pub base: Url,
    /// Bearer key, if the provider wants one.
    pub key: Option<SecretString>,
}

/// A tool that the model asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ToolCall {
    /// The model's name for the call.
    pub id: String,
    /// Which tool.
    pub name: String,
    /// Its arguments as written, well formed or not.
    pub arguments: String,
}

/// Tokens as the provider counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tokens {
    /// Of what the model was told.
    pub input: u64,
    /// Of what it said.
    pub output: u64,
}

/// The end of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct End {
    /// What the model asks for.
    pub calls: Vec<ToolCall>,
    /// Why it stopped, in the provider's word; empty when it told none.
    pub stop: String,
    /// What it used, if the provider tells.
    pub usage: Option<Tokens>,
}

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text.
    Text(String),
    /// The last piece.
    End(End),
}

/// What to ask.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Model name as the provider knows it.
    pub model: String,
    /// The conversation so far, oldest first, as the provider reads it.
    pub messages: Vec<Value>,
    /// Tools it may ask for, as the provider reads them.
    pub tools: Vec<Value>,
    /// Sampling temperature, 0 to 2.
    pub temperature: Option<f64>,
    /// The most tokens of the answer.
    pub max_tokens: Option<u32>,
}

impl Ask {
    /// The length of everything the model is told.
    pub fn bytes(&self) -> usize {
        self.messages.iter().chain(&self.tools).map(|value| value.to_string().len()).sum()
    }

    fn body(&self) -> Value {
        let mut body = json!({
            "model": self.model,
            "messages": self.messages,
            "stream": true,
            "stream_options": {"include_usage": true},
        });
        if !self.tools.is_empty() {
            body["tools"] = json!(self.tools);
        }
        if let Some(temperature) = self.temperature {
            body["temperature"] = json!(temperature);
        }
        if let Some(max_tokens) = self.max_tokens {
            body["max_tokens"] = json!(max_tokens);
        }
        body
    }
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection was made; nothing was sent.
    #[error("connect to the model provider")]
    Connect(#[source] reqwest::Error),
    /// Sent, and no headers in time.
    #[error("wait for the model provider's answer")]
    Silence,
    /// The provider answered with an error status.
    #[error("the model provider answered {status}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// Seconds the provider asks us to wait.
        retry_after: Option<Duration>,
    },
    /// The stream ended early.
    #[error("read the model provider's stream")]
    Cut(#[source] Option<reqwest::Error>),
    /// The stream stopped for too long.
    #[error("wait for more of the model provider's stream")]
    Idle,
    /// The answer is no stream of a chat completion.
    #[error("read the model provider's answer")]
    Unreadable,
    /// The provider told of an error in the middle of its stream.
    #[error("hear the model provider out")]
    Reported(String),
}

/// Calls models. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Chat {
    http: reqwest::Client,
    first_byte: Duration,
    idle: Duration,
}

impl Chat {
    /// Connects within 10 s, waits 120 s for headers and 120 s between pieces.
    pub fn new() -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("shopfloor/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .redirect(redirect::Policy::none())
            .build()
            .map_err(Error::Connect)?;
        Ok(Self { http, first_byte: Duration::from_mins(2), idle: Duration::from_mins(2) })
    }

    /// Begins a call; gives the pieces of the answer as they come. Dropping the stream drops the
    /// connection.
    pub async fn stream(
        &self,
        provider: &Provider,
        ask: &Ask,
    ) -> Result<BoxStream<'static, Result<Piece, Error>>, Error> {
        let url = format!("{}/chat/completions", provider.base.as_str().trim_end_matches('/'));
        let mut request = self.http.post(url).json(&ask.body());
        if let Some(key) = &provider.key {
            request = request.bearer_auth(key.expose_secret());
        }
        let response = tokio::time::timeout(self.first_byte, request.send())
            .await
            .map_err(|_| Error::Silence)?
            .map_err(
                |error| if error.is_connect() { Error::Connect(error) } else { Error::Cut(Some(error)) },
            )?;
        if response.status() != StatusCode::OK {
            let retry_after = response
                .headers()
                .get("retry-after")
                .and_then(|value| value.to_str().ok()?.trim().parse().ok())
                .map(Duration::from_secs);
            return Err(Error::Status { status: response.status().as_u16(), retry_after });
        }
        let media = response.headers().get("content-type").and_then(|value| value.to_str().ok());
        if media.is_some_and(|media| media.contains("html")) {
            return Err(Error::Unreadable);
        }
        Ok(pieces(response, self.idle))
    }
}

/// What is left to read, and how far it got.
struct Reading {
    response: Response,
    buffer: Vec<u8>,
    idle: Duration,
    end: End,
    complete: bool,
    over: bool,
}

fn pieces(response: Response, idle: Duration) -> BoxStream<'static, Result<Piece, Error>> {
    let end = End::default();
    let reading = Reading { response, buffer: Vec::new(), idle, end, complete: false, over: false };
    futures::stream::unfold(reading, |mut reading| async move {
        if reading.over {
            return None;
        }
        let piece = reading.next().await;
        reading.over = !matches!(piece, Ok(Piece::Text(_)));
        Some((piece, reading))
    })
    .boxed()
}

impl Reading {
    async fn next(&mut self) -> Result<Piece, Error> {
        loop {
            while let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                match read_line(&line, &mut self.end) {
                    Part::Text(text) => return Ok(Piece::Text(text)),
                    Part::Complete => self.complete = true,
                    // Nothing follows, also where the connection is kept open.
                    Part::Done => return Ok(Piece::End(std::mem::take(&mut self.end))),
                    Part::Error(said) => return Err(Error::Reported(said)),
                    Part::Nothing => {}
                }
                if written(&self.end.calls) > MAX_ASKED {
                    return Err(Error::Unreadable);
                }
            }
            if self.buffer.len() > MAX_LINE {
                return Err(Error::Cut(None));
            }
            match tokio::time::timeout(self.idle, self.response.chunk()).await {
                Err(_) => return Err(Error::Idle),
                Ok(Err(error)) => return Err(Error::Cut(Some(error))),
                Ok(Ok(Some(bytes))) => self.buffer.extend_from_slice(&bytes),
                Ok(Ok(None)) if self.complete => return Ok(Piece::End(std::mem::take(&mut self.end))),
                Ok(Ok(None)) => return Err(Error::Cut(None)),
            }
        }
    }
}

/// One line of the stream, as far as it matters.
#[derive(Debug, PartialEq)]
enum Part {
    Text(String),
    /// The answer is complete; usage may follow.
    Complete,
    Done,
    Error(String),
    Nothing,
}

fn read_line(line: &[u8], end: &mut End) -> Part {
    let line = String::from_utf8_lossy(line);
    let Some(data) = line.trim().strip_prefix("data:").map(str::trim) else { return Part::Nothing };
    if data == "[DONE]" {
        return Part::Done;
    }
    let Ok(value) = serde_json::from_str::<Value>(data) else { return Part::Nothing };
    if let Some(error) = value.get("error").filter(|error| !error.is_null()) {
        let said = error["message"].as_str().or_else(|| error.as_str());
        return Part::Error(said.unwrap_or("nothing more").to_owned());
    }
    if let Some(usage) = value.get("usage").filter(|usage| usage.is_object()) {
        let count = |name: &str| usage[name].as_u64().unwrap_or_default();
        end.usage = Some(Tokens { input: count("prompt_tokens"), output: count("completion_tokens") });
    }
    let choice = &value["choices"][0];
    for call in choice["delta"]["tool_calls"].as_array().into_iter().flatten() {
        take_call(call, &mut end.calls);
    }
    if let Some(stop) = choice["finish_reason"].as_str() {
        stop.clone_into(&mut end.stop);
    }
    match choice["delta"]["content"].as_str() {
        Some(text) if !text.is_empty() => Part::Text(text.to_owned()),
        _ if choice["finish_reason"].is_string() => Part::Complete,
        _ => Part::Nothing,
    }
}

/// The most that the calls of one turn may hold, in bytes: nobody means that much.
const MAX_ASKED: usize = 1024 * 1024;

/// How much the calls hold, in bytes.
fn written(calls: &[ToolCall]) -> usize {
    calls.iter().map(|call| call.id.len() + call.name.len() + call.arguments.len()).sum()
}

/// The most calls of one turn.
const MAX_CALLS: usize = 64;

/// Adds a piece of a call. Some providers leave the index out, some send a call as a whole, some send
/// arguments as an object.
fn take_call(piece: &Value, calls: &mut Vec<ToolCall>) {
    let id = piece["id"].as_str().unwrap_or_default();
    let fallback = if id.is_empty() || calls.last().is_some_and(|last| last.id == id) {
        calls.len().saturating_sub(1)
    } else {
        calls.len()
    };
    let index = piece["index"].as_u64().and_then(|index| usize::try_from(index).ok()).unwrap_or(fallback);
    if index >= MAX_CALLS {
        return;
    }
    while calls.len() <= index {
        let id = format!("call_{}", calls.len());
        calls.push(ToolCall { id, ..ToolCall::default() });
    }
    let call = &mut calls[index];
    if !id.is_empty() {
        id.clone_into(&mut call.id);
    }
    let function = &piece["function"];
    if let Some(name) = function["name"].as_str() {
        call.name.push_str(name);
    }
    match &function["arguments"] {
        Value::String(text) => call.arguments.push_str(text),
        Value::Null => {}
        whole => call.arguments = whole.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_tolerantly() {
        let mut end = End::default();
        let mut read = |line: &[u8]| read_line(line, &mut end);
        assert_eq!(
            read(b"data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\r\n"),
            Part::Text("Hi".to_owned())
        );
        assert_eq!(read(b"data:[DONE]\n"), Part::Done);
        assert_eq!(
            read(b"data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n"),
            Part::Complete
        );
        assert_eq!(
            read(b"data: {\"error\":{\"message\":\"overloaded\"}}\n"),
            Part::Error("overloaded".to_owned())
        );
        for nothing in
            [&b": comment\n"[..], b"event: x\n", b"data: {broken\n", b"data: {\"choices\":[]}\n", b"\xff\n"]
        {
            assert_eq!(read(nothing), Part::Nothing);
        }
        read(b"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n");
        assert_eq!((end.stop.as_str(), end.usage), ("stop", Some(Tokens { input: 3, output: 4 })));
    }

    #[test]
    fn what_calls_hold_is_counted() {
        let mut calls = Vec::new();
        for _ in 0..3 {
            take_call(
                &json!({"index": 1, "id": "b", "function": {"name": "n", "arguments": "1234"}}),
                &mut calls,
            );
        }
        assert_eq!(written(&calls), "call_0".len() + "b".len() + "nnn".len() + 12);
    }

    #[test]
    fn calls_are_put_together_however_they_are_cut() {
        let whole = |pieces: &[Value]| {
            let mut calls = Vec::new();
            for piece in pieces {
                take_call(piece, &mut calls);
            }
            calls
        };
        let call = |id: &str, name: &str, arguments: &str| ToolCall {
            id: id.to_owned(),
            name: name.to_owned(),
            arguments: arguments.to_owned(),
        };
        let pieces = [
            json!({"index": 0, "id": "a", "function": {"name": "one", "arguments": ""}}),
            json!({"index": 1, "id": "b", "function": {"name": "two", "arguments": "{\"y\""}}),
            json!({"index": 0, "function": {"arguments": "{}"}}),
            json!({"index": 1, "function": {"arguments": ":1}"}}),
        ];
        assert_eq!(whole(&pieces), [call("a", "one", "{}"), call("b", "two", "{\"y\":1}")]);
        let pieces = [
            json!({"id": "a", "function": {"name": "one", "arguments": "{\"x\":"}}),
            json!({"function": {"arguments": "1}"}}),
            json!({"id": "b", "function": {"name": "two", "arguments": {"z": 2}}}),
        ];
        assert_eq!(whole(&pieces), [call("a", "one", "{\"x\":1}"), call("b", "two", "{\"z\":2}")]);
        assert!(whole(&[json!({"index": 1_000_000, "function": {"name": "x"}})]).is_empty());
    }
}
