//! Reads everything back and holds it against what callers were told and what the upstream did.

mod batches;
mod schedules;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::executions::{ExecutionFilter, ExecutionRow, Status, Trigger};
use domain::ids::{ExecutionId, Id as _};
use domain::paging::PageRequest;

use super::calls::{Kind, Other, Told};
use super::count::{Faults, faults, recovered};
use super::place::Place;
use super::upstream::{Log, token_in};
use super::verdict::Verdict;
use super::windows::Caught;

/// Rows read at once.
const PAGE: u32 = 200;
/// Events of one execution that are read.
const EVENTS: u32 = 100_000;

/// What the executions of one token come to.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    executions: u64,
    /// Model calls in the journal: each may have had one effect.
    model_calls: u64,
}

/// What is read on the way.
#[derive(Debug, Default)]
struct Seen {
    by_token: BTreeMap<u64, Tally>,
    known: BTreeSet<ExecutionId>,
    /// Executions that schedules say they started.
    fired: BTreeSet<ExecutionId>,
    /// Executions that rows of batches say are theirs.
    rows: BTreeSet<ExecutionId>,
    /// Executions of batches that somebody cancelled.
    withdrawn: BTreeSet<ExecutionId>,
}

/// Reads everything back.
pub async fn judge(
    place: &Place,
    told: &Told,
    log: &Log,
    caught: &[Caught],
) -> Result<Verdict, storage::Error> {
    let mut verdict = Verdict { effects: log.total(), ..Verdict::default() };
    let mut seen = Seen::default();
    schedules::read(place, told, &mut seen, &mut verdict).await?;
    batches::read(place, told, &mut seen, &mut verdict).await?;
    let mut caught_by: BTreeMap<_, Vec<&Caught>> = BTreeMap::new();
    for caught in caught {
        caught_by.entry(caught.execution).or_default().push(caught);
    }
    let store = place.services.store();
    let mut page = PageRequest { after: None, limit: PAGE };
    loop {
        let mut rows =
            storage::executions::list(store, place.workspace.id, &ExecutionFilter::default(), page).await?;
        let more = rows.len() > PAGE as usize;
        rows.truncate(PAGE as usize);
        for row in &rows {
            let caught = caught_by.get(&row.id).map_or(&[][..], Vec::as_slice);
            verdict.add(place, row, told, &mut seen, caught).await?;
        }
        match rows.last() {
            Some(last) if more => page.after = Some(last.id.bytes()),
            _ => break,
        }
    }
    verdict.compare(told, log, &seen);
    verdict.recovery.sort_unstable();
    Ok(verdict)
}

impl Verdict {
    /// Adds one execution.
    async fn add(
        &mut self,
        place: &Place,
        row: &ExecutionRow,
        told: &Told,
        seen: &mut Seen,
        caught: &[&Caught],
    ) -> Result<(), storage::Error> {
        let (store, workspace) = (place.services.store(), place.workspace.id);
        let stored = storage::executions::get(store, workspace, row.id).await?;
        let (output, last) = stored.map_or((None, 0), |stored| (stored.output, stored.last_event));
        let steps = storage::executions::steps(store, workspace, row.id).await?;
        let events = storage::events::after(store, workspace, row.id, 0, EVENTS).await?;
        *self.by_status.entry(row.status.word()).or_default() += 1;
        if !row.status.is_final() {
            let last = events.last().map_or("no event", |event| event.body.name());
            let title = row.title.as_deref().unwrap_or_default();
            self.not_final.push(format!(
                "{} ({title}): {}, attempt {}, last event {last}",
                row.id, row.status, row.attempt
            ));
        }
        let Faults { gaps, late } = faults(&events, last, row.status, output.as_deref());
        self.gaps += gaps;
        self.late += late;

        seen.known.insert(row.id);
        let token = row.title.as_deref().and_then(token_in);
        if let Some(token) = token {
            let tally = seen.by_token.entry(token).or_default();
            tally.executions += 1;
            tally.model_calls +=
                u64::try_from(steps.iter().filter(|step| step.kind == "model_call").count()).unwrap_or(0);
        }
        let call = token.and_then(|token| told.calls.get(&token));
        let is_healthy = match row.trigger {
            Trigger::Person | Trigger::Api => call.is_some_and(|call| Kind::is_healthy(call.kind)),
            // The one before may be cancelled for the sake of the next.
            Trigger::Schedule => row.status != Status::Cancelled,
            Trigger::Batch => !seen.withdrawn.contains(&row.id),
        };
        if is_healthy {
            self.healthy.0 += 1;
            self.healthy.1 += u64::from(row.status == Status::Succeeded);
        }
        let stopped = call.is_some_and(|call| call.stop_acknowledged);
        self.ignored_stops += u64::from(stopped && row.status != Status::Cancelled);
        self.doubled_firings += u64::from(row.trigger == Trigger::Schedule && !seen.fired.contains(&row.id));
        self.doubled_rows += u64::from(row.trigger == Trigger::Batch && !seen.rows.contains(&row.id));
        for caught in caught {
            if let Some(at) = recovered(&events, caught.at) {
                self.windows.entry(caught.window).or_default().insert(caught.kill);
                self.recovery.push(Duration::from_millis(at.millis_since(caught.at)));
            }
        }
        Ok(())
    }

    /// Holds all of it against the upstream's log and against what callers were told.
    fn compare(&mut self, told: &Told, log: &Log, seen: &Seen) {
        for (token, tally) in &seen.by_token {
            let beyond = tally.executions.saturating_sub(1);
            match told.others.get(token) {
                Some(Other::Cron) => {}
                Some(Other::Once) => self.doubled_firings += beyond,
                Some(Other::Row) => self.doubled_rows += beyond,
                None => self.doubled_starts += beyond,
            }
        }
        for (token, effects) in log.snapshot() {
            let tally = seen.by_token.get(&token).copied().unwrap_or_default();
            // A model call may be repeated, but only under a step of its own in the journal.
            let runs = u64::from(effects.runs).saturating_sub(tally.executions);
            let calls = u64::from(effects.calls).saturating_sub(tally.model_calls);
            *self.doubled.entry("toolhouse_run").or_default() += runs;
            *self.doubled.entry("model_call").or_default() += calls;
        }
        let known: BTreeSet<String> = seen.known.iter().map(ToString::to_string).collect();
        for call in told.calls.values() {
            self.accepted += u64::from(call.accepted.is_some());
            self.lost += u64::from(call.accepted.as_ref().is_some_and(|id| !known.contains(id)));
            self.refused_starts += u64::from(call.refused);
            self.followed += u64::from(call.followed && call.accepted.is_some());
            self.missed += call.missed;
            self.repeated += call.repeated;
        }
        self.lost += u64::try_from(seen.fired.difference(&seen.known).count()).unwrap_or(u64::MAX);
        self.lost += u64::try_from(seen.rows.difference(&seen.known).count()).unwrap_or(u64::MAX);
    }
}
