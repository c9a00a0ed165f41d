//! Batches: each is over, and each of its rows has exactly one execution and ended as that did.

use std::collections::BTreeSet;

use domain::batches::{Batch, BatchState, RowState};
use domain::ids::Id as _;
use domain::paging::PageRequest;

use super::super::calls::Told;
use super::super::place::Place;
use super::super::verdict::Verdict;
use super::{PAGE, Seen};

/// Reads all of them with their rows.
pub(super) async fn read(
    place: &Place,
    told: &Told,
    seen: &mut Seen,
    verdict: &mut Verdict,
) -> Result<(), storage::Error> {
    let (store, workspace) = (place.services.store(), place.workspace.id);
    let mut known = BTreeSet::new();
    let mut page = PageRequest { after: None, limit: PAGE };
    loop {
        let mut batches = storage::batches::list(store, workspace, page).await?;
        let more = batches.len() > PAGE as usize;
        batches.truncate(PAGE as usize);
        for batch in &batches {
            known.insert(batch.id.to_string());
            verdict.batch(place, batch, told, seen).await?;
        }
        match batches.last() {
            Some(last) if more => page.after = Some(last.id.bytes()),
            _ => break,
        }
    }
    verdict.batches = u64::try_from(known.len()).unwrap_or(u64::MAX);
    verdict.lost += u64::try_from(told.batches.difference(&known).count()).unwrap_or(u64::MAX);
    Ok(())
}

impl Verdict {
    async fn batch(
        &mut self,
        place: &Place,
        batch: &Batch,
        told: &Told,
        seen: &mut Seen,
    ) -> Result<(), storage::Error> {
        let (store, workspace) = (place.services.store(), place.workspace.id);
        let is_cancelled = told.cancelled_batches.contains(&batch.id.to_string());
        if !batch.state.is_final() {
            self.not_final.push(format!("{}: {}", batch.id, batch.state));
        }
        let mut after = 0;
        loop {
            let mut rows = storage::batches::rows(store, workspace, batch.id, None, after, PAGE).await?;
            let more = rows.len() > PAGE as usize;
            rows.truncate(PAGE as usize);
            for row in &rows {
                self.rows += 1;
                let Some(execution) = row.execution else {
                    let may_be_none = is_cancelled
                        && batch.state == BatchState::Cancelled
                        && row.state == RowState::Cancelled;
                    self.forgotten_rows += u64::from(batch.state.is_final() && !may_be_none);
                    continue;
                };
                // Two rows with one execution.
                self.doubled_rows += u64::from(!seen.rows.insert(execution));
                if is_cancelled {
                    seen.withdrawn.insert(execution);
                }
                let stored = storage::executions::get(store, workspace, execution).await?;
                let agrees = stored.is_some_and(|stored| stored.row.status == row.state.status());
                self.forgotten_rows += u64::from(batch.state.is_final() && !agrees);
            }
            match rows.last() {
                Some(last) if more => after = last.row,
                _ => return Ok(()),
            }
        }
    }
}
