//! The verdict: what the drill found, which of it is a broken promise, and the table that is printed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::time::Duration;

use super::windows::Window;

/// The least share of healthy executions that must succeed.
const LEAST_SUCCEEDED: f64 = 0.95;
/// Kills from which on every window must have been hit.
pub const ENOUGH_KILLS: usize = 25;
/// Names of what is not over that are written.
const NAMED: usize = 20;

/// What the drill found.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Kills that happened.
    pub kills: usize,
    /// Times that a server stood still.
    pub freezes: usize,
    /// Times that a server was asked to stop and started again.
    pub restarts: usize,
    /// Starts that were answered.
    pub accepted: u64,
    /// Executions by the state they are in.
    pub by_status: BTreeMap<&'static str, u64>,
    /// Accepted, and not in the database.
    pub lost: u64,
    /// Starts that led to more than one execution.
    pub doubled_starts: u64,
    /// Effects at the upstream beyond the one that was promised, by step.
    pub doubled: BTreeMap<&'static str, u64>,
    /// Starts that were refused, which none should be.
    pub refused_starts: u64,
    /// What was not over when the time for it was: each with where it stands.
    pub not_final: Vec<String>,
    /// Schedules that were made.
    pub schedules: u64,
    /// Due times with an execution.
    pub fired: u64,
    /// Due times that were left out with a reason.
    pub skipped: u64,
    /// Due times without a line in the log, or with one that says nothing.
    pub silent: u64,
    /// Executions of schedules beyond the one of their due time.
    pub doubled_firings: u64,
    /// Batches that were made.
    pub batches: u64,
    /// Rows of them.
    pub rows: u64,
    /// Rows of batches that are over, without an execution or with another end than that has.
    pub forgotten_rows: u64,
    /// Executions of batches beyond the one of their row.
    pub doubled_rows: u64,
    /// Numbers of events missing or doubled in the database.
    pub gaps: u64,
    /// Writes of workers that no longer held the execution.
    pub late: u64,
    /// Streams that callers followed.
    pub followed: u64,
    /// Events that those streams left out.
    pub missed: u64,
    /// Events that those streams told twice.
    pub repeated: u64,
    /// What callers still waited for in the end.
    pub unheard: Vec<String>,
    /// Stops that were acknowledged and not heeded.
    pub ignored_stops: u64,
    /// Executions that nothing but us could keep from succeeding, and those that did.
    pub healthy: (u64, u64),
    /// Kills by window.
    pub windows: BTreeMap<Window, BTreeSet<usize>>,
    /// How long after the kill executions went on.
    pub recovery: Vec<Duration>,
    /// Effects at the upstream.
    pub effects: u64,
    /// How long all of it took.
    pub took: Duration,
}

impl Verdict {
    /// Notes the kills at which a start was on its way.
    pub fn accepting(&mut self, kills: impl IntoIterator<Item = usize>) {
        self.windows.entry(Window::Accept).or_default().extend(kills);
    }

    /// Every broken promise, in words. None means that the drill passed.
    pub fn broken(&self) -> Vec<String> {
        let mut broken = Vec::new();
        let number = |names: &[String]| u64::try_from(names.len()).unwrap_or(u64::MAX);
        let mut count = |number: u64, what: &str| {
            if number > 0 {
                broken.push(format!("{number} {what}"));
            }
        };
        count(self.lost, "accepted executions were lost");
        count(self.refused_starts, "starts were refused");
        count(self.doubled_starts, "executions came from a start that was only sent again");
        count(self.silent, "due times passed without a word in the log");
        count(self.doubled_firings, "executions came from a due time that had one already");
        count(self.forgotten_rows, "rows of batches were forgotten");
        count(self.doubled_rows, "executions came from a row that had one already");
        count(self.doubled.values().sum(), "effects at the upstream were doubled");
        count(number(&self.not_final), "executions, schedules or batches are not over");
        count(self.gaps, "numbers of events are missing or doubled");
        count(self.late, "stories hold a late worker's writes");
        count(self.missed, "events were left out of streams");
        count(self.repeated, "events were told twice by streams");
        count(number(&self.unheard), "callers still waited");
        count(self.ignored_stops, "acknowledged stops were not heeded");
        if self.accepted == 0 {
            broken.push("no start was accepted".to_owned());
        }
        // Nothing is in doubt where every server was asked to stop.
        let is_gentle = self.kills == 0 && self.freezes == 0;
        if self.succeeded() < if is_gentle { 1.0 } else { LEAST_SUCCEEDED } {
            broken.push(format!("only {:.1} % of healthy executions succeeded", self.succeeded() * 100.0));
        }
        if self.kills >= ENOUGH_KILLS {
            for window in Window::ALL {
                if self.kills_in(window) == 0 {
                    broken.push(format!("no kill fell into the window `{}`", window.word()));
                }
            }
        }
        broken
    }

    #[expect(clippy::cast_precision_loss, reason = "a share of counts that are far below 2^52")]
    fn succeeded(&self) -> f64 {
        let (all, good) = self.healthy;
        if all == 0 { 1.0 } else { good as f64 / all as f64 }
    }

    /// How many kills fell into a window.
    pub fn kills_in(&self, window: Window) -> usize {
        self.windows.get(&window).map_or(0, BTreeSet::len)
    }

    /// Writes the table and the verdict; says whether the drill passed.
    pub fn write(&self, out: &mut (dyn Write + Send)) -> std::io::Result<bool> {
        let list = |pairs: &BTreeMap<&'static str, u64>| {
            let parts: Vec<_> = pairs.iter().map(|(word, count)| format!("{word} {count}")).collect();
            parts.join(", ")
        };
        let windows: Vec<_> =
            Window::ALL.iter().map(|w| format!("{} {}", w.word(), self.kills_in(*w))).collect();
        let at = |share: usize| {
            let place = self.recovery.len() * share / 100;
            self.recovery.get(place.min(self.recovery.len().saturating_sub(1))).map_or(0, Duration::as_millis)
        };
        let (healthy, good) = self.healthy;
        let rows = [
            ("kills, freezes, restarts", format!("{}, {}, {}", self.kills, self.freezes, self.restarts)),
            ("kills by window", windows.join(", ")),
            ("accepted", self.accepted.to_string()),
            ("by state", list(&self.by_status)),
            ("healthy, succeeded", format!("{healthy}, {good} ({:.1} %)", self.succeeded() * 100.0)),
            ("effects at the upstream", self.effects.to_string()),
            (
                "due times",
                format!("{} fired, {} left out, of {} schedules", self.fired, self.skipped, self.schedules),
            ),
            ("due times without a word", self.silent.to_string()),
            ("rows of batches", format!("{} of {} batches", self.rows, self.batches)),
            ("rows forgotten", self.forgotten_rows.to_string()),
            ("lost", self.lost.to_string()),
            (
                "doubled starts",
                format!(
                    "{}, of due times {}, of rows {}",
                    self.doubled_starts, self.doubled_firings, self.doubled_rows
                ),
            ),
            ("doubled effects", list(&self.doubled)),
            ("not over", self.not_final.len().to_string()),
            ("event gaps", self.gaps.to_string()),
            ("late writes", self.late.to_string()),
            (
                "streams followed",
                format!("{}, events missed {}, repeated {}", self.followed, self.missed, self.repeated),
            ),
            ("callers still waiting", self.unheard.len().to_string()),
            ("stops not heeded", self.ignored_stops.to_string()),
            ("time to recover", format!("p50 {} ms, p99 {} ms of {}", at(50), at(99), self.recovery.len())),
            ("took", format!("{} s", self.took.as_secs())),
        ];
        for (name, value) in rows {
            writeln!(out, "{name:<24} {value}")?;
        }
        for (what, names) in [("not over", &self.not_final), ("waited for", &self.unheard)] {
            for name in names.iter().take(NAMED) {
                writeln!(out, "{what}: {name}")?;
            }
            if names.len() > NAMED {
                writeln!(out, "{what}: {} more", names.len() - NAMED)?;
            }
        }
        let broken = self.broken();
        for what in &broken {
            writeln!(out, "BROKEN: {what}")?;
        }
        writeln!(out, "verdict: {}", if broken.is_empty() { "green" } else { "RED" })?;
        Ok(broken.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Verdict {
        Verdict { accepted: 10, healthy: (10, 10), ..Verdict::default() }
    }

    #[test]
    fn each_broken_promise_turns_the_verdict_red() {
        assert!(good().broken().is_empty());
        let changes: [fn(&mut Verdict); 18] = [
            |v| v.lost = 1,
            |v| v.doubled_starts = 1,
            |v| {
                v.doubled.insert("toolhouse_run", 1);
            },
            |v| v.refused_starts = 1,
            |v| v.not_final.push("exe_1: running".to_owned()),
            |v| v.silent = 1,
            |v| v.doubled_firings = 1,
            |v| v.forgotten_rows = 1,
            |v| v.doubled_rows = 1,
            |v| v.gaps = 1,
            |v| v.late = 1,
            |v| v.missed = 1,
            |v| v.repeated = 1,
            |v| v.unheard.push("the end of exe_1".to_owned()),
            |v| v.ignored_stops = 1,
            |v| v.accepted = 0,
            |v| (v.kills, v.healthy) = (1, (100, 94)),
            |v| v.healthy = (100, 99),
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut verdict = good();
            change(&mut verdict);
            assert_eq!(verdict.broken().len(), 1, "change {number}");
        }
    }

    #[test]
    fn enough_kills_must_hit_every_window() {
        let mut verdict = Verdict { kills: ENOUGH_KILLS, ..good() };
        assert_eq!(verdict.broken().len(), Window::ALL.len());
        verdict.accepting([1]);
        assert_eq!(verdict.broken().len(), Window::ALL.len() - 1);
    }
}
