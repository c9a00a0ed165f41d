//! Actions on many executions: everything that fits the list's filter is cancelled or run again.
//!
//! The count is shown first. Accepted, the action is a row of its own that the engine works off in
//! pages, newest execution first; each page commits its changes together with its results and the place
//! where the next one begins, so nothing is done twice and memory does not grow with the number.
//! Executions that come later than the action are not touched.

use domain::bulk::{BulkAction, BulkChoice, BulkKind, BulkOutcome, BulkPreview, BulkRow, MOST};
use domain::executions::{ExecutionFilter, ExecutionRow, RerunDraft, Status};
use domain::ids::{BulkId, ExecutionId, Id as _};
use domain::paging::{List, Page, PageRequest};
use domain::{Actor, Kind, Permission, Problem};
use serde_json::json;
use storage::bulk::{NewBulk, StoredBulk};

use crate::executions::may_search;
use crate::hub::News;
use crate::{Fault, Services};

/// Executions handled in one transaction.
const PAGE: u32 = 100;

/// Operations on many executions.
#[derive(Debug, Clone, Copy)]
pub struct Bulk<'a>(&'a Services);

impl Services {
    /// Operations on many executions.
    pub fn bulk(&self) -> Bulk<'_> {
        Bulk(self)
    }
}

impl Bulk<'_> {
    /// How many executions an action would touch, and how many of them go on.
    pub async fn preview(&self, actor: &Actor, filter: &ExecutionFilter) -> Result<BulkPreview, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        may_search(actor, filter)?;
        let count = self.count(actor, filter).await?;
        let is_meant = |status: &Status| filter.status.is_empty() || filter.status.contains(status);
        let going_on: Vec<_> = Status::ALL.iter().copied().filter(|s| !s.is_final() && is_meant(s)).collect();
        let active = match going_on.as_slice() {
            [] => 0,
            _ => self.count(actor, &ExecutionFilter { status: going_on, ..filter.clone() }).await?,
        };
        Ok(BulkPreview { count, active, most: MOST })
    }

    async fn count(&self, actor: &Actor, filter: &ExecutionFilter) -> Result<u64, Problem> {
        storage::executions::count(self.0.store(), actor.workspace, filter, MOST + 1)
            .await
            .or_internal("count executions")
    }

    /// Accepts an action. `expected` is the count the caller saw: when another number fits now, nothing
    /// is done.
    pub async fn start(
        &self,
        actor: &Actor,
        kind: BulkKind,
        filter: &ExecutionFilter,
        choice: BulkChoice,
        expected: Option<u64>,
    ) -> Result<BulkAction, Problem> {
        actor.require(Permission::ExecutionsWrite)?;
        may_search(actor, filter)?;
        let total = self.count(actor, filter).await?;
        if total == 0 {
            return Err(Problem::new(Kind::Conflict, "No execution fits this filter. Nothing was changed."));
        }
        if total > u64::from(MOST) {
            return Err(Problem::new(
                Kind::Conflict,
                format!("More than {MOST} executions fit this filter. Narrow it, and repeat for the rest."),
            ));
        }
        if let Some(expected) = expected.filter(|expected| *expected != total) {
            return Err(Problem::new(
                Kind::Conflict,
                format!("{total} executions fit this filter now, not {expected}. Look again, then confirm."),
            ));
        }
        let (id, now): (BulkId, _) = (self.0.id(), self.0.now());
        // What is accepted from here on is newer and not meant.
        let filter = ExecutionFilter { to: Some(filter.to.map_or(now, |to| to.min(now))), ..filter.clone() };
        let caller = actor.caller();
        let new =
            NewBulk { id, kind, filter: &filter, choice, by: &actor.name, caller: &caller, total, at: now };
        let tx = self.0.store().begin().await.or_internal("begin")?;
        storage::bulk::insert(&tx, actor.workspace, &new).await.or_internal("store an action")?;
        let action = match kind {
            BulkKind::Cancel => "executions.cancel",
            BulkKind::Rerun => "executions.rerun",
        };
        let detail = json!({ "filter": filter, "total": total });
        crate::audit::record(self.0, &tx, actor, action, id.to_string(), "many executions", detail).await?;
        tx.commit().await.or_internal("commit")?;
        self.one(actor, id).await
    }

    /// One action and how far it is.
    pub async fn get(&self, actor: &Actor, bulk: BulkId) -> Result<BulkAction, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        self.one(actor, bulk).await
    }

    async fn one(&self, actor: &Actor, bulk: BulkId) -> Result<BulkAction, Problem> {
        let found = storage::bulk::get(self.0.store(), actor.workspace, bulk).await;
        found.or_internal("read an action")?.ok_or_else(|| Problem::not_found("action"))
    }

    /// A page of actions, newest first.
    pub async fn list(&self, actor: &Actor, page: PageRequest) -> Result<Page<BulkAction>, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        let mut items =
            storage::bulk::list(self.0.store(), actor.workspace, page).await.or_internal("list actions")?;
        let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let more = items.len() > wanted;
        items.truncate(wanted);
        let next_cursor = items.last().filter(|_| more).map(|item| List::Bulk.cursor(item.id.bytes()));
        Ok(Page { items, next_cursor })
    }

    /// Results after a number, in the order of work.
    pub async fn rows(
        &self,
        actor: &Actor,
        bulk: BulkId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<BulkRow>, Problem> {
        self.get(actor, bulk).await?;
        storage::bulk::rows(self.0.store(), actor.workspace, bulk, after, limit)
            .await
            .or_internal("read results")
    }

    /// Stops an action where it is. What was done stays done.
    pub async fn stop(&self, actor: &Actor, bulk: BulkId) -> Result<BulkAction, Problem> {
        actor.require(Permission::ExecutionsWrite)?;
        let before = self.one(actor, bulk).await?;
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let stopped = storage::bulk::stop(&tx, actor.workspace, bulk, self.0.now())
            .await
            .or_internal("stop an action")?;
        if !stopped {
            return Err(Problem::new(
                Kind::Conflict,
                format!("This action is {}. Nothing was changed.", before.status),
            ));
        }
        let target = bulk.to_string();
        crate::audit::record(
            self.0,
            &tx,
            actor,
            "executions.stop_bulk",
            target,
            "many executions",
            json!({}),
        )
        .await?;
        tx.commit().await.or_internal("commit")?;
        self.one(actor, bulk).await
    }

    /// Handles the next page of an action that the caller has claimed. For the engine.
    pub async fn work_page(&self, bulk: &StoredBulk) -> Result<(), Problem> {
        let actor = Actor { name: bulk.action.created_by.clone(), ..Actor::system(bulk.workspace) };
        let page = PageRequest { after: bulk.position.map(domain::ids::Id::bytes), limit: PAGE };
        let mut found = storage::executions::list(self.0.store(), bulk.workspace, &bulk.action.filter, page)
            .await
            .or_internal("list executions")?;
        let ended = found.len() <= PAGE as usize;
        found.truncate(PAGE as usize);
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let mut rows = Vec::with_capacity(found.len());
        for (number, row) in (bulk.action.done + 1..).zip(&found) {
            let result = match bulk.action.kind {
                BulkKind::Cancel => self.cancel(&tx, &actor, row).await,
                BulkKind::Rerun => self.rerun(&tx, &actor, row, bulk.choice).await.map(Some),
            };
            let (outcome, message, new_execution) = match result {
                Ok(new) => (BulkOutcome::Done, None, new),
                Err(problem) if problem.kind == Kind::Internal => return Err(problem),
                Err(problem) => (BulkOutcome::Refused, Some(problem.message), None),
            };
            rows.push(BulkRow { number, execution: row.id, outcome, message, new_execution });
        }
        match storage::bulk::advance(&tx, bulk, &rows, ended, self.0.now()).await {
            // Somebody stopped it, or another process went on: nothing of this page is kept.
            Err(storage::Error::Stale) => return Ok(()),
            advanced => advanced.or_internal("store results")?,
        }
        tx.commit().await.or_internal("commit")?;
        for row in &rows {
            match bulk.action.kind {
                BulkKind::Cancel => self.0.hub().tell(News::Cancel(row.execution)),
                BulkKind::Rerun => {}
            }
            self.0.hub().tell(News::Execution(row.execution));
        }
        self.0.hub().wake();
        Ok(())
    }

    async fn cancel(
        &self,
        tx: &storage::Tx,
        actor: &Actor,
        row: &ExecutionRow,
    ) -> Result<Option<ExecutionId>, Problem> {
        let after =
            storage::executions::request_cancel(tx, actor.workspace, row.id, &actor.name, self.0.now())
                .await
                .or_internal("ask for a stop")?;
        match after {
            Some(_) => Ok(None),
            None if row.cancelling => Err(Problem::new(Kind::Conflict, "A stop was asked for already.")),
            None => Err(Problem::new(Kind::AlreadyFinished, "It had already ended.")),
        }
    }

    async fn rerun(
        &self,
        tx: &storage::Tx,
        actor: &Actor,
        row: &ExecutionRow,
        choice: BulkChoice,
    ) -> Result<ExecutionId, Problem> {
        let executions = self.0.executions();
        let before = executions.stored(actor, row.id).await?;
        let current = choice == BulkChoice::Current;
        let (prepared, input) =
            executions.prepare_again(actor, &before, current, &RerunDraft::default()).await?;
        executions.accept_again(tx, actor, &prepared, &input, &before, false).await
    }
}
