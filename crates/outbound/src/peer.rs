//! Calls to a Shopfloor server from outside, as a program with an API key makes them: JSON in and
//! out, and streams of server-sent events. For the drill and for measurements; the addresses are
//! those of servers that the caller started.

use std::time::Duration;

use reqwest::{Method, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

/// Why there is no answer: the server is not there, or went away in the middle.
#[derive(Debug, thiserror::Error)]
#[error("call the server")]
pub struct Error(#[source] reqwest::Error);

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; null when there was none or it is no JSON.
    pub body: Value,
}

/// A caller with a key. Cheap to clone; connections are kept.
#[derive(Debug, Clone)]
pub struct Peer {
    http: reqwest::Client,
    key: SecretString,
}

impl Peer {
    /// Connects within 2 s and waits `patience` for each answer.
    pub fn new(key: &str, patience: Duration) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("shopfloor/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(2))
            .read_timeout(patience)
            .pool_max_idle_per_host(1_024)
            .tcp_nodelay(true)
            .redirect(redirect::Policy::none())
            .build()
            .map_err(Error)?;
        Ok(Self { http, key: SecretString::from(key) })
    }

    /// Reads.
    pub async fn get(&self, address: &str) -> Result<Answer, Error> {
        self.send(Method::GET, address, None, &[]).await
    }

    /// Writes, with further headers.
    pub async fn post(&self, address: &str, body: &Value, headers: &[(&str, &str)]) -> Result<Answer, Error> {
        self.send(Method::POST, address, Some(body), headers).await
    }

    async fn send(
        &self,
        method: Method,
        address: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Result<Answer, Error> {
        let mut request = self.http.request(method, address).bearer_auth(self.key.expose_secret());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(Error)?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await.map_err(Error)?;
        Ok(Answer { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) })
    }

    /// Follows a stream of server-sent events after the event numbered `after`.
    pub async fn follow(&self, address: &str, after: u64) -> Result<Follow, Error> {
        let request = self.http.get(address).bearer_auth(self.key.expose_secret());
        let request = request.header("accept", "text/event-stream").header("last-event-id", after);
        let response = request.send().await.map_err(Error)?;
        Ok(Follow { response, buffer: Vec::new() })
    }
}

/// An open stream.
#[derive(Debug)]
pub struct Follow {
    response: reqwest::Response,
    buffer: Vec<u8>,
}

/// One event of a stream, as far as a reader needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its number.
    pub number: u64,
    /// Its name.
    pub name: String,
}

impl Follow {
    /// The HTTP status; 204 says that nothing follows.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The next event; none when the stream has ended.
    pub async fn next(&mut self) -> Result<Option<Seen>, Error> {
        loop {
            while let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
                if let Some(seen) = read(&String::from_utf8_lossy(&block)) {
                    return Ok(Some(seen));
                }
            }
            match self.response.chunk().await.map_err(Error)? {
                Some(bytes) => self.buffer.extend_from_slice(&bytes),
                None => return Ok(None),
            }
        }
    }
}

/// One block of a stream; none for a comment.
fn read(block: &str) -> Option<Seen> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    Some(Seen { number: field("id:")?.parse().ok()?, name: field("event:")?.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_read_and_comments_passed_over() {
        let seen = read("id: 7\nevent: output\ndata: {}\n\n");
        assert_eq!(seen, Some(Seen { number: 7, name: "output".to_owned() }));
        assert_eq!(read(": alive\n\n"), None);
    }
}
