//! Retention and sizes: the setting of a workspace, and the small steps in which it is kept.
//!
//! A setting that would remove rows is saved only when its caller has seen how many and says so.

use std::time::{Duration, Instant};

use domain::ids::{ExecutionId, WorkspaceId};
use domain::upkeep::{DataStatus, Removal, Retention, RetentionDraft, Sizes};
use domain::{Actor, Kind, Permission, Problem, Timestamp};
use serde_json::json;
use storage::upkeep::Records;

use crate::{Fault as _, Services};

/// Name of the setting.
const SETTING: &str = "retention";
/// Name of the mark up to which stories were removed.
const STORIES: &str = "retention_stories_mark";
/// How long a process that was not seen stays in the list of workers.
const FORGET: Duration = Duration::from_hours(24);
/// How long one step may hold the database's writer; a step that took longer is followed by smaller ones.
const STEP: Duration = Duration::from_millis(20);
/// The most rows removed in one step.
const MOST_ROWS: u64 = 2_000;
/// Executions looked up at once.
const PAGE: u32 = 200;
/// Pages of the file given back in one step.
const PAGES: u32 = 128;
/// How long an answer about sizes is good for: on SQLite it costs a look at the whole file.
const FRESH: Duration = Duration::from_mins(1);

/// The last answer about sizes, and when it was given. Who asks meanwhile waits for it.
pub(crate) type Measured = tokio::sync::Mutex<Option<(Timestamp, Sizes)>>;

/// Operations on what is kept.
#[derive(Debug, Clone, Copy)]
pub struct Upkeep<'a>(&'a Services);

impl Services {
    /// Retention and sizes.
    pub fn upkeep(&self) -> Upkeep<'_> {
        Upkeep(self)
    }
}

impl Upkeep<'_> {
    /// How large the database is, or was a minute ago at most, and how long this workspace keeps what has
    /// ended.
    pub async fn status(&self, actor: &Actor) -> Result<DataStatus, Problem> {
        actor.require(Permission::DataWrite)?;
        Ok(DataStatus { sizes: self.sizes().await?, retention: self.setting(actor.workspace).await? })
    }

    async fn sizes(&self) -> Result<Sizes, Problem> {
        let mut measured = self.0.measured().lock().await;
        if let Some((_, sizes)) = measured.as_ref().filter(|(at, _)| self.0.now() < at.plus(FRESH)) {
            return Ok(sizes.clone());
        }
        let sizes = storage::upkeep::sizes(self.0.store()).await.or_internal("measure the database")?;
        *measured = Some((self.0.now(), sizes.clone()));
        Ok(sizes)
    }

    /// Sets how long this workspace keeps what has ended. What the setting removes now must be
    /// confirmed; the refusal says how much that is.
    pub async fn set(&self, actor: &Actor, draft: &RetentionDraft) -> Result<Retention, Problem> {
        actor.require(Permission::DataWrite)?;
        let retention = draft.parse()?;
        let (store, now) = (self.0.store(), self.0.now());
        let removal = storage::upkeep::removal(store, actor.workspace, retention, now).await;
        let removal = removal.or_internal("count what a setting removes")?;
        if !draft.confirmed && !removal.is_nothing() {
            return Err(unconfirmed(removal));
        }
        let value = serde_json::to_string(&retention).or_internal("write a setting")?;
        let tx = store.begin().await.or_internal("begin")?;
        storage::settings::set(&tx, actor.workspace, SETTING, &value, now, &actor.name)
            .await
            .or_internal("set retention")?;
        let detail = json!({ "retention": retention, "removes": removal });
        let target = actor.workspace.to_string();
        crate::audit::record(self.0, &tx, actor, "retention.set", target, "Retention", detail).await?;
        tx.commit().await.or_internal("commit")?;
        Ok(retention)
    }

    async fn setting(&self, workspace: WorkspaceId) -> Result<Retention, Problem> {
        let stored = storage::settings::get(self.0.store(), workspace, SETTING).await;
        let stored = stored.or_internal("read retention")?;
        stored.map_or(Ok(Retention::default()), |text| {
            serde_json::from_str(&text).or_internal("read retention")
        })
    }

    /// Removes what workspaces no longer keep, in small steps, and gives the space back. Processes that
    /// ended without a word are forgotten too.
    pub async fn prune(&self) -> Result<Removal, storage::Error> {
        let mut pace = Pace::default();
        let tx = self.0.store().begin().await?;
        storage::upkeep::remove_workers(&tx, self.0.now().minus(FORGET)).await?;
        tx.commit().await?;
        for (workspace, text) in storage::settings::all(self.0.store(), SETTING).await? {
            let Ok(retention) = serde_json::from_str::<Retention>(&text) else {
                tracing::error!(workspace.id = %workspace, "a retention setting cannot be read; nothing is removed");
                continue;
            };
            let now = self.0.now();
            if let Some(before) = storage::upkeep::cutoff(now, retention.executions_days) {
                self.executions(workspace, before, &mut pace).await?;
                for records in Records::ALL {
                    self.records(workspace, records, before, &mut pace).await?;
                }
            }
            if let Some(before) = storage::upkeep::cutoff(now, retention.events_days) {
                self.stories(workspace, before, &mut pace).await?;
            }
        }
        if !pace.removed.is_nothing() {
            self.vacuum(&mut pace).await?;
        }
        Ok(pace.removed)
    }

    async fn executions(
        &self,
        workspace: WorkspaceId,
        before: Timestamp,
        pace: &mut Pace,
    ) -> Result<(), storage::Error> {
        let store = self.0.store();
        let mut after = None;
        loop {
            let ended = storage::upkeep::ended_before(store, workspace, before, after, PAGE).await?;
            let Some(last) = ended.last() else { return Ok(()) };
            after = Some(last.execution);
            let mut ended = ended.into_iter().peekable();
            while let Some(first) = ended.peek().copied() {
                self.story(workspace, first.execution, first.events, pace).await?;
                let step = pace.begin();
                let tx = store.begin().await?;
                let held = Instant::now();
                let mut rows = 0;
                // A long story was removed before; short ones go with their executions.
                while let Some(next) = ended.next_if(|next| rows == 0 || rows + next.events <= step) {
                    let is_gone = storage::upkeep::remove_execution(&tx, workspace, next.execution).await?;
                    pace.removed.executions += u64::from(is_gone);
                    rows += next.events.min(step) + 4;
                }
                tx.commit().await?;
                pace.end(held.elapsed()).await;
            }
        }
    }

    /// Removes old records beside executions: they are looked for first, and the writer is held only
    /// while they go.
    async fn records(
        &self,
        workspace: WorkspaceId,
        records: Records,
        before: Timestamp,
        pace: &mut Pace,
    ) -> Result<(), storage::Error> {
        loop {
            let store = self.0.store();
            let old = storage::upkeep::old_records(store, workspace, records, before, pace.begin()).await?;
            if old.is_empty() {
                return Ok(());
            }
            let tx = store.begin().await?;
            let held = Instant::now();
            let removed = storage::upkeep::remove_records(&tx, workspace, records, &old).await?;
            tx.commit().await?;
            match records {
                Records::Firings => pace.removed.firings += removed,
                Records::BatchRows => pace.removed.batch_rows += removed,
                Records::BulkRows => pace.removed.bulk_rows += removed,
            }
            pace.end(held.elapsed()).await;
        }
    }

    /// Removes stories but for their ends. The mark stays before the first execution that had not ended:
    /// it is looked at again when it has.
    async fn stories(
        &self,
        workspace: WorkspaceId,
        before: Timestamp,
        pace: &mut Pace,
    ) -> Result<(), storage::Error> {
        let store = self.0.store();
        let mark = storage::settings::get(store, workspace, STORIES).await?;
        let mut after: Option<ExecutionId> = mark.and_then(|text| serde_json::from_str(&text).ok());
        let open = storage::upkeep::open_at(store, workspace, before, after).await?;
        loop {
            let told = storage::upkeep::told_before(store, workspace, before, after, PAGE).await?;
            let Some(last) = told.last().copied() else { return Ok(()) };
            for execution in &told {
                self.story(workspace, execution.execution, execution.events, pace).await?;
                pace.removed.events += self.rest(workspace, execution.execution, pace).await?;
            }
            after = Some(last.execution);
            let done = told.iter().rfind(|told| open.is_none_or(|open| told.execution < open));
            if let Some(done) = done {
                let mark = serde_json::to_string(&done.execution).unwrap_or_default();
                let tx = store.begin().await?;
                storage::settings::set(&tx, workspace, STORIES, &mark, self.0.now(), "upkeep").await?;
                tx.commit().await?;
            }
        }
    }

    /// Removes the greater part of a long story.
    async fn story(
        &self,
        workspace: WorkspaceId,
        execution: ExecutionId,
        events: u64,
        pace: &mut Pace,
    ) -> Result<(), storage::Error> {
        let mut left = events;
        while left > pace.rows {
            let removed = self.rest(workspace, execution, pace).await?;
            pace.removed.events += removed;
            if removed == 0 {
                break;
            }
            left = left.saturating_sub(removed);
        }
        Ok(())
    }

    async fn rest(
        &self,
        workspace: WorkspaceId,
        execution: ExecutionId,
        pace: &mut Pace,
    ) -> Result<u64, storage::Error> {
        let step = pace.begin();
        let tx = self.0.store().begin().await?;
        let held = Instant::now();
        let removed = storage::upkeep::remove_events(&tx, workspace, execution, step).await?;
        tx.commit().await?;
        pace.end(held.elapsed()).await;
        Ok(removed)
    }

    async fn vacuum(&self, pace: &mut Pace) -> Result<(), storage::Error> {
        loop {
            let tx = self.0.store().begin().await?;
            let held = Instant::now();
            let more = storage::upkeep::vacuum(&tx, PAGES).await?;
            tx.commit().await?;
            pace.end(held.elapsed()).await;
            if !more {
                return Ok(());
            }
        }
    }
}

/// How much one step removes: less after a slow one, more after a quick one.
#[derive(Debug)]
struct Pace {
    rows: u64,
    removed: Removal,
}

impl Default for Pace {
    fn default() -> Self {
        Self { rows: 100, removed: Removal::default() }
    }
}

impl Pace {
    const fn begin(&self) -> u64 {
        self.rows
    }

    /// Leaves the writer to others for as long as it was held, and a little more.
    async fn end(&mut self, held: Duration) {
        self.rows = if held > STEP { (self.rows / 2).max(1) } else { (self.rows * 5 / 4 + 1).min(MOST_ROWS) };
        tokio::time::sleep(held + Duration::from_millis(1)).await;
    }
}

fn unconfirmed(removal: Removal) -> Problem {
    let Removal { executions, events, firings, batch_rows, bulk_rows } = removal;
    let message = format!(
        "This removes {executions} ended executions with everything that belongs to them, {events} events of others, \
         {firings} lines of the logs of schedules, {batch_rows} rows of batches that ended, and {bulk_rows} results of \
         actions on many executions. Confirm to save it."
    );
    Problem { kind: Kind::Conflict, ..Problem::field("confirmed", message) }
}
