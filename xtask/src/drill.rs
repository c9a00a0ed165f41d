//! Drills as a phase of the tests: some that must be green, and one for each protection taken out, which must be red.
//!
//! The server is the one that the tests compiled, with the feature `sabotage`. Without drills that are seen to fail,
//! a green one would prove little: it might look at nothing.

use std::io::Write;
use std::path::Path;

use anyhow::Result;

use crate::child;
use crate::place::Place;
use crate::report::Outcome;

/// Where a drill's servers keep what they have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Database {
    Sqlite,
    Postgres,
}

/// One drill and what it must say.
struct Drill {
    args: &'static [&'static str],
    on: Database,
    /// What must be among the broken promises; green without.
    breaks: Option<&'static str>,
}

const DRILLS: [Drill; 5] = [
    Drill { args: &["--kills=25", "--seed=1"], on: Database::Sqlite, breaks: None },
    // A rolling restart: one server after the other is asked to stop and started again, under load.
    Drill {
        args: &["--kills=0", "--restarts=2", "--workers=3", "--mixed", "--seed=5"],
        on: Database::Postgres,
        breaks: None,
    },
    Drill {
        args: &["--sabotage=fence", "--kills=3", "--freezes=3", "--seed=2"],
        on: Database::Sqlite,
        breaks: Some("late worker's writes"),
    },
    Drill {
        args: &["--sabotage=journal", "--kills=6", "--freezes=0", "--seed=3"],
        on: Database::Sqlite,
        breaks: Some("effects at the upstream were doubled"),
    },
    Drill {
        args: &["--sabotage=reaper", "--kills=3", "--freezes=0", "--seed=4", "--drain=15"],
        on: Database::Sqlite,
        breaks: Some("are not over"),
    },
];

/// Runs all of them that can be; each counts as a test. `postgres` is the address of a server that makes databases.
pub(crate) fn drills(
    place: &Place,
    binary: &Path,
    postgres: Option<&str>,
    out: &mut dyn Write,
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for drill in DRILLS {
        let words = drill.args.join(" ");
        let mut command = place.command(binary);
        command.arg("drill").args(drill.args);
        match (drill.on, postgres) {
            (Database::Sqlite, _) => {}
            (Database::Postgres, Some(server)) => {
                command.args(["--postgres", server]);
            }
            (Database::Postgres, None) => {
                outcome.closing.push(format!("drill {words}: left out, there is no PostgreSQL"));
                continue;
            }
        }
        let mut lines = Vec::new();
        let succeeded = child::stream(&mut command, out, &mut |line| lines.push(line.to_owned()))?;
        let passed = drill.is_as_expected(&lines, succeeded);
        if passed {
            outcome.counts.passed += 1;
        } else {
            outcome.counts.failed += 1;
        }
        let wanted = drill.breaks.map_or_else(|| "green".to_owned(), |what| format!("red, \"{what}\""));
        let word = if passed { "as it was" } else { "which it was NOT" };
        outcome.closing.push(format!("drill {words}: to be {wanted}, {word}"));
    }
    outcome.succeeded = outcome.counts.failed == 0;
    Ok(outcome)
}

impl Drill {
    /// The exit code must agree with the verdict, and a red one must be red for what was taken out: a drill that
    /// could not run is not a red one.
    fn is_as_expected(&self, lines: &[String], succeeded: bool) -> bool {
        let says = |text: &str| lines.iter().any(|line| line.trim() == text);
        match self.breaks {
            None => succeeded && says("verdict: green"),
            Some(what) => {
                let broken = lines.iter().any(|line| line.starts_with("BROKEN:") && line.contains(what));
                !succeeded && says("verdict: RED") && broken
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Database, Drill};

    #[test]
    fn a_drill_is_red_for_the_right_reason_or_green() {
        let green = Drill { args: &[], on: Database::Sqlite, breaks: None };
        let red = Drill { breaks: Some("were doubled"), ..green };
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let passed = lines("verdict: green");
        let doubled = lines("BROKEN: 3 effects were doubled\nverdict: RED");
        let other = lines("BROKEN: 3 executions were lost\nverdict: RED");
        assert!(green.is_as_expected(&passed, true) && red.is_as_expected(&doubled, false));
        for (drill, lines, succeeded) in [
            (&green, &passed, false),
            (&green, &doubled, false),
            (&green, &Vec::new(), true),
            (&red, &other, false),
            (&red, &doubled, true),
            (&red, &Vec::new(), false),
            (&red, &passed, true),
        ] {
            assert!(!drill.is_as_expected(lines, succeeded), "{lines:?}");
        }
    }
}
