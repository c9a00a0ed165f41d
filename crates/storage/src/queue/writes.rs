//! What a worker writes while it holds a claim. Each function first raises `last_event` on the
//! execution's row under the fence; when that changes no row, the claim was lost.

use domain::Timestamp;
use domain::events::EventBody;
use domain::executions::{Reason, Status};
use domain::ids::WorkerId;
use sea_orm::Value;
use uuid::Uuid;

use super::Claim;
use crate::db;
use crate::row::{big, column, count, key_value};
#[cfg(feature = "sabotage")]
use crate::sabotage::Protection;
use crate::{Error, Tx, events};

/// What holds for an execution that a worker may write to.
const RUNNING: &str = "status = 'running'";

/// Changes the execution's row under the fence, reserves numbers for events and appends them.
/// `set` begins with a comma or is empty; its places begin at `$5`. `from` is what must hold before.
async fn fenced(
    tx: &Tx,
    claim: Claim,
    at: Timestamp,
    bodies: &[EventBody],
    set: &str,
    values: Vec<Value>,
    from: &str,
) -> Result<i32, Error> {
    let held = "fence = $4";
    #[cfg(feature = "sabotage")]
    let held = if crate::sabotage::without(Protection::Fence) { "fence >= $4" } else { held };
    let sql = format!(
        "update executions set last_event = last_event + $1{set} \
         where workspace_id = $2 and id = $3 and {held} and {from} returning last_event, step_count"
    );
    let number = i64::try_from(bodies.len()).unwrap_or(0);
    let mut all: Vec<Value> =
        vec![number.into(), key_value(claim.workspace), key_value(claim.execution), claim.fence.into()];
    all.extend(values);
    let row = db::one(tx, &sql, all).await?.ok_or(Error::Stale)?;
    if !bodies.is_empty() {
        let last = big("event number", column(&row, "last_event")?)?;
        events::append(tx, claim.workspace, claim.execution, last, at, bodies).await?;
    }
    column(&row, "step_count")
}

/// Appends events to a running execution.
pub async fn append(tx: &Tx, claim: Claim, at: Timestamp, bodies: &[EventBody]) -> Result<(), Error> {
    fenced(tx, claim, at, bodies, "", Vec::new(), RUNNING).await.map(drop)
}

/// Stores that an attempt began.
pub async fn begin_attempt(
    tx: &Tx,
    claim: Claim,
    worker: WorkerId,
    of: u32,
    at: Timestamp,
) -> Result<(), Error> {
    let body = EventBody::AttemptStarted { attempt: claim.attempt, of: of.max(claim.attempt) };
    fenced(tx, claim, at, &[body], "", Vec::new(), RUNNING).await?;
    let sql = "insert into attempts (execution_id, number, workspace_id, worker, status, started_at) \
         values ($1, $2, $3, $4, 'running', $5)";
    let number = i32::try_from(claim.attempt).unwrap_or(i32::MAX);
    let values = vec![
        key_value(claim.execution),
        number.into(),
        key_value(claim.workspace),
        key_value(worker),
        at.millis().into(),
    ];
    db::execute(tx, sql, values).await.map(drop)
}

/// Journals a step before its effect; gives its number.
pub async fn start_step(tx: &Tx, claim: Claim, kind: &str, name: &str, at: Timestamp) -> Result<u32, Error> {
    let number = fenced(tx, claim, at, &[], ", step_count = step_count + 1", Vec::new(), RUNNING).await?;
    let step = count("step", number)?;
    append(tx, claim, at, &[EventBody::StepStarted { step, name: name.to_owned() }]).await?;
    #[cfg(feature = "sabotage")]
    if crate::sabotage::without(Protection::Journal) {
        return Ok(step);
    }
    let sql = "insert into steps (execution_id, number, workspace_id, attempt, kind, name, state, started_at) \
         values ($1, $2, $3, $4, $5, $6, 'started', $7)";
    let values = vec![
        key_value(claim.execution),
        number.into(),
        key_value(claim.workspace),
        i32::try_from(claim.attempt).unwrap_or(i32::MAX).into(),
        kind.into(),
        name.into(),
        at.millis().into(),
    ];
    db::execute(tx, sql, values).await?;
    Ok(step)
}

/// Stores the upstream's agent before a step, or its run the moment it is known.
pub async fn mark_remote(
    tx: &Tx,
    claim: Claim,
    step: u32,
    agent: [u8; 16],
    run: Option<&str>,
    at: Timestamp,
) -> Result<(), Error> {
    let events: Vec<_> =
        run.map(|run_id| EventBody::RunIdentified { run_id: run_id.to_owned() }).into_iter().collect();
    let set = ", remote_agent = $5, remote_run = coalesce($6, remote_run)";
    let run_value: Value = run.map(str::to_owned).into();
    fenced(tx, claim, at, &events, set, vec![Uuid::from_bytes(agent).into(), run_value.clone()], RUNNING)
        .await?;
    let sql = "update steps set run_id = $1 where execution_id = $2 and number = $3 and workspace_id = $4";
    let number = i32::try_from(step).unwrap_or(i32::MAX);
    let values = vec![run_value, key_value(claim.execution), number.into(), key_value(claim.workspace)];
    db::execute(tx, sql, values).await.map(drop)
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepEnd {
    /// It did what it should.
    Finished,
    /// It did not.
    Failed,
}

/// Journals a step after its effect.
pub async fn finish_step(tx: &Tx, claim: Claim, step: u32, end: StepEnd, at: Timestamp) -> Result<(), Error> {
    let ok = end == StepEnd::Finished;
    append(tx, claim, at, &[EventBody::StepFinished { step, ok }]).await?;
    close_steps(tx, claim, Some(step), if ok { "finished" } else { "failed" }, at).await
}

async fn close_steps(
    tx: &Tx,
    claim: Claim,
    step: Option<u32>,
    state: &str,
    at: Timestamp,
) -> Result<(), Error> {
    let sql = "update steps set state = $1, finished_at = $2 \
         where execution_id = $3 and workspace_id = $4 and state = 'started' and ($5 = 0 or number = $5)";
    let number = step.map_or(0, |step| i32::try_from(step).unwrap_or(i32::MAX));
    let values = vec![
        state.into(),
        at.millis().into(),
        key_value(claim.execution),
        key_value(claim.workspace),
        number.into(),
    ];
    db::execute(tx, sql, values).await.map(drop)
}

async fn close_attempt(
    tx: &Tx,
    claim: Claim,
    status: Status,
    reason: Option<Reason>,
    message: Option<&str>,
    at: Timestamp,
) -> Result<(), Error> {
    let sql = "update attempts set status = $1, reason = $2, message = $3, finished_at = $4 \
         where execution_id = $5 and number = $6 and workspace_id = $7 and finished_at is null";
    let values = vec![
        status.word().into(),
        reason.map(Reason::word).into(),
        message.map(str::to_owned).into(),
        at.millis().into(),
        key_value(claim.execution),
        i32::try_from(claim.attempt).unwrap_or(i32::MAX).into(),
        key_value(claim.workspace),
    ];
    db::execute(tx, sql, values).await.map(drop)
}

/// How an execution ends.
#[derive(Debug, Clone)]
pub struct End {
    /// The final state.
    pub status: Status,
    /// Why, unless it succeeded.
    pub reason: Option<Reason>,
    /// One sentence, unless it succeeded.
    pub message: Option<String>,
    /// What came out, whole or in part.
    pub output: Option<String>,
}

/// Ends an execution. `from` is the state it must be in: a lease's holder ends running ones, the
/// reaper also queued ones.
pub async fn finish(tx: &Tx, claim: Claim, from: Status, end: &End, at: Timestamp) -> Result<(), Error> {
    if from.next(domain::executions::Happening::Ended(end.status)).is_none() {
        return Err(Error::Stale);
    }
    let body = EventBody::Finished { status: end.status, reason: end.reason, message: end.message.clone() };
    let set = ", status = $5, reason = $6, message = $7, output = coalesce($8, output), finished_at = $9, \
         lease_owner = null, lease_until = null, not_before = null";
    let values: Vec<Value> = vec![
        end.status.word().into(),
        end.reason.map(Reason::word).into(),
        end.message.clone().into(),
        end.output.clone().into(),
        at.millis().into(),
    ];
    fenced(tx, claim, at, &[body], set, values, &format!("status = '{from}'")).await?;
    close_steps(tx, claim, None, "failed", at).await?;
    close_attempt(tx, claim, end.status, end.reason, end.message.as_deref(), at).await
}

/// Gives a running execution back to the queue: for another attempt after `not_before`, or because
/// its worker stops or was lost. [`Error::Stale`] also when a stop was asked for: then it ends.
/// `extra_attempt` keeps a hand-back from using up an attempt.
pub async fn requeue(
    tx: &Tx,
    claim: Claim,
    event: EventBody,
    not_before: Option<Timestamp>,
    extra_attempt: bool,
    at: Timestamp,
) -> Result<(), Error> {
    let (reason, message) = match &event {
        EventBody::RetryScheduled { reason, message, .. } => (*reason, message.clone()),
        EventBody::Requeued { reason } => (*reason, reason.sentence().to_owned()),
        _ => (Reason::Internal, Reason::Internal.sentence().to_owned()),
    };
    let retry = matches!(event, EventBody::RetryScheduled { .. });
    let set = ", status = 'queued', lease_owner = null, lease_until = null, not_before = $5, \
         max_attempts = max_attempts + $6, queue_deadline = coalesce(run_deadline, queue_deadline), fence = fence + 1";
    let values: Vec<Value> = vec![not_before.map(Timestamp::millis).into(), i32::from(extra_attempt).into()];
    fenced(tx, claim, at, &[event], set, values, "status = 'running' and cancel_requested_at is null")
        .await?;
    if retry {
        close_steps(tx, claim, None, "failed", at).await?;
    }
    let status = if retry { Status::Failed } else { Status::Queued };
    close_attempt(tx, claim, status, Some(reason), Some(&message), at).await
}
