//! From bytes to chunks, one piece of a body at a time.
//!
//! Three formats: plain text, server-sent events and one JSON value per line. Which one it is
//! follows from the path asked for and the content type given, never from the bytes: agents often
//! answer in JSON. Pieces may break anywhere, inside a character too.

use std::collections::VecDeque;

use serde_json::Value;

use crate::{
    chunks::Chunk,
    error::Error,
    parts::{self, Decoded},
    runs::Format,
};

/// No line of a stream may be longer.
const LINE_BYTES: usize = 1024 * 1024;

/// Whether the body goes on.
pub(crate) enum Flow {
    More,
    Done,
}

/// Decodes one body.
pub(crate) enum Decoder {
    Text(Utf8),
    Json(Lines),
    Events(Events),
}

impl Decoder {
    pub(crate) fn new(format: Format, content_type: Option<&str>) -> Self {
        let given = content_type
            .and_then(|value| value.split(';').next())
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        match (given.as_str(), format) {
            ("text/event-stream", _) => Self::Events(Events { lines: Lines::default(), data: None, format }),
            (
                "application/x-ndjson"
                | "application/ndjson"
                | "application/jsonl"
                | "application/x-jsonlines"
                | "application/json-lines",
                _,
            )
            | (_, Format::Ndjson) => Self::Json(Lines::default()),
            (_, Format::Text) => Self::Text(Utf8::default()),
        }
    }

    /// Decodes one piece. Chunks found before an error are in `out`.
    pub(crate) fn push(&mut self, bytes: &[u8], out: &mut VecDeque<Chunk>) -> Result<Flow, Error> {
        match self {
            Self::Text(utf8) => text(utf8.push(bytes), out),
            Self::Json(lines) => {
                let mut rest = bytes;
                while let Some(line) = lines.next(&mut rest)? {
                    json_line(&line, out)?;
                }
            }
            Self::Events(events) => return events.push(bytes, out),
        }
        Ok(Flow::More)
    }

    /// The body ended well; what is left over is complete.
    pub(crate) fn finish(&mut self, out: &mut VecDeque<Chunk>) -> Result<(), Error> {
        match self {
            Self::Text(utf8) => text(utf8.finish(), out),
            Self::Json(lines) => json_line(&lines.finish(), out)?,
            Self::Events(events) => {
                let line = events.lines.finish();
                events.line(&line)?;
                events.dispatch(out)?;
            }
        }
        Ok(())
    }
}

fn text(text: String, out: &mut VecDeque<Chunk>) {
    if !text.is_empty() {
        out.push_back(Chunk::Text(text));
    }
}

/// One line of an NDJSON stream; blank lines are nothing. What an error says is passed on as it is:
/// only the reader knows the key that must not be in it.
fn json_line(line: &str, out: &mut VecDeque<Chunk>) -> Result<(), Error> {
    let line = line.trim();
    if line.is_empty() {
        return Ok(());
    }
    let decoded = match serde_json::from_str(line) {
        Ok(Value::Object(object)) => parts::decode(&object),
        Ok(_) | Err(_) => Decoded::Unknown,
    };
    out.push_back(match decoded {
        Decoded::Text(said) => {
            text(said, out);
            return Ok(());
        }
        Decoded::ToolCall { id, name, input } => Chunk::ToolCall { id, name, input },
        Decoded::ToolResult { id, name, output } => Chunk::ToolResult { id, name, output },
        Decoded::Finish(reason) => Chunk::Finish { reason },
        Decoded::Failure(said) => {
            return Err(Error::Reported { detail: said });
        }
        Decoded::Unknown => Chunk::Raw(line.to_owned()),
    });
    Ok(())
}

/// Text whose characters may be split over pieces. Bytes that are no text become U+FFFD.
#[derive(Default)]
pub(crate) struct Utf8 {
    pending: Vec<u8>,
}

impl Utf8 {
    fn push(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let mut text = String::new();
        let mut rest = self.pending.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(valid) => {
                    text.push_str(valid);
                    rest = &[];
                    break;
                }
                Err(error) => {
                    let (valid, after) = rest.split_at(error.valid_up_to());
                    text.push_str(&String::from_utf8_lossy(valid));
                    // Without a length the character is merely unfinished.
                    let Some(invalid) = error.error_len() else {
                        rest = after;
                        break;
                    };
                    text.push(char::REPLACEMENT_CHARACTER);
                    rest = &after[invalid..];
                }
            }
        }
        self.pending = rest.to_vec();
        text
    }

    fn finish(&mut self) -> String {
        let rest = std::mem::take(&mut self.pending);
        String::from_utf8_lossy(&rest).into_owned()
    }
}

/// Lines that may be split over pieces.
#[derive(Default)]
pub(crate) struct Lines {
    pending: Vec<u8>,
}

impl Lines {
    /// Takes the next whole line out of `rest`, or keeps all of it for later.
    fn next(&mut self, rest: &mut &[u8]) -> Result<Option<String>, Error> {
        let end = rest.iter().position(|byte| *byte == b'\n');
        let taken = end.unwrap_or(rest.len());
        if self.pending.len() + taken > LINE_BYTES {
            return Err(Error::TooLarge { limit_bytes: LINE_BYTES });
        }
        self.pending.extend_from_slice(&rest[..taken]);
        *rest = &rest[(taken + usize::from(end.is_some()))..];
        Ok(end.map(|_| self.finish()))
    }

    fn finish(&mut self) -> String {
        let line = std::mem::take(&mut self.pending);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        String::from_utf8_lossy(line).into_owned()
    }
}

/// Server-sent events. Only `data` matters; `[DONE]` ends the stream.
pub(crate) struct Events {
    lines: Lines,
    data: Option<String>,
    /// What the data of an event is.
    format: Format,
}

impl Events {
    fn push(&mut self, bytes: &[u8], out: &mut VecDeque<Chunk>) -> Result<Flow, Error> {
        let mut rest = bytes;
        while let Some(line) = self.lines.next(&mut rest)? {
            if line.is_empty() {
                if let Flow::Done = self.dispatch(out)? {
                    return Ok(Flow::Done);
                }
            } else {
                self.line(&line)?;
            }
        }
        Ok(Flow::More)
    }

    fn line(&mut self, line: &str) -> Result<(), Error> {
        let Some(value) = line.strip_prefix("data:") else {
            return Ok(());
        };
        let value = value.strip_prefix(' ').unwrap_or(value);
        match &mut self.data {
            Some(data) if data.len() + value.len() > LINE_BYTES => {
                return Err(Error::TooLarge { limit_bytes: LINE_BYTES });
            }
            Some(data) => {
                data.push('\n');
                data.push_str(value);
            }
            None => self.data = Some(value.to_owned()),
        }
        Ok(())
    }

    fn dispatch(&mut self, out: &mut VecDeque<Chunk>) -> Result<Flow, Error> {
        let Some(data) = self.data.take() else {
            return Ok(Flow::More);
        };
        if data.trim() == "[DONE]" {
            return Ok(Flow::Done);
        }
        match self.format {
            Format::Text => text(data, out),
            Format::Ndjson => json_line(&data, out)?,
        }
        Ok(Flow::More)
    }
}

#[cfg(test)]
mod tests;
