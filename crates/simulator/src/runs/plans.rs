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
    /// How long the run takes.
    pub(crate) fn duration(&self) -> Duration {
        self.pause * u32::try_from(self.pieces.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

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
            | Script::Calls(_) => answers::reply(question),
        };
        let mut plan =
            Self { pieces: answers::pieces(&text, question.seed), pause, fails: false, cut_after: None };
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
            | Script::Calls(_) => {}
        }
        plan
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(message: &str, pause: Duration) -> Plan {
        let (script, rest) = crate::scripts::parse(message);
        let question =
            Question { title: "Helper".to_owned(), message: rest.to_owned(), turn: 1, ..Question::default() };
        Plan::new(&script, &question, pause)
    }

    #[test]
    fn the_same_message_goes_the_same_way() {
        for listed in crate::scripts::SCRIPTS {
            let (one, two) = (plan(listed.usage, Duration::ZERO), plan(listed.usage, Duration::ZERO));
            assert_eq!((&one.pieces, one.cut_after), (&two.pieces, two.cut_after), "{}", listed.usage);
        }
    }

    #[test]
    fn a_slow_answer_takes_as_long_as_it_says_whatever_the_pace() {
        for pause in [Duration::ZERO, Duration::from_millis(40)] {
            let plan = plan("/slow 30 hello", pause);
            let pieces = u32::try_from(plan.pieces.len()).unwrap();
            let whole = plan.pause * pieces;
            assert!((29..=30).contains(&whole.as_secs()), "{whole:?}");
        }
        assert_eq!(plan("hello", Duration::from_millis(40)).pause, Duration::from_millis(40));
    }

    #[test]
    fn a_cut_comes_before_the_last_word_and_only_some_fail() {
        for (message, cut, fails) in [
            ("hello", false, false),
            ("/truncate hello", true, false),
            ("/truncate-fail hello", true, true),
            ("/ndjson-error hello", false, true),
        ] {
            let plan = plan(message, Duration::ZERO);
            assert_eq!((plan.cut_after.is_some(), plan.fails), (cut, fails), "{message}");
            assert!(plan.cut_after.is_none_or(|at| at + 1 < plan.pieces.len()), "{message}");
        }
    }

    #[test]
    fn words_come_in_small_groups_and_a_long_answer_has_its_paragraphs() {
        let plan = plan("/long 9 hello", Duration::ZERO);
        assert!(plan.pieces.iter().all(|piece| piece.split_whitespace().count() <= 4));
        assert_eq!(plan.pieces.concat().matches("**Part ").count(), 8);
    }
}
