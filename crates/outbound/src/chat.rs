//! One streamed call of an OpenAI-compatible chat-completions endpoint.
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

/// One line of a conversation.
#[derive(Debug, Clone)]
pub struct Line {
    /// `system`, `user` or `assistant`.
    pub role: &'static str,
    /// What was said.
    pub content: String,
}

/// What to ask.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Model name as the provider knows it.
    pub model: String,
    /// The conversation so far, oldest first.
    pub lines: Vec<Line>,
    /// Sampling temperature, 0 to 2.
    pub temperature: Option<f64>,
    /// The most tokens of the answer.
    pub max_tokens: Option<u32>,
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
    ) -> Result<BoxStream<'static, Result<String, Error>>, Error> {
        let url = format!("{}/chat/completions", provider.base.as_str().trim_end_matches('/'));
        let mut body = json!({
            "model": ask.model,
            "messages": ask.lines.iter().map(|line| json!({"role": line.role, "content": line.content})).collect::<Vec<_>>(),
            "stream": true,
        });
        if let Some(temperature) = ask.temperature {
            body["temperature"] = json!(temperature);
        }
        if let Some(max_tokens) = ask.max_tokens {
            body["max_tokens"] = json!(max_tokens);
        }
        let mut request = self.http.post(url).json(&body);
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
        Ok(pieces(response, self.idle))
    }
}

/// What is left to read, and how far it got.
struct Reading {
    response: Response,
    buffer: Vec<u8>,
    idle: Duration,
    complete: bool,
    over: bool,
}

fn pieces(response: Response, idle: Duration) -> BoxStream<'static, Result<String, Error>> {
    let reading = Reading { response, buffer: Vec::new(), idle, complete: false, over: false };
    futures::stream::unfold(reading, |mut reading| async move {
        let piece = reading.next().await?;
        reading.over = piece.is_err();
        Some((piece, reading))
    })
    .boxed()
}

impl Reading {
    async fn next(&mut self) -> Option<Result<String, Error>> {
        if self.over {
            return None;
        }
        loop {
            while let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                match read_line(&line) {
                    Part::Text(text) => return Some(Ok(text)),
                    Part::Done => self.complete = true,
                    Part::Nothing => {}
                }
            }
            if self.buffer.len() > MAX_LINE {
                return Some(Err(Error::Cut(None)));
            }
            match tokio::time::timeout(self.idle, self.response.chunk()).await {
                Err(_) => return Some(Err(Error::Idle)),
                Ok(Err(error)) => return Some(Err(Error::Cut(Some(error)))),
                Ok(Ok(Some(bytes))) => self.buffer.extend_from_slice(&bytes),
                Ok(Ok(None)) => {
                    self.over = true;
                    return if self.complete { None } else { Some(Err(Error::Cut(None))) };
                }
            }
        }
    }
}

/// One line of the stream, as far as it matters.
#[derive(Debug, PartialEq)]
enum Part {
    Text(String),
    Done,
    Nothing,
}

fn read_line(line: &[u8]) -> Part {
    let line = String::from_utf8_lossy(line);
    let Some(data) = line.trim().strip_prefix("data:").map(str::trim) else { return Part::Nothing };
    if data == "[DONE]" {
        return Part::Done;
    }
    let Ok(value) = serde_json::from_str::<Value>(data) else { return Part::Nothing };
    let choice = &value["choices"][0];
    match choice["delta"]["content"].as_str() {
        Some(text) if !text.is_empty() => Part::Text(text.to_owned()),
        _ if choice["finish_reason"].is_string() => Part::Done,
        _ => Part::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_tolerantly() {
        assert_eq!(
            read_line(b"data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\r\n"),
            Part::Text("Hi".to_owned())
        );
        assert_eq!(read_line(b"data:[DONE]\n"), Part::Done);
        assert_eq!(
            read_line(b"data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n"),
            Part::Done
        );
        for nothing in
            [&b": comment\n"[..], b"event: x\n", b"data: {broken\n", b"data: {\"choices\":[]}\n", b"\xff\n"]
        {
            assert_eq!(read_line(nothing), Part::Nothing);
        }
    }
}
