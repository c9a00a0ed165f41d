//! How a run will go: its words, its pace and its end.

use std::time::Duration;

use crate::{
    answers::{self, Question},
    scripts::Script,
};

/// A trickle outlasts every limit a client may reasonably set.
const TRICKLE_TIMES: usize = 200;
const TRICKLE_PAUSE: Duration = Duration::from_millis(10);

pub(crate) struct Plan {
    pub(crate) pieces: Vec<String>,
    /// Before each piece.
    pub(crate) pause: Duration,
    pub(crate) fails: bool,
    /// After how many pieces the listener loses the connection.
    pub(crate) cut_after: Option<usize>,
}

impl Plan {
    pub(crate) fn new(script: &Script, question: &Question, pause: Duration) -> Self {
        let text = match script {
            Script::JsonFenced => answers::fenced(question),
            Script::Long(paragraphs) => answers::long(question, *paragraphs),
            Script::SplitUtf8 => format!("Grüße, 東京 🦊. {}", answers::reply(question)),
            Script::Trickle => format!("{}\n\n", answers::reply(question)).repeat(TRICKLE_TIMES),
            Script::Plain
            | Script::Slow(_)
            | Script::Hang
            | Script::Truncate
            | Script::TruncateFail
            | Script::Sse
            | Script::NdjsonError
            | Script::NoRunHeader
            | Script::Page500
            | Script::Refuse(_)
            | Script::RateLimited(_)
            | Script::RateLimitedThenOk(_)
            | Script::Tool { .. } => answers::reply(question),
        };
        let mut plan = Self {
            pieces: answers::pieces(&text, question.seed),
            pause,
            fails: false,
            cut_after: None,
        };
        let half = (plan.pieces.len() / 2).max(1);
        match script {
            Script::Slow(total) => {
                let pieces = u32::try_from(plan.pieces.len()).unwrap_or(u32::MAX).max(1);
                plan.pause = *total / pieces;
            }
            Script::Trickle => {
                plan.pieces = text.chars().map(String::from).collect();
                plan.pause = pause.max(TRICKLE_PAUSE);
            }
            Script::Truncate => plan.cut_after = Some(half / 2),
            Script::TruncateFail => {
                plan.cut_after = Some(half / 2);
                plan.pieces.truncate(half);
                plan.fails = true;
            }
            Script::NdjsonError => {
                plan.pieces.truncate(half);
                plan.fails = true;
            }
            Script::Plain
            | Script::Long(_)
            | Script::Hang
            | Script::SplitUtf8
            | Script::JsonFenced
            | Script::Sse
            | Script::NoRunHeader
            | Script::Page500
            | Script::Refuse(_)
            | Script::RateLimited(_)
            | Script::RateLimitedThenOk(_)
            | Script::Tool { .. } => {}
        }
        plan
    }
}
