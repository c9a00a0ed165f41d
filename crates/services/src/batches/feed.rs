//! Feeding: moving batches on, a window of rows at a time.
//!
//! One turn takes over how executions ended, starts as many rows as there is room for, and stores
//! where the batch stands, all in one transaction that holds the batch.

use domain::batches::{Batch, BatchState, RowState};
use domain::executions::{Priority, Trigger, VersionChoice};
use domain::ids::{BatchId, ExecutionId, WorkspaceId};
use domain::{Actor, Kind, Problem};
use storage::Tx;

use super::Batches;
use crate::Fault;
use crate::executions::{Origin, Prepared};

/// Rows started in one transaction, so that it stays short.
const ROWS: u32 = 50;
/// Rows of a cancelled batch ended in one transaction.
const WITHDRAWN: u32 = 2_000;
/// What a batch's executions are. They let everything else go first.
const ORIGIN: Origin = Origin { trigger: Trigger::Batch, priority: Priority::Low };

impl Batches<'_> {
    /// Moves every batch on by one turn; true when there is more to do at once. Safe to call from any
    /// number of processes at once.
    pub async fn look(&self) -> Result<bool, Problem> {
        let open = storage::batches::open(self.0.store()).await.or_internal("look for batches")?;
        let mut is_busy = false;
        for (workspace, batch) in open {
            let moved = self.turn(workspace, batch).await.log_and_continue("move a batch on");
            is_busy |= moved == Some(true);
        }
        Ok(is_busy)
    }

    /// One turn of one batch; true when something changed.
    async fn turn(&self, workspace: WorkspaceId, id: BatchId) -> Result<bool, Problem> {
        let store = self.0.store();
        let seen = storage::batches::get(store, workspace, id).await.or_internal("read a batch")?;
        let Some(seen) = seen else { return Ok(false) };
        let has_news =
            storage::batches::has_news(store, workspace, id).await.or_internal("look at a batch")?;
        if !has_news && !wants_turn(&seen) {
            return Ok(false);
        }
        let actor = Actor { name: seen.name.clone(), ..Actor::system(workspace) };
        let prepared = self.prepared(&actor, &seen).await?;
        let tx = store.begin().await.or_internal("begin")?;
        let held = storage::batches::take_turn(&tx, workspace, id).await.or_internal("hold a batch")?;
        let Some(mut batch) = held else { return Ok(false) };
        for state in storage::batches::settle(&tx, workspace, id).await.or_internal("settle rows")? {
            batch.counts.shift(RowState::Started, state, 1);
        }
        let mut started = Vec::new();
        match (batch.state, prepared) {
            (BatchState::Running, Ok(prepared)) => {
                started = self.feed(&tx, &actor, &mut batch, &prepared).await?;
            }
            (BatchState::Running, Err(problem)) if batch.counts.pending > 0 => {
                batch.state = BatchState::Paused;
                batch.note = Some(problem.message);
            }
            (BatchState::Cancelling, _) => {
                let rows = storage::batches::withdraw_pending(&tx, workspace, id, WITHDRAWN)
                    .await
                    .or_internal("end rows of a cancelled batch")?;
                batch.counts.shift(RowState::Pending, RowState::Cancelled, rows);
            }
            (BatchState::Running | BatchState::Paused | BatchState::Cancelled | BatchState::Finished, _) => {}
        }
        if batch.counts.ended() == batch.counts.all() {
            let is_cancelled = batch.state == BatchState::Cancelling;
            batch.state = if is_cancelled { BatchState::Cancelled } else { BatchState::Finished };
            batch.finished_at = Some(self.0.now());
        }
        storage::batches::save(&tx, workspace, &batch).await.or_internal("store a batch")?;
        tx.commit().await.or_internal("commit")?;
        if !started.is_empty() {
            self.0.executions().announce(&started);
        }
        Ok(true)
    }

    /// Starts pending rows, as many as the window has room for.
    async fn feed(
        &self,
        tx: &Tx,
        actor: &Actor,
        batch: &mut Batch,
        prepared: &Prepared,
    ) -> Result<Vec<ExecutionId>, Problem> {
        let room = batch.rows_at_once.saturating_sub(batch.counts.started).min(ROWS);
        let rows = storage::batches::pending(tx, actor.workspace, batch.id, room)
            .await
            .or_internal("read rows of a batch")?;
        let mut started = Vec::with_capacity(rows.len());
        for (row, input) in rows {
            let execution = self.0.executions().start_within(tx, actor, prepared, &input, ORIGIN).await?;
            storage::batches::mark_started(tx, actor.workspace, batch.id, row, execution)
                .await
                .or_internal("start a row of a batch")?;
            batch.counts.shift(RowState::Pending, RowState::Started, 1);
            started.push(execution);
        }
        Ok(started)
    }

    /// What the rows run, or why they cannot: that pauses the batch. An error of ours is tried again.
    async fn prepared(&self, actor: &Actor, batch: &Batch) -> Result<Result<Prepared, Problem>, Problem> {
        let version = VersionChoice::Number(batch.version);
        match self.0.executions().prepare(actor, batch.agent.id, version).await {
            Err(problem) if problem.kind == Kind::Internal => Err(problem),
            prepared => Ok(prepared),
        }
    }
}

/// Whether a batch has something to do although no execution of it has ended since.
fn wants_turn(batch: &Batch) -> bool {
    let counts = &batch.counts;
    match batch.state {
        BatchState::Running => {
            (counts.pending > 0 && counts.started < batch.rows_at_once)
                || counts.pending + counts.started == 0
        }
        BatchState::Paused => counts.pending + counts.started == 0,
        BatchState::Cancelling => counts.pending > 0 || counts.started == 0,
        BatchState::Cancelled | BatchState::Finished => false,
    }
}
