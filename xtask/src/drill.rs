//! Drills as a phase of the tests: one that must be green, and one for each protection taken out, which must be red.
//!
//! The server is the one that the tests compiled, with the feature `sabotage`. Without drills that are seen to fail,
//! a green one would prove little: it might look at nothing.

use std::io::Write;
use std::path::Path;

use anyhow::Result;

use crate::child;
use crate::place::Place;
use crate::report::{Counts, Outcome};

/// What a verdict has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Green,
    Red,
}

/// The drills, and what each must say.
const DRILLS: [(Expected, &[&str]); 4] = [
    (Expected::Green, &["--kills=25", "--seed=1"]),
    (Expected::Red, &["--sabotage=fence", "--kills=3", "--freezes=3", "--seed=2"]),
    (Expected::Red, &["--sabotage=journal", "--kills=6", "--freezes=0", "--seed=3"]),
    (Expected::Red, &["--sabotage=reaper", "--kills=3", "--freezes=0", "--seed=4", "--drain=15"]),
];

/// Runs all of them; each counts as a test.
pub(crate) fn drills(place: &Place, binary: &Path, out: &mut dyn Write) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for (expected, args) in DRILLS {
        let mut verdict = None;
        let succeeded = child::stream(place.command(binary).arg("drill").args(args), out, &mut |line| {
            verdict = verdict_in(line).or(verdict);
        })?;
        let passed = is_as_expected(expected, verdict, succeeded);
        let word = if passed { "as expected" } else { "NOT as expected" };
        let said = match verdict {
            Some(Expected::Green) => "green",
            Some(Expected::Red) => "red",
            None => "no verdict",
        };
        outcome.closing.push(format!("drill {}: {said}, {word}", args.join(" ")));
        outcome.counts = Counts {
            passed: outcome.counts.passed + u64::from(passed),
            failed: outcome.counts.failed + u64::from(!passed),
            ..outcome.counts
        };
    }
    outcome.succeeded = outcome.counts.failed == 0;
    Ok(outcome)
}

/// What a line of a drill says, if it is that of the verdict.
fn verdict_in(line: &str) -> Option<Expected> {
    match line.trim() {
        "verdict: green" => Some(Expected::Green),
        "verdict: RED" => Some(Expected::Red),
        _ => None,
    }
}

/// The exit code must agree with the verdict: a drill that could not run is not a red one.
fn is_as_expected(expected: Expected, verdict: Option<Expected>, succeeded: bool) -> bool {
    verdict == Some(expected) && succeeded == (expected == Expected::Green)
}

#[cfg(test)]
mod tests {
    use super::{Expected, is_as_expected, verdict_in};

    #[test]
    fn only_a_verdict_and_its_exit_code_count() {
        let (green, red) = (verdict_in("verdict: green"), verdict_in("verdict: RED"));
        assert!(is_as_expected(Expected::Green, green, true));
        assert!(is_as_expected(Expected::Red, red, false));
        for (expected, verdict, succeeded) in [
            (Expected::Green, red, false),
            (Expected::Green, green, false),
            (Expected::Red, green, true),
            (Expected::Red, red, true),
            (Expected::Red, verdict_in("shopfloor: make a database"), false),
        ] {
            assert!(!is_as_expected(expected, verdict, succeeded));
        }
    }
}
