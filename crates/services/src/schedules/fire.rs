//! Firing: what the engine does with the clock.
//!
//! One transaction holds the schedule, logs each due time, moves the schedule on and accepts the
//! executions. The log's key is unique by schedule and due time, so whichever process comes second
//! finds its work done; a process that dies before the commit leaves nothing behind.

use domain::executions::{Input, Trigger};
use domain::ids::{ExecutionId, ScheduleId, WorkspaceId};
use domain::schedules::{
    Fate, Firing, FiringOutcome, Missed, Overlap, Planned, Schedule, ScheduleState, SkipReason, plan,
};
use domain::{Actor, Kind, Permission, Problem, Timestamp};
use serde_json::json;
use storage::Tx;
use storage::schedules::NewFiring;

use super::{Schedules, prepare_published, start_of};
use crate::Fault;
use crate::executions::{Origin, Prepared};
use crate::hub::News;

/// Due times of one schedule that may wait for the execution before them.
const MOST_WAITING: u64 = 100;
/// What would start, or why nothing can.
type Start = Result<(Prepared, Input), Problem>;

/// What one transaction did, to be told after its commit.
#[derive(Default)]
struct Done {
    started: Vec<ExecutionId>,
    cancelled: Vec<ExecutionId>,
}

/// What a schedule's executions are.
const fn origin_of(schedule: &Schedule) -> Origin {
    Origin { trigger: Trigger::Schedule, priority: schedule.priority }
}

/// Who a schedule's executions say they are by.
fn actor_of(workspace: WorkspaceId, schedule: &Schedule) -> Actor {
    Actor { name: schedule.name.clone(), ..Actor::system(workspace) }
}

fn skipped(due: Timestamp, reason: SkipReason, message: Option<String>) -> NewFiring {
    let message = message.unwrap_or_else(|| reason.sentence().to_owned());
    NewFiring {
        due,
        outcome: FiringOutcome::Skipped,
        reason: Some(reason),
        message: Some(message),
        execution: None,
        asked_by: None,
    }
}

fn logged(due: Timestamp, outcome: FiringOutcome, execution: Option<ExecutionId>) -> NewFiring {
    NewFiring { due, outcome, reason: None, message: None, execution, asked_by: None }
}

impl Schedules<'_> {
    /// Deals with everything that is due, and says when something is due next. Safe to call from any
    /// number of processes at once.
    pub async fn look(&self) -> Result<Option<Timestamp>, Problem> {
        let (store, now) = (self.0.store(), self.0.now());
        for (workspace, schedule) in
            storage::schedules::due(store, now).await.or_internal("look at the clock")?
        {
            self.fire(workspace, schedule, now).await.log_and_continue("fire a schedule");
        }
        for (workspace, schedule) in storage::schedules::waiting(store).await.or_internal("look for waits")? {
            self.promote(workspace, schedule).await.log_and_continue("start a due time that waited");
        }
        storage::schedules::next_due(store).await.or_internal("look when a schedule is due")
    }

    /// Starts a schedule's agent now, whatever the clock says and whatever goes on. The log gets a line
    /// that names who asked; the schedule's own times stay as they are.
    pub async fn run_now(&self, actor: &Actor, schedule: ScheduleId) -> Result<Firing, Problem> {
        actor.require(Permission::SchedulesWrite)?;
        actor.require(Permission::ExecutionsWrite)?;
        let (store, due) = (self.0.store(), self.0.now());
        let seen = self.stored(actor, schedule).await?;
        let (prepared, input) = self.prepared(actor, &seen).await??;
        let tx = store.begin().await.or_internal("begin")?;
        let held = storage::schedules::lock(&tx, actor.workspace, schedule).await;
        if held.or_internal("hold a schedule")?.is_none() {
            return Err(Problem::not_found("schedule"));
        }
        let asked_by = Some(actor.name.clone());
        let firing = NewFiring { asked_by, ..logged(due, FiringOutcome::Started, None) };
        let is_new = storage::schedules::add_firing(&tx, actor.workspace, schedule, due, &firing).await;
        if !is_new.or_internal("log a firing")? {
            return Err(Problem::new(
                Kind::Conflict,
                "This schedule fired in this very moment. Look at its log.",
            ));
        }
        let origin = origin_of(&seen);
        let execution = self.0.executions().start_within(&tx, actor, &prepared, &input, origin).await?;
        let firing = NewFiring { execution: Some(execution), ..firing };
        storage::schedules::decide(&tx, actor.workspace, schedule, due, &firing)
            .await
            .or_internal("log a firing")?;
        let detail = json!({ "execution": execution });
        self.record(&tx, actor, "schedule.run", schedule, &seen.name, detail).await?;
        tx.commit().await.or_internal("commit")?;
        self.0.executions().announce(&[execution]);
        let before = Some(Timestamp::from_millis(due.millis() + 1));
        let logged =
            storage::schedules::firings(store, actor.workspace, schedule, seen.timing.zone(), before, 1);
        let logged = logged.await.or_internal("read a firing")?.into_iter().next();
        logged.ok_or_else(|| Problem::not_found("firing"))
    }

    /// Deals with the due times of one schedule up to now.
    async fn fire(&self, workspace: WorkspaceId, id: ScheduleId, now: Timestamp) -> Result<(), Problem> {
        let store = self.0.store();
        let seen = storage::schedules::get(store, workspace, id).await.or_internal("read a schedule")?;
        let Some((seen, from)) = seen.and_then(|seen| seen.next.clone().map(|next| (seen, next.at))) else {
            return Ok(());
        };
        let missed = Missed::read(&seen.missed, seen.missed_limit).unwrap_or(Missed::Skip);
        let plan = plan(&seen.timing, seen.end_at, missed, from, now);
        // Looked up before the transaction: it may ask other tables, and it holds for all of the plan.
        let start = self.prepared(&actor_of(workspace, &seen), &seen).await?;
        let tx = store.begin().await.or_internal("begin")?;
        let held = storage::schedules::lock(&tx, workspace, id).await.or_internal("hold a schedule")?;
        if held.is_none_or(|held| held.revision != seen.revision) {
            return Ok(());
        }
        let moved = storage::schedules::advance(&tx, workspace, id, from, plan.next).await;
        if !moved.or_internal("move a schedule on")? {
            return Ok(());
        }
        let mut done = Done::default();
        for planned in plan.firings {
            self.decide(&tx, workspace, &seen, &start, planned, &mut done).await?;
        }
        tx.commit().await.or_internal("commit")?;
        self.tell(&done);
        Ok(())
    }

    /// Decides about one due time.
    async fn decide(
        &self,
        tx: &Tx,
        workspace: WorkspaceId,
        schedule: &Schedule,
        start: &Start,
        planned: Planned,
        done: &mut Done,
    ) -> Result<(), Problem> {
        let due = planned.due;
        let firing = match (planned.fate, start) {
            (Fate::Missed, _) => skipped(due, SkipReason::Missed, None),
            (Fate::Fire | Fate::MakeUp, Err(problem)) => {
                skipped(due, SkipReason::Refused, Some(problem.message.clone()))
            }
            (Fate::Fire, Ok(_)) => self.by_overlap(tx, workspace, schedule, due, done).await?,
            (Fate::MakeUp, Ok(_)) => self.in_turn(tx, workspace, schedule, due).await?,
        };
        let is_new = storage::schedules::add_firing(tx, workspace, schedule.id, self.0.now(), &firing)
            .await
            .or_internal("log a firing")?;
        match start {
            Ok(start) if is_new && firing.outcome == FiringOutcome::Started => {
                self.start(tx, workspace, schedule, start, due, done).await
            }
            _ => Ok(()),
        }
    }

    /// What the overlap policy says about a due time.
    async fn by_overlap(
        &self,
        tx: &Tx,
        workspace: WorkspaceId,
        schedule: &Schedule,
        due: Timestamp,
        done: &mut Done,
    ) -> Result<NewFiring, Problem> {
        let busy =
            storage::schedules::busy(tx, workspace, schedule.id).await.or_internal("look for overlap")?;
        match schedule.overlap {
            Overlap::Skip if !busy.is_empty() => Ok(skipped(due, SkipReason::Overlap, None)),
            Overlap::Queue => self.in_turn(tx, workspace, schedule, due).await,
            Overlap::Cancel => {
                for execution in busy {
                    let by = &schedule.name;
                    storage::executions::request_cancel(tx, workspace, execution, by, self.0.now())
                        .await
                        .or_internal("ask for a stop")?;
                    done.cancelled.push(execution);
                }
                Ok(logged(due, FiringOutcome::Started, None))
            }
            Overlap::Skip => Ok(logged(due, FiringOutcome::Started, None)),
        }
    }

    /// A due time that starts when nothing before it runs or waits, and else waits itself.
    async fn in_turn(
        &self,
        tx: &Tx,
        workspace: WorkspaceId,
        schedule: &Schedule,
        due: Timestamp,
    ) -> Result<NewFiring, Problem> {
        let busy =
            storage::schedules::busy(tx, workspace, schedule.id).await.or_internal("look for overlap")?;
        let waiting = storage::schedules::count_waiting(tx, workspace, schedule.id)
            .await
            .or_internal("count waiting times")?;
        Ok(match (busy.is_empty(), waiting) {
            (true, 0) => logged(due, FiringOutcome::Started, None),
            (_, waiting) if waiting >= MOST_WAITING => skipped(due, SkipReason::QueueFull, None),
            _ => logged(due, FiringOutcome::Waiting, None),
        })
    }

    /// Accepts the execution of a due time that was logged in the same transaction.
    async fn start(
        &self,
        tx: &Tx,
        workspace: WorkspaceId,
        schedule: &Schedule,
        (prepared, input): &(Prepared, Input),
        due: Timestamp,
        done: &mut Done,
    ) -> Result<(), Problem> {
        let actor = actor_of(workspace, schedule);
        let origin = origin_of(schedule);
        let execution = self.0.executions().start_within(tx, &actor, prepared, input, origin).await?;
        let firing = logged(due, FiringOutcome::Started, Some(execution));
        storage::schedules::decide(tx, workspace, schedule.id, self.0.now(), &firing)
            .await
            .or_internal("log a firing")?;
        done.started.push(execution);
        Ok(())
    }

    /// Starts the earliest due time that waits, if nothing of the schedule runs any more.
    async fn promote(&self, workspace: WorkspaceId, id: ScheduleId) -> Result<(), Problem> {
        let store = self.0.store();
        let is_busy = storage::schedules::busy(store, workspace, id).await.or_internal("look for overlap")?;
        let seen = storage::schedules::get(store, workspace, id).await.or_internal("read a schedule")?;
        let Some(seen) = seen.filter(|seen| is_busy.is_empty() && seen.state != ScheduleState::Paused) else {
            return Ok(());
        };
        let start = self.prepared(&actor_of(workspace, &seen), &seen).await?;
        let tx = store.begin().await.or_internal("begin")?;
        let held = storage::schedules::lock(&tx, workspace, id).await.or_internal("hold a schedule")?;
        let busy = storage::schedules::busy(&tx, workspace, id).await.or_internal("look for overlap")?;
        let due = storage::schedules::next_waiting(&tx, workspace, id).await.or_internal("read a wait")?;
        let is_same = held.is_some_and(|held| held.revision == seen.revision);
        let Some(due) = due.filter(|_| is_same && busy.is_empty()) else { return Ok(()) };
        let mut done = Done::default();
        match &start {
            Ok(start) => self.start(&tx, workspace, &seen, start, due, &mut done).await?,
            Err(problem) => {
                let firing = skipped(due, SkipReason::Refused, Some(problem.message.clone()));
                storage::schedules::decide(&tx, workspace, id, self.0.now(), &firing)
                    .await
                    .or_internal("log a firing")?;
            }
        }
        tx.commit().await.or_internal("commit")?;
        self.tell(&done);
        Ok(())
    }

    /// What would start now. A refusal is part of the story; an error of ours is tried again.
    async fn prepared(&self, actor: &Actor, schedule: &Schedule) -> Result<Start, Problem> {
        let draft = start_of(schedule.message.as_deref(), &schedule.vars.clone().unwrap_or_default());
        let start = match prepare_published(self.0, actor, schedule.agent.id).await {
            Ok(prepared) => prepared.input(&draft).map(|input| (prepared, input)),
            Err(problem) => Err(problem),
        };
        match start {
            Err(problem) if problem.kind == Kind::Internal => Err(problem),
            start => Ok(start),
        }
    }

    fn tell(self, done: &Done) {
        for execution in &done.cancelled {
            self.0.hub().tell(News::Cancel(*execution));
            self.0.hub().tell(News::Execution(*execution));
        }
        if !done.started.is_empty() {
            self.0.executions().announce(&done.started);
        }
    }
}
