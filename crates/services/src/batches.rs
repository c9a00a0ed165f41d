//! Batches: checked as a whole, then fed to the queue in windows.
//!
//! `feed` is what the engine calls again and again. Nothing of a batch is kept in memory between two
//! calls, so any process goes on where another one stopped.

mod feed;

use domain::batches::{
    Batch, BatchDraft, BatchPlan, BatchRow, BatchState, Checked, Report, ResultRow, RowState, check,
};
use domain::executions::Input;
use domain::ids::{BatchId, Id as _};
use domain::paging::{List, Page, PageRequest};
use domain::{Actor, Kind, Permission, Problem, Timestamp};
use serde_json::json;
use storage::batches::NewBatch;

use crate::executions::Prepared;
use crate::hub::News;
use crate::schedules::{prepare_published, start_of};
use crate::{Fault, Services};

/// Operations on batches.
#[derive(Debug, Clone, Copy)]
pub struct Batches<'a>(pub(crate) &'a Services);

impl Services {
    /// Operations on batches.
    pub fn batches(&self) -> Batches<'_> {
        Batches(self)
    }
}

/// A row's number as the cursor of a list.
fn cursor_of(row: u32) -> [u8; 16] {
    u128::from(row).to_be_bytes()
}

fn row_of(cursor: [u8; 16]) -> u32 {
    u32::try_from(u128::from_be_bytes(cursor)).unwrap_or(u32::MAX)
}

/// What was done to a batch by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Pause,
    Resume,
    Cancel,
}

impl Order {
    const fn action(self) -> &'static str {
        match self {
            Self::Pause => "batch.pause",
            Self::Resume => "batch.resume",
            Self::Cancel => "batch.cancel",
        }
    }

    /// The state after, or nothing where the order makes no sense.
    const fn next(self, state: BatchState) -> Option<BatchState> {
        match (self, state) {
            (Self::Pause, BatchState::Running) => Some(BatchState::Paused),
            (Self::Resume, BatchState::Paused) => Some(BatchState::Running),
            (Self::Cancel, BatchState::Running | BatchState::Paused) => Some(BatchState::Cancelling),
            _ => None,
        }
    }
}

impl Batches<'_> {
    /// A page of batches, newest first.
    pub async fn list(&self, actor: &Actor, page: PageRequest) -> Result<Page<Batch>, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        let mut rows = storage::batches::list(self.0.store(), actor.workspace, page)
            .await
            .or_internal("list batches")?;
        let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        let next_cursor = rows.last().filter(|_| more).map(|row| List::Batches.cursor(row.id.bytes()));
        Ok(Page { items: rows, next_cursor })
    }

    /// One batch with its progress.
    pub async fn get(&self, actor: &Actor, batch: BatchId) -> Result<Batch, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        self.stored(actor, batch).await
    }

    /// Rows of a batch in order; those in one state if asked.
    pub async fn rows(
        &self,
        actor: &Actor,
        batch: BatchId,
        state: Option<RowState>,
        page: PageRequest,
    ) -> Result<Page<BatchRow>, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        self.stored(actor, batch).await?;
        let after = page.after.map_or(0, row_of);
        let mut rows =
            storage::batches::rows(self.0.store(), actor.workspace, batch, state, after, page.limit)
                .await
                .or_internal("list rows of a batch")?;
        let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        let next_cursor = rows.last().filter(|_| more).map(|row| List::BatchRows.cursor(cursor_of(row.row)));
        if !actor.may(Permission::PayloadsRead) {
            for row in &mut rows {
                row.title = None;
                row.message = row.reason.map(|reason| reason.sentence().to_owned());
            }
        }
        Ok(Page { items: rows, next_cursor })
    }

    /// Rows with input and output after a number, in order, at most `limit`, and fewer where they are long;
    /// none when there are no more.
    pub async fn results(
        &self,
        actor: &Actor,
        batch: BatchId,
        after: u32,
        limit: u32,
    ) -> Result<Vec<ResultRow>, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        actor.require(Permission::PayloadsRead)?;
        storage::batches::results(self.0.store(), actor.workspace, batch, after, limit)
            .await
            .or_internal("read results of a batch")
    }

    /// Reads a file as a batch would, and says what is wrong with it. Changes nothing.
    pub async fn check(&self, actor: &Actor, draft: &BatchDraft) -> Result<Report, Problem> {
        let (_, _, checked) = self.read(actor, draft).await?;
        Ok(checked.report)
    }

    /// Accepts a batch when every row of it can run; refuses all of it when one cannot.
    pub async fn create(&self, actor: &Actor, draft: &BatchDraft) -> Result<Batch, Problem> {
        let (plan, prepared, checked) = self.read(actor, draft).await?;
        if let Some(refusal) = checked.refusal() {
            return Err(refusal);
        }
        let new = NewBatch {
            id: self.0.id(),
            plan,
            version: prepared.version().unwrap_or_default(),
            columns: checked.report.columns,
            rows: u32::try_from(checked.inputs.len()).unwrap_or(u32::MAX),
            at: self.0.now(),
            by: actor.name.clone(),
        };
        self.accept(actor, new, &checked.inputs, "batch.create").await
    }

    /// Runs the rows of an ended batch that did not succeed and were not cancelled again, as a new batch
    /// with the agent's published version. Refuses all of it when a row no longer fits the agent.
    pub async fn rerun_failed(&self, actor: &Actor, batch: BatchId) -> Result<Batch, Problem> {
        actor.require(Permission::ExecutionsWrite)?;
        let before = self.stored(actor, batch).await?;
        if !before.state.is_final() {
            let message =
                format!("This batch is {}. Wait for its end, then run what failed again.", before.state);
            return Err(Problem::new(Kind::Conflict, message));
        }
        let failed = storage::batches::failed(self.0.store(), actor.workspace, batch).await;
        let failed = failed.or_internal("read failed rows")?;
        if failed.is_empty() {
            return Err(Problem::new(Kind::Conflict, "No row of this batch failed. Nothing was started."));
        }
        let prepared = prepare_published(self.0, actor, before.agent.id).await?;
        let mut inputs = Vec::with_capacity(failed.len());
        for (row, input) in failed {
            let start = start_of(Some(&input.message), &input.vars);
            let fits = prepared.input(&start).map_err(|problem| {
                let message = format!("Row {row} does not fit the agent any more: {}", problem.message);
                Problem::new(Kind::Conflict, message)
            });
            inputs.push(fits?);
        }
        let plan = BatchPlan {
            name: format!("{}, failed rows", domain::text::headline(&before.name, 100)),
            agent: before.agent.id,
            format: before.format,
            rows_at_once: before.rows_at_once,
        };
        let new = NewBatch {
            id: self.0.id(),
            plan,
            version: prepared.version().unwrap_or_default(),
            columns: before.columns.clone(),
            rows: u32::try_from(inputs.len()).unwrap_or(u32::MAX),
            at: self.0.now(),
            by: actor.name.clone(),
        };
        self.accept(actor, new, &inputs, "batch.rerun_failed").await
    }

    async fn accept(
        &self,
        actor: &Actor,
        new: NewBatch,
        inputs: &[Input],
        action: &'static str,
    ) -> Result<Batch, Problem> {
        let (id, workspace, store) = (new.id, actor.workspace, self.0.store());
        let detail = json!({ "agent": new.plan.agent, "version": new.version, "rows": new.rows });
        let audit = crate::audit::row(self.0, actor, action, id.to_string(), &new.plan.name, detail);
        let announced = store.write(move |tx| {
            let new = new.clone();
            Box::pin(async move { storage::batches::announce(tx, workspace, &new).await })
        });
        announced.await.or_internal("store a batch")?;
        storage::batches::add_rows(store, workspace, id, inputs)
            .await
            .or_internal("store rows of a batch")?;
        // Only now it is seen and begins; a process that goes away before leaves nothing that is.
        let begun = store.write(move |tx| {
            let audit = audit.clone();
            Box::pin(async move {
                storage::batches::begin(tx, workspace, id).await?;
                storage::audit::insert(tx, workspace, &audit).await
            })
        });
        begun.await.or_internal("let a batch begin")?;
        self.stored(actor, id).await
    }

    /// Removes what is left of batches that were announced before the given moment and whose rows never
    /// all arrived. For the engine.
    pub async fn remove_unfinished(&self, before: Timestamp) -> Result<u64, Problem> {
        storage::batches::remove_unfinished(self.0.store(), before)
            .await
            .or_internal("remove unfinished batches")
    }

    /// Feeds no more rows; those in the queue go on.
    pub async fn pause(&self, actor: &Actor, batch: BatchId) -> Result<Batch, Problem> {
        self.order(actor, batch, Order::Pause).await
    }

    /// Feeds rows again.
    pub async fn resume(&self, actor: &Actor, batch: BatchId) -> Result<Batch, Problem> {
        self.order(actor, batch, Order::Resume).await
    }

    /// Feeds no more rows and stops those that run.
    pub async fn cancel(&self, actor: &Actor, batch: BatchId) -> Result<Batch, Problem> {
        self.order(actor, batch, Order::Cancel).await
    }

    async fn order(&self, actor: &Actor, batch: BatchId, order: Order) -> Result<Batch, Problem> {
        actor.require(Permission::ExecutionsWrite)?;
        self.stored(actor, batch).await?;
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let held =
            storage::batches::take_turn(&tx, actor.workspace, batch).await.or_internal("hold a batch")?;
        let held = match held {
            Some(held) => held,
            None => self.stored(actor, batch).await?,
        };
        let Some(state) = order.next(held.state) else {
            let message = format!("This batch is {}. Nothing was changed.", held.state);
            let kind = if held.state.is_final() { Kind::AlreadyFinished } else { Kind::Conflict };
            return Err(Problem::new(kind, message));
        };
        let mut stopped = Vec::new();
        if order == Order::Cancel {
            stopped =
                storage::batches::started(&tx, actor.workspace, batch).await.or_internal("list rows")?;
            for execution in &stopped {
                let (by, now) = (&actor.name, self.0.now());
                storage::executions::request_cancel(&tx, actor.workspace, *execution, by, now)
                    .await
                    .or_internal("ask for a stop")?;
            }
        }
        let after = Batch { state, note: None, ..held };
        storage::batches::save(&tx, actor.workspace, &after).await.or_internal("store a batch")?;
        let name = after.name.as_str();
        crate::audit::record(self.0, &tx, actor, order.action(), batch.to_string(), name, json!({})).await?;
        tx.commit().await.or_internal("commit")?;
        for execution in stopped {
            self.0.hub().tell(News::Cancel(execution));
            self.0.hub().tell(News::Execution(execution));
        }
        Ok(after)
    }

    /// Reads the draft: its head, the agent, every row.
    async fn read(
        &self,
        actor: &Actor,
        draft: &BatchDraft,
    ) -> Result<(BatchPlan, Prepared, Checked), Problem> {
        actor.require(Permission::ExecutionsWrite)?;
        let plan = draft.parse()?;
        let prepared = prepare_published(self.0, actor, plan.agent).await?;
        let (config, format, data) = (prepared.config().clone(), plan.format, draft.data.clone());
        // A large file takes a while to read; other work goes on meanwhile.
        let checked = tokio::task::spawn_blocking(move || check(&data, format, &config))
            .await
            .or_internal("check a file")??;
        Ok((plan, prepared, checked))
    }

    async fn stored(&self, actor: &Actor, batch: BatchId) -> Result<Batch, Problem> {
        storage::batches::get(self.0.store(), actor.workspace, batch)
            .await
            .or_internal("read a batch")?
            .ok_or_else(|| Problem::not_found("batch"))
    }
}
