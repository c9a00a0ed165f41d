//! Schedules: each due time is in the log, once, with its execution or with why there is none.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::Timestamp;
use domain::ids::Id as _;
use domain::paging::PageRequest;
use domain::schedules::{FiringOutcome, Schedule, ScheduleState};

use super::super::calls::Told;
use super::super::place::Place;
use super::super::verdict::Verdict;
use super::{PAGE, Seen};

/// Due times so close before a pause may have been dealt with or not.
const UNSURE: Duration = Duration::from_secs(5);

/// Reads all of them with their logs.
pub(super) async fn read(
    place: &Place,
    told: &Told,
    seen: &mut Seen,
    verdict: &mut Verdict,
) -> Result<(), storage::Error> {
    let (store, workspace) = (place.services.store(), place.workspace.id);
    let now = place.services.now();
    let mut known = BTreeSet::new();
    let mut page = PageRequest { after: None, limit: PAGE };
    loop {
        let mut schedules = storage::schedules::list(store, workspace, page).await?;
        let more = schedules.len() > PAGE as usize;
        schedules.truncate(PAGE as usize);
        for schedule in &schedules {
            known.insert(schedule.id.to_string());
            let log = firings(place, schedule).await?;
            verdict.schedule(schedule, &log, now, seen);
        }
        match schedules.last() {
            Some(last) if more => page.after = Some(last.id.bytes()),
            _ => break,
        }
    }
    verdict.schedules = u64::try_from(known.len()).unwrap_or(u64::MAX);
    verdict.lost += u64::try_from(told.schedules.difference(&known).count()).unwrap_or(u64::MAX);
    Ok(())
}

async fn firings(
    place: &Place,
    schedule: &Schedule,
) -> Result<Vec<domain::schedules::Firing>, storage::Error> {
    let (store, workspace) = (place.services.store(), place.workspace.id);
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let zone = schedule.timing.zone();
        let mut rows = storage::schedules::firings(store, workspace, schedule.id, zone, before, PAGE).await?;
        let more = rows.len() > PAGE as usize;
        rows.truncate(PAGE as usize);
        before = rows.last().map(|row| row.due.at);
        all.extend(rows);
        if !more {
            return Ok(all);
        }
    }
}

impl Verdict {
    fn schedule(
        &mut self,
        schedule: &Schedule,
        log: &[domain::schedules::Firing],
        now: Timestamp,
        seen: &mut Seen,
    ) {
        let until = match schedule.state {
            ScheduleState::Paused => schedule.updated_at.minus(UNSURE),
            ScheduleState::Active => now.minus(UNSURE),
            ScheduleState::Ended => now,
        };
        let logged: BTreeSet<_> = log.iter().map(|firing| firing.due.at.millis()).collect();
        let due = schedule.timing.after(schedule.created_at).take_while(|due| *due <= until);
        let silent = due.filter(|due| !logged.contains(&due.millis())).count();
        self.silent += u64::try_from(silent).unwrap_or(u64::MAX);
        for firing in log {
            match (firing.outcome, firing.execution) {
                (FiringOutcome::Started, Some(execution)) => {
                    self.fired += 1;
                    // Two due times with one execution.
                    self.doubled_firings += u64::from(!seen.fired.insert(execution));
                }
                (FiringOutcome::Skipped, None) if firing.reason.is_some() => self.skipped += 1,
                (FiringOutcome::Waiting, None) => {
                    self.not_final.push(format!("{}: {} still waits", schedule.id, firing.due.local));
                }
                _ => self.silent += 1,
            }
        }
    }
}
