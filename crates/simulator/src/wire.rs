//! From the words of a run to the bytes of a response.

use async_stream::stream;
use axum::body::Body;
use bytes::Bytes;
use serde_json::json;
use std::io;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::state::State;

/// How words are put on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    Text,
    /// Text, one byte at a time.
    Bytes,
    Events,
    Ndjson,
}

impl Wire {
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Text | Self::Bytes => "text/plain; charset=utf-8",
            Self::Events => "text/event-stream",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// Before the first word. NDJSON shows a tool at work, a line of a type nobody knows and a
    /// blank one, because a client must bear all three.
    fn head(self) -> String {
        match self {
            Self::Text | Self::Bytes | Self::Events => String::new(),
            Self::Ndjson => [
                json!({ "type": "step-begin", "number": 1 }).to_string(),
                String::new(),
                json!({ "type": "tool-call", "toolCallId": "call_1", "toolName": "notes_search",
                        "args": { "query": "earlier notes" } })
                .to_string(),
                json!({ "type": "tool-result", "toolCallId": "call_1",
                        "toolName": "notes_search", "result": "No notes were found." })
                .to_string(),
                String::new(),
            ]
            .join("\n"),
        }
    }

    fn piece(self, piece: &str) -> String {
        match self {
            Self::Text | Self::Bytes => piece.to_owned(),
            Self::Events => {
                let lines = piece.split('\n').map(|line| format!("data: {line}\n"));
                lines.chain(["\n".to_owned()]).collect()
            }
            Self::Ndjson => format!("{}\n", json!({ "type": "text-delta", "textDelta": piece })),
        }
    }

    fn tail(self, fails: bool) -> String {
        match self {
            Self::Text | Self::Bytes => String::new(),
            Self::Events => "data: [DONE]\n\n".to_owned(),
            Self::Ndjson if fails => {
                let error = json!({ "type": "error", "error": "The model stopped unexpectedly" });
                format!("{error}\n")
            }
            Self::Ndjson => format!("{}\n", json!({ "type": "finish", "finishReason": "stop" })),
        }
    }
}

/// Streams the words of a run. With `cut_after` the connection breaks in the middle of the piece
/// that follows as many.
pub(crate) fn body(
    state: &State,
    mut words: UnboundedReceiver<String>,
    wire: Wire,
    cut_after: Option<usize>,
    fails: bool,
) -> Body {
    let stop = state.stop().clone();
    let open = state.open_stream();
    Body::from_stream(stream! {
        let _until_the_end = open;
        let head = wire.head();
        if !head.is_empty() {
            yield Ok(Bytes::from(head));
        }
        let mut sent = 0;
        loop {
            let piece = tokio::select! {
                piece = words.recv() => piece,
                () = stop.cancelled() => {
                    yield Err(cut());
                    return;
                }
            };
            let Some(piece) = piece else { break };
            let bytes = Bytes::from(wire.piece(&piece));
            if cut_after == Some(sent) {
                yield Ok(bytes.slice(..bytes.len() / 2));
                // Gives the server the chance to send what it holds before the break.
                tokio::task::yield_now().await;
                yield Err(cut());
                return;
            }
            if wire == Wire::Bytes {
                for at in 0..bytes.len() {
                    yield Ok(bytes.slice(at..=at));
                    tokio::task::yield_now().await;
                }
            } else {
                yield Ok(bytes);
            }
            sent += 1;
        }
        let tail = wire.tail(fails);
        if !tail.is_empty() {
            yield Ok(Bytes::from(tail));
        }
    })
}

pub(crate) fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "cut on purpose")
}
