//! The verdict: everything that is stored, held against what callers were told and what the
//! upstream did.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::time::Duration;

use domain::executions::{ExecutionFilter, ExecutionRow, Status};
use domain::paging::PageRequest;

use super::count::{Faults, faults, recovered};
use super::load::{Call, Kind};
use super::place::Place;
use super::upstream::{Log, token_in};
use super::windows::{Caught, Window};

/// Events of one execution that are read.
const EVENTS: u32 = 100_000;
/// The least share of healthy executions that must succeed.
const LEAST_SUCCEEDED: f64 = 0.95;
/// Kills from which on every window must have been hit.
const ENOUGH_KILLS: usize = 25;

/// What the drill found.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Kills asked for.
    pub kills: usize,
    /// Times that a server stood still.
    pub freezes: usize,
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
    /// Not ended when nothing moved any more.
    pub stuck: u64,
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
    /// Callers who were never told the end of their execution.
    pub unheard: u64,
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

/// Reads everything back.
pub async fn judge(
    place: &Place,
    calls: &BTreeMap<u64, Call>,
    log: &Log,
    caught: &[Caught],
) -> Result<Verdict, storage::Error> {
    let store = place.services.store();
    let mut verdict = Verdict { effects: log.total(), ..Verdict::default() };
    let mut caught_by: BTreeMap<_, Vec<&Caught>> = BTreeMap::new();
    for caught in caught {
        caught_by.entry(caught.execution).or_default().push(caught);
    }
    let mut by_token: BTreeMap<u64, u64> = BTreeMap::new();
    let mut known = BTreeSet::new();
    let mut page = PageRequest { after: None, limit: 200 };
    loop {
        let mut rows =
            storage::executions::list(store, place.workspace.id, &ExecutionFilter::default(), page).await?;
        let more = rows.len() > 200;
        rows.truncate(200);
        for row in &rows {
            known.insert(row.id.to_string());
            let Some(token) = row.title.as_deref().and_then(token_in) else { continue };
            *by_token.entry(token).or_default() += 1;
            let caught = caught_by.get(&row.id).map_or(&[][..], Vec::as_slice);
            verdict.add(place, row, calls.get(&token), log, token, caught).await?;
        }
        match rows.last() {
            Some(last) if more => page.after = Some(domain::ids::Id::bytes(last.id)),
            _ => break,
        }
    }
    verdict.doubled_starts = by_token.values().map(|count| count - 1).sum();
    for call in calls.values() {
        verdict.accepted += u64::from(call.accepted.is_some());
        verdict.lost += u64::from(call.accepted.as_ref().is_some_and(|id| !known.contains(id)));
        verdict.followed += u64::from(call.followed && call.accepted.is_some());
        verdict.missed += call.missed;
        verdict.repeated += call.repeated;
    }
    verdict.recovery.sort_unstable();
    Ok(verdict)
}

impl Verdict {
    async fn add(
        &mut self,
        place: &Place,
        row: &ExecutionRow,
        call: Option<&Call>,
        log: &Log,
        token: u64,
        caught: &[&Caught],
    ) -> Result<(), storage::Error> {
        let (store, workspace) = (place.services.store(), place.workspace.id);
        let stored = storage::executions::get(store, workspace, row.id).await?;
        let (output, last) = stored.map_or((None, 0), |stored| (stored.output, stored.last_event));
        let steps = storage::executions::steps(store, workspace, row.id).await?;
        let events = storage::events::after(store, workspace, row.id, 0, EVENTS).await?;
        *self.by_status.entry(row.status.word()).or_default() += 1;
        self.stuck += u64::from(!row.status.is_final());
        let Faults { gaps, late } = faults(&events, last, row.status, output.as_deref());
        self.gaps += gaps;
        self.late += late;

        let effects = log.of(token);
        // A model call may be repeated, but only under a step of its own in the journal.
        let calls = steps.iter().filter(|step| step.kind == "model_call").count();
        let doubled_calls = u64::from(effects.calls).saturating_sub(u64::try_from(calls).unwrap_or(0));
        *self.doubled.entry("toolhouse_run").or_default() += u64::from(effects.runs.saturating_sub(1));
        *self.doubled.entry("model_call").or_default() += doubled_calls;

        let kind = call.map(|call| call.kind);
        if kind.is_some_and(Kind::is_healthy) {
            self.healthy.0 += 1;
            self.healthy.1 += u64::from(row.status == Status::Succeeded);
        }
        let stopped = call.is_some_and(|call| call.stop_acknowledged);
        self.ignored_stops += u64::from(stopped && row.status != Status::Cancelled);

        for caught in caught {
            if let Some(at) = recovered(&events, caught.at) {
                self.windows.entry(caught.window).or_default().insert(caught.kill);
                self.recovery.push(Duration::from_millis(at.millis_since(caught.at)));
            }
        }
        Ok(())
    }

    /// Notes the kills at which a start was on its way.
    pub fn accepting(&mut self, kills: impl IntoIterator<Item = usize>) {
        self.windows.entry(Window::Accept).or_default().extend(kills);
    }

    /// Every broken promise, in words. None means that the drill passed.
    pub fn broken(&self) -> Vec<String> {
        let mut broken = Vec::new();
        let mut count = |number: u64, what: &str| {
            if number > 0 {
                broken.push(format!("{number} {what}"));
            }
        };
        count(self.lost, "accepted executions were lost");
        count(self.doubled_starts, "executions came from a start that was only sent again");
        count(self.doubled.values().sum(), "effects at the upstream were doubled");
        count(self.stuck, "executions did not end");
        count(self.gaps, "numbers of events are missing or doubled");
        count(self.late, "stories hold a late worker's writes");
        count(self.missed, "events were left out of streams");
        count(self.repeated, "events were told twice by streams");
        count(self.unheard, "callers never heard the end of their execution");
        count(self.ignored_stops, "acknowledged stops were not heeded");
        if self.accepted == 0 {
            broken.push("no start was accepted".to_owned());
        }
        if self.succeeded() < LEAST_SUCCEEDED {
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

    fn kills_in(&self, window: Window) -> usize {
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
            ("kills, times frozen", format!("{}, {}", self.kills, self.freezes)),
            ("kills by window", windows.join(", ")),
            ("accepted", self.accepted.to_string()),
            ("by state", list(&self.by_status)),
            ("healthy, succeeded", format!("{healthy}, {good} ({:.1} %)", self.succeeded() * 100.0)),
            ("effects at the upstream", self.effects.to_string()),
            ("lost", self.lost.to_string()),
            ("doubled starts", self.doubled_starts.to_string()),
            ("doubled effects", list(&self.doubled)),
            ("not ended", self.stuck.to_string()),
            ("event gaps", self.gaps.to_string()),
            ("late writes", self.late.to_string()),
            (
                "streams followed",
                format!("{}, events missed {}, repeated {}", self.followed, self.missed, self.repeated),
            ),
            ("ends not heard", self.unheard.to_string()),
            ("stops not heeded", self.ignored_stops.to_string()),
            ("time to recover", format!("p50 {} ms, p99 {} ms of {}", at(50), at(99), self.recovery.len())),
            ("took", format!("{} s", self.took.as_secs())),
        ];
        for (name, value) in rows {
            writeln!(out, "{name:<24} {value}")?;
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
        let changes: [fn(&mut Verdict); 12] = [
            |v| v.lost = 1,
            |v| v.doubled_starts = 1,
            |v| {
                v.doubled.insert("toolhouse_run", 1);
            },
            |v| v.stuck = 1,
            |v| v.gaps = 1,
            |v| v.late = 1,
            |v| v.missed = 1,
            |v| v.repeated = 1,
            |v| v.unheard = 1,
            |v| v.ignored_stops = 1,
            |v| v.accepted = 0,
            |v| v.healthy = (100, 94),
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
