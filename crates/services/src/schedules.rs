//! Schedules: made, changed, paused by people and keys; fired by whichever process looks first.
//!
//! `fire` is what the engine calls again and again. Everything about a due time is decided in one
//! transaction with the execution it starts.

mod fire;

use domain::executions::{StartDraft, VersionChoice};
use domain::ids::{AgentId, Id as _, ScheduleId};
use domain::paging::{List, Page, PageRequest};
use domain::schedules::{Firing, Preview, Schedule, ScheduleDraft, ScheduleRule, ScheduleState};
use domain::{Actor, Kind, Permission, Problem, Timestamp};
use serde_json::json;
use storage::Tx;

use crate::executions::Prepared;
use crate::{Fault, Services};

/// Operations on schedules.
#[derive(Debug, Clone, Copy)]
pub struct Schedules<'a>(pub(crate) &'a Services);

impl Services {
    /// Operations on schedules.
    pub fn schedules(&self) -> Schedules<'_> {
        Schedules(self)
    }
}

/// What would run for an agent's published version. An agent that cannot run is told at the field
/// `agent`; one that is not there is not found.
pub(crate) async fn prepare_published(
    services: &Services,
    actor: &Actor,
    agent: AgentId,
) -> Result<Prepared, Problem> {
    let prepared = services.executions().prepare(actor, agent, VersionChoice::Published).await;
    prepared.map_err(|problem| match problem.kind {
        Kind::Archived => Problem::field("agent", "This agent is archived and takes no new executions."),
        Kind::NotPublished => {
            Problem::field("agent", "This agent has no published version. Publish it first.")
        }
        _ => problem,
    })
}

/// A schedule as a reader without the payload right sees it.
fn redact(actor: &Actor, mut schedule: Schedule) -> Schedule {
    if !actor.may(Permission::PayloadsRead) {
        schedule.message = None;
        schedule.vars = None;
    }
    schedule
}

/// A due time as the cursor of a list.
fn cursor_of(due: Timestamp) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&due.millis().to_be_bytes());
    bytes
}

fn due_of(cursor: [u8; 16]) -> Timestamp {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&cursor[8..]);
    Timestamp::from_millis(i64::from_be_bytes(bytes))
}

impl Schedules<'_> {
    /// A page of schedules, newest first.
    pub async fn list(&self, actor: &Actor, page: PageRequest) -> Result<Page<Schedule>, Problem> {
        actor.require(Permission::SchedulesRead)?;
        let mut rows = storage::schedules::list(self.0.store(), actor.workspace, page)
            .await
            .or_internal("list schedules")?;
        let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        let next_cursor = rows.last().filter(|_| more).map(|row| List::Schedules.cursor(row.id.bytes()));
        Ok(Page { items: rows.into_iter().map(|row| redact(actor, row)).collect(), next_cursor })
    }

    /// One schedule.
    pub async fn get(&self, actor: &Actor, schedule: ScheduleId) -> Result<Schedule, Problem> {
        actor.require(Permission::SchedulesRead)?;
        Ok(redact(actor, self.stored(actor, schedule).await?))
    }

    /// The log of a schedule, latest first.
    pub async fn firings(
        &self,
        actor: &Actor,
        schedule: ScheduleId,
        page: PageRequest,
    ) -> Result<Page<Firing>, Problem> {
        actor.require(Permission::SchedulesRead)?;
        let stored = self.stored(actor, schedule).await?;
        let (store, zone, before) = (self.0.store(), stored.timing.zone(), page.after.map(due_of));
        let mut rows =
            storage::schedules::firings(store, actor.workspace, schedule, zone, before, page.limit)
                .await
                .or_internal("list firings")?;
        let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        let next_cursor = rows.last().filter(|_| more).map(|row| List::Firings.cursor(cursor_of(row.due.at)));
        Ok(Page { items: rows, next_cursor })
    }

    /// When a draft would fire, and in which words.
    pub fn preview(&self, actor: &Actor, draft: &ScheduleDraft) -> Result<Preview, Problem> {
        actor.require(Permission::SchedulesRead)?;
        draft.preview(self.0.now())
    }

    /// Makes a schedule; it is active at once.
    pub async fn create(&self, actor: &Actor, draft: &ScheduleDraft) -> Result<Schedule, Problem> {
        actor.require(Permission::SchedulesWrite)?;
        let now = self.0.now();
        let rule = draft.parse(now)?;
        self.check_input(actor, &rule).await?;
        let id: ScheduleId = self.0.id();
        let tx = self.0.store().begin().await.or_internal("begin")?;
        storage::schedules::insert(&tx, actor.workspace, id, &rule, now, &actor.name)
            .await
            .or_internal("store a schedule")?;
        self.record(&tx, actor, "schedule.create", id, &rule.name, json!({ "when": rule.timing.words() }))
            .await?;
        tx.commit().await.or_internal("commit")?;
        Ok(redact(actor, self.stored(actor, id).await?))
    }

    /// Replaces a schedule with what was typed. A reader without the payload right leaves message and
    /// variables as they are.
    pub async fn update(
        &self,
        actor: &Actor,
        schedule: ScheduleId,
        revision: Option<u64>,
        draft: &ScheduleDraft,
    ) -> Result<Schedule, Problem> {
        actor.require(Permission::SchedulesWrite)?;
        let before = self.stored(actor, schedule).await?;
        let revision = revision.ok_or_else(|| {
            let message = format!(
                "Send the revision your change is based on, as If-Match. The schedule is at {}.",
                before.revision
            );
            Problem::new(Kind::RevisionRequired, message)
        })?;
        let now = self.0.now();
        let mut rule = draft.parse(now)?;
        if !actor.may(Permission::PayloadsRead) {
            rule.message.clone_from(&before.message);
            rule.vars = before.vars.clone().unwrap_or_default();
        }
        self.check_input(actor, &rule).await?;
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let stored =
            storage::schedules::update(&tx, actor.workspace, schedule, revision, &rule, now, &actor.name)
                .await;
        if matches!(stored, Err(storage::Error::Stale)) {
            drop(tx);
            let now = self.stored(actor, schedule).await?;
            let message = format!(
                "{} changed this schedule meanwhile. It is at revision {}, your change is based on {revision}.",
                now.updated_by, now.revision
            );
            return Err(Problem::new(Kind::StaleRevision, message));
        }
        stored.or_internal("store a schedule")?;
        self.withdraw(&tx, actor, schedule, now).await?;
        let detail = json!({ "when": rule.timing.words(), "revision": revision + 1 });
        self.record(&tx, actor, "schedule.update", schedule, &rule.name, detail).await?;
        tx.commit().await.or_internal("commit")?;
        Ok(redact(actor, self.stored(actor, schedule).await?))
    }

    /// Stops a schedule for a while. Times that pass meanwhile are not made up for.
    pub async fn pause(&self, actor: &Actor, schedule: ScheduleId) -> Result<Schedule, Problem> {
        let change = (ScheduleState::Active, ScheduleState::Paused, "schedule.pause");
        self.change(actor, schedule, change, |_, _| Ok(None)).await
    }

    /// Lets a paused schedule go on with its next time from now.
    pub async fn resume(&self, actor: &Actor, schedule: ScheduleId) -> Result<Schedule, Problem> {
        let change = (ScheduleState::Paused, ScheduleState::Active, "schedule.resume");
        self.change(actor, schedule, change, |before, now| {
            let next = before.timing.after(now).next();
            match next.filter(|next| before.end_at.is_none_or(|end| *next <= end)) {
                Some(next) => Ok(Some(next)),
                None => Err(Problem::new(
                    Kind::Conflict,
                    "This schedule has no time left. Change when it fires to use it again.",
                )),
            }
        })
        .await
    }

    async fn change(
        &self,
        actor: &Actor,
        schedule: ScheduleId,
        (from, to, action): (ScheduleState, ScheduleState, &'static str),
        next: impl FnOnce(&Schedule, Timestamp) -> Result<Option<Timestamp>, Problem> + Send,
    ) -> Result<Schedule, Problem> {
        actor.require(Permission::SchedulesWrite)?;
        let before = self.stored(actor, schedule).await?;
        let refused = |state: ScheduleState| {
            Problem::new(
                Kind::Conflict,
                format!("This schedule is {state}, not {from}. Nothing was changed."),
            )
        };
        if before.state != from {
            return Err(refused(before.state));
        }
        let now = self.0.now();
        let next = next(&before, now)?;
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let by = actor.name.as_str();
        let changed = storage::schedules::set_state(&tx, actor.workspace, schedule, from, to, next, now, by)
            .await
            .or_internal("change a schedule")?;
        if !changed {
            drop(tx);
            return Err(refused(self.stored(actor, schedule).await?.state));
        }
        self.withdraw(&tx, actor, schedule, now).await?;
        self.record(&tx, actor, action, schedule, &before.name, json!({})).await?;
        tx.commit().await.or_internal("commit")?;
        Ok(redact(actor, self.stored(actor, schedule).await?))
    }

    /// Deletes a schedule. Executions it started stay.
    pub async fn delete(&self, actor: &Actor, schedule: ScheduleId) -> Result<(), Problem> {
        actor.require(Permission::SchedulesWrite)?;
        let before = self.stored(actor, schedule).await?;
        let now = self.0.now();
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let deleted = storage::schedules::delete(&tx, actor.workspace, schedule, now, &actor.name)
            .await
            .or_internal("delete a schedule")?;
        if !deleted {
            return Err(Problem::not_found("schedule"));
        }
        self.withdraw(&tx, actor, schedule, now).await?;
        self.record(&tx, actor, "schedule.delete", schedule, &before.name, json!({ "when": before.words }))
            .await?;
        tx.commit().await.or_internal("commit")
    }

    async fn stored(&self, actor: &Actor, schedule: ScheduleId) -> Result<Schedule, Problem> {
        storage::schedules::get(self.0.store(), actor.workspace, schedule)
            .await
            .or_internal("read a schedule")?
            .ok_or_else(|| Problem::not_found("schedule"))
    }

    /// The agent can run, with this message and these variables.
    async fn check_input(&self, actor: &Actor, rule: &ScheduleRule) -> Result<(), Problem> {
        let prepared = prepare_published(self.0, actor, rule.agent).await?;
        prepared.input(&start_of(rule.message.as_deref(), &rule.vars)).map(drop)
    }

    async fn withdraw(
        &self,
        tx: &Tx,
        actor: &Actor,
        schedule: ScheduleId,
        now: Timestamp,
    ) -> Result<(), Problem> {
        storage::schedules::withdraw_waiting(tx, actor.workspace, schedule, now)
            .await
            .or_internal("withdraw waiting times")
            .map(drop)
    }

    async fn record(
        &self,
        tx: &Tx,
        actor: &Actor,
        action: &'static str,
        schedule: ScheduleId,
        name: &str,
        detail: serde_json::Value,
    ) -> Result<(), Problem> {
        crate::audit::record(self.0, tx, actor, action, schedule.to_string(), name, detail).await
    }
}

/// A start with a schedule's message and variables.
pub(crate) fn start_of(
    message: Option<&str>,
    vars: &std::collections::BTreeMap<String, String>,
) -> StartDraft {
    StartDraft { message: message.map(str::to_owned), vars: vars.clone(), ..StartDraft::default() }
}
