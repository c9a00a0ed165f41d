//! A streamed answer, as an ordinary stream of chunks.
//!
//! The stream ends in one of two ways: with `None` after a proper end, or with exactly one error.
//! Every wait is bounded, by the idle limit and by the deadline for the whole run, so a body that
//! trickles for ever ends too. Dropping the stream drops the connection.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use reqwest::Response;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::{
    decode::{Decoder, Flow},
    error::{self, Error},
};

/// The chunks of one answer, in order.
pub type Chunks = BoxStream<'static, Result<Chunk, Error>>;

/// One piece of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Chunk {
    /// The next words. Always whole characters, never empty.
    Text(String),
    /// The agent calls a tool. Empty strings where the service gave none.
    ToolCall {
        /// Pairs the call with its result.
        id: String,
        /// The tool's name.
        name: String,
        /// What it was given.
        input: Value,
    },
    /// A tool answered. Empty strings where the service gave none.
    ToolResult {
        /// The call this answers.
        id: String,
        /// The tool's name.
        name: String,
        /// What it gave back, text or JSON.
        output: Value,
    },
    /// The agent says it is done.
    Finish {
        /// Why, such as `stop`, when it says so.
        reason: Option<String>,
    },
    /// A line nobody here understands, as it came.
    Raw(String),
}

/// The limits of one stream.
pub(crate) struct Limits {
    pub(crate) idle: Duration,
    /// How long the whole run may take, and when that will be.
    pub(crate) total: Option<(Duration, Instant)>,
}

pub(crate) fn read(response: Response, decoder: Decoder, limits: Limits, key: SecretString) -> Chunks {
    let reader = Reader {
        body: response.bytes_stream().boxed(),
        decoder,
        limits,
        key,
        ready: VecDeque::new(),
        end: None,
    };
    stream::unfold(Some(reader), |reader| async move {
        let mut reader = reader?;
        let item = reader.next().await?;
        // After an error there is nothing more, and the connection goes with the reader.
        let reader = item.is_ok().then_some(reader);
        Some((item, reader))
    })
    .boxed()
}

struct Reader {
    body: BoxStream<'static, Result<Bytes, reqwest::Error>>,
    decoder: Decoder,
    limits: Limits,
    /// Not to be repeated, should the stream do so in its error.
    key: SecretString,
    ready: VecDeque<Chunk>,
    /// Set once the body is over; what is ready is still handed out before it.
    end: Option<Result<(), Error>>,
}

impl Reader {
    async fn next(&mut self) -> Option<Result<Chunk, Error>> {
        loop {
            if let Some(chunk) = self.ready.pop_front() {
                return Some(Ok(chunk));
            }
            if let Some(end) = self.end.take() {
                return end.err().map(|error| Err(self.told(error)));
            }
            self.end = self.advance().await;
        }
    }

    /// What a stream says about its error is treated as what a refusal says.
    fn told(&self, error: Error) -> Error {
        match error {
            Error::Reported { detail } => {
                Error::Reported { detail: error::fit(&detail, self.key.expose_secret()) }
            }
            other => other,
        }
    }

    /// Reads one piece of the body; `Some` when it was the last.
    async fn advance(&mut self) -> Option<Result<(), Error>> {
        let now = Instant::now();
        let idle_until = now + self.limits.idle;
        let until = match self.limits.total {
            // Asked here and not only by the timer: a body that is always ready never waits.
            Some((limit, deadline)) if now >= deadline => {
                return Some(Err(Error::Deadline { limit }));
            }
            Some((_, deadline)) => deadline.min(idle_until),
            None => idle_until,
        };
        let Ok(piece) = timeout_at(until, self.body.next()).await else {
            return Some(Err(match self.limits.total {
                Some((limit, deadline)) if deadline <= idle_until => Error::Deadline { limit },
                _ => Error::Idle { waited: self.limits.idle },
            }));
        };
        match piece {
            Some(Ok(bytes)) => match self.decoder.push(&bytes, &mut self.ready) {
                Ok(Flow::More) => None,
                Ok(Flow::Done) => Some(Ok(())),
                Err(error) => Some(Err(error)),
            },
            Some(Err(source)) => Some(Err(Error::Cut(source.without_url()))),
            None => Some(self.decoder.finish(&mut self.ready)),
        }
    }
}
