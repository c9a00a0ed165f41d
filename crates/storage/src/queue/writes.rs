//! What a worker writes while it holds a claim. Each function first raises `last_event` on the
//! execution's row under the fence; when that changes no row, the claim was lost, and the error names
//! what was found.

use domain::Timestamp;
use domain::events::EventBody;
use domain::executions::{Happening, Reason, Status, Usage};
use sea_orm::Value;
use uuid::Uuid;

use super::Claim;
use crate::row::{big, column, count, key_value, word};
#[cfg(feature = "sabotage")]
use crate::sabotage::Protection;
use crate::{Error, Tx, db, events};

/// What holds for an execution that a worker may write to.
const RUNNING: &str = "status = 'running'";

/// Numbers that a fenced change gave out.
struct Numbers {
    last_event: u64,
    step: u32,
}

/// Changes the execution's row under the fence and reserves numbers for `count` events.
/// `set` begins with a comma or is empty; its places begin at `$5`. `from` is what must hold before.
async fn reserve(
    tx: &Tx,
    claim: Claim,
    events: usize,
    set: &str,
    values: Vec<Value>,
    from: &str,
) -> Result<Numbers, Error> {
    let held = "fence = $4";
    #[cfg(feature = "sabotage")]
    let held = if crate::sabotage::without(Protection::Fence) { "fence >= $4" } else { held };
    let sql = format!(
        "update executions set last_event = last_event + $1{set} \
         where workspace_id = $2 and id = $3 and {held} and {from} returning last_event, step_count"
    );
    let number = i64::try_from(events).unwrap_or(0);
    let mut all: Vec<Value> =
        vec![number.into(), key_value(claim.workspace), key_value(claim.execution), claim.fence.into()];
    all.extend(values);
    let Some(row) = db::one(tx, &sql, all).await? else { return Err(moved(tx, claim).await?) };
    Ok(Numbers {
        last_event: big("event number", column(&row, "last_event")?)?,
        step: count("step", column(&row, "step_count")?)?,
    })
}

/// What is there in place of what the claim says.
async fn moved(tx: &Tx, claim: Claim) -> Result<Error, Error> {
    let sql = "select status, fence from executions where workspace_id = $1 and id = $2";
    let row = db::one(tx, sql, vec![key_value(claim.workspace), key_value(claim.execution)]).await?;
    let Some(row) = row else { return Ok(Error::Stale) };
    let found = word("status", &column::<String>(&row, "status")?)?;
    Ok(Error::Moved { found, fence: column(&row, "fence")? })
}

/// The same, with the events.
async fn fenced(
    tx: &Tx,
    claim: Claim,
    at: Timestamp,
    bodies: &[EventBody],
    set: &str,
    values: Vec<Value>,
    from: &str,
) -> Result<(), Error> {
    let numbers = reserve(tx, claim, bodies.len(), set, values, from).await?;
    events::append(tx, claim.workspace, claim.execution, numbers.last_event, at, bodies).await
}

/// Appends events to a running execution.
pub async fn append(tx: &Tx, claim: Claim, at: Timestamp, bodies: &[EventBody]) -> Result<(), Error> {
    fenced(tx, claim, at, bodies, "", Vec::new(), RUNNING).await
}

/// A step to journal before its effect.
#[derive(Debug, Clone)]
pub struct Begin {
    /// What kind.
    pub kind: &'static str,
    /// For people.
    pub name: String,
    /// Where in the work it stands, if what it gives is to be found again.
    pub place: Option<String>,
    /// What goes in.
    pub input: Option<serde_json::Value>,
}

impl Begin {
    /// A step whose input and result are kept elsewhere.
    pub fn plain(kind: &'static str, name: &str) -> Self {
        Self { kind, name: name.to_owned(), place: None, input: None }
    }
}

/// Journals a step before its effect, after the events that come before it; gives its number.
pub async fn start_step(
    tx: &Tx,
    claim: Claim,
    begin: &Begin,
    before: &[EventBody],
    at: Timestamp,
) -> Result<u32, Error> {
    let mut bodies = before.to_vec();
    let set = ", step_count = step_count + 1";
    let numbers = reserve(tx, claim, bodies.len() + 1, set, Vec::new(), RUNNING).await?;
    bodies.push(EventBody::StepStarted { step: numbers.step, name: begin.name.clone() });
    events::append(tx, claim.workspace, claim.execution, numbers.last_event, at, &bodies).await?;
    #[cfg(feature = "sabotage")]
    if crate::sabotage::without(Protection::Journal) {
        return Ok(numbers.step);
    }
    let sql = "insert into steps (execution_id, number, workspace_id, attempt, kind, name, state, started_at, place, input) \
         values ($1, $2, $3, $4, $5, $6, 'started', $7, $8, $9)";
    let values = vec![
        key_value(claim.execution),
        i32::try_from(numbers.step).unwrap_or(i32::MAX).into(),
        key_value(claim.workspace),
        i32::try_from(claim.attempt).unwrap_or(i32::MAX).into(),
        begin.kind.into(),
        begin.name.as_str().into(),
        at.millis().into(),
        begin.place.clone().into(),
        begin.input.as_ref().map(serde_json::Value::to_string).into(),
    ];
    db::execute(tx, sql, values).await?;
    Ok(numbers.step)
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

impl StepEnd {
    const fn word(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Failed => "failed",
        }
    }
}

/// What a step gave.
#[derive(Debug, Clone, Default)]
pub struct Yield {
    /// What came out.
    pub result: Option<serde_json::Value>,
    /// Tokens it used.
    pub usage: Option<Usage>,
}

/// Journals a step after its effect, with what it gave.
pub async fn end_step(
    tx: &Tx,
    claim: Claim,
    step: u32,
    end: StepEnd,
    gave: &Yield,
    at: Timestamp,
) -> Result<(), Error> {
    finish_step(tx, claim, step, end, at).await?;
    let sql = "update steps set result = $1, usage = $2 \
         where execution_id = $3 and workspace_id = $4 and number = $5";
    let values = vec![
        gave.result.as_ref().map(serde_json::Value::to_string).into(),
        gave.usage.as_ref().map(crate::row::to_json).transpose()?.into(),
        key_value(claim.execution),
        key_value(claim.workspace),
        i32::try_from(step).unwrap_or(i32::MAX).into(),
    ];
    db::execute(tx, sql, values).await.map(drop)
}

/// Journals a step after its effect.
pub async fn finish_step(tx: &Tx, claim: Claim, step: u32, end: StepEnd, at: Timestamp) -> Result<(), Error> {
    let ok = end == StepEnd::Finished;
    append(tx, claim, at, &[EventBody::StepFinished { step, ok }]).await?;
    close_steps(tx, claim, Some(step), end.word(), at).await
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

/// Ends an execution, with the last events of its work before the end. `from` is the state it must be
/// in: a lease's holder ends running ones, the reaper also queued and waiting ones. `step` is the one
/// that is over; others that are open failed.
pub async fn finish(
    tx: &Tx,
    claim: Claim,
    from: Status,
    end: &End,
    story: &[EventBody],
    step: Option<(u32, StepEnd)>,
    at: Timestamp,
) -> Result<(), Error> {
    if from.next(Happening::Ended(end.status)).is_none() {
        return Err(moved(tx, claim).await?);
    }
    let mut bodies = story.to_vec();
    if let Some((step, how)) = step {
        bodies.push(EventBody::StepFinished { step, ok: how == StepEnd::Finished });
    }
    bodies.push(EventBody::Finished { status: end.status, reason: end.reason, message: end.message.clone() });
    let set = ", status = $5, reason = $6, message = $7, output = coalesce($8, output), finished_at = $9, \
         lease_owner = null, lease_until = null, not_before = null, waiting_until = null";
    let values: Vec<Value> = vec![
        end.status.word().into(),
        end.reason.map(Reason::word).into(),
        end.message.clone().into(),
        end.output.clone().into(),
        at.millis().into(),
    ];
    fenced(tx, claim, at, &bodies, set, values, &format!("status = '{from}'")).await?;
    if let Some((step, how)) = step {
        close_steps(tx, claim, Some(step), how.word(), at).await?;
    }
    if step.is_none() || end.status != Status::Succeeded {
        close_steps(tx, claim, None, "failed", at).await?;
    }
    if from == Status::Waiting {
        close_approvals(tx, claim, end.reason, at).await?;
    }
    close_attempt(tx, claim, end.status, end.reason, end.message.as_deref(), at).await
}

/// Gives a running execution back to the queue: for another attempt after `not_before`, or because
/// its worker stops or was lost. [`Error::Moved`] also when a stop was asked for: then it ends.
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
    let set = ", status = 'queued', lease_owner = null, lease_until = null, not_before = coalesce($5, $7), \
         max_attempts = max_attempts + $6, queue_deadline = coalesce(run_deadline, queue_deadline), fence = fence + 1";
    let values: Vec<Value> =
        vec![not_before.map(Timestamp::millis).into(), i32::from(extra_attempt).into(), at.millis().into()];
    fenced(tx, claim, at, &[event], set, values, "status = 'running' and cancel_requested_at is null")
        .await?;
    if retry {
        close_steps(tx, claim, None, "failed", at).await?;
    }
    let status = if retry { Status::Failed } else { Status::Queued };
    close_attempt(tx, claim, status, Some(reason), Some(&message), at).await
}

/// A question to a person, and what a yes would set off.
#[derive(Debug, Clone)]
pub struct Pause {
    /// Where in the work it is asked; an answer is found again by it.
    pub place: String,
    /// The question.
    pub question: String,
    /// Exactly what is to be approved.
    pub data: serde_json::Value,
    /// The fields to fill in.
    pub fields: domain::approvals::FieldSchema,
    /// Who may answer.
    pub roles: Vec<domain::workspaces::Role>,
    /// When nobody may answer any more.
    pub expires_at: Timestamp,
}

/// Stops a running execution until a person answers. No worker holds it meanwhile, and neither the
/// attempts nor the time it may run are used up by the wait.
pub async fn pause(tx: &Tx, claim: Claim, pause: &Pause, at: Timestamp) -> Result<u32, Error> {
    let step = start_step(tx, claim, &Begin::plain("approval", "Ask a person"), &[], at).await?;
    let set = ", status = 'waiting', waiting_until = $5, lease_owner = null, lease_until = null, \
         max_attempts = max_attempts + 1, run_deadline = null, fence = fence + 1";
    let body = EventBody::ApprovalRequested {
        step,
        question: Some(pause.question.clone()),
        expires_at: pause.expires_at,
    };
    let from = "status = 'running' and cancel_requested_at is null";
    fenced(tx, claim, at, &[body], set, vec![pause.expires_at.millis().into()], from).await?;
    close_attempt(tx, claim, Status::Waiting, None, None, at).await?;
    let sql = "insert into approvals (execution_id, step, workspace_id, place, question, data, fields, roles, \
         asked_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values = vec![
        key_value(claim.execution),
        i32::try_from(step).unwrap_or(i32::MAX).into(),
        key_value(claim.workspace),
        pause.place.as_str().into(),
        pause.question.as_str().into(),
        crate::row::to_json(&pause.data)?.into(),
        crate::row::to_json(&pause.fields)?.into(),
        crate::row::to_json(&pause.roles)?.into(),
        at.millis().into(),
        pause.expires_at.millis().into(),
    ];
    db::execute(tx, sql, values).await?;
    Ok(step)
}

/// Puts a waiting execution back into the queue after an answer. The time it may wait for a worker
/// begins anew.
pub async fn resume(tx: &Tx, claim: Claim, step: u32, body: EventBody, at: Timestamp) -> Result<(), Error> {
    let set = ", status = 'queued', waiting_until = null, not_before = $5, \
         queue_deadline = $5 + cast(queue_deadline_s as bigint) * 1000, fence = fence + 1";
    let bodies = [body, EventBody::StepFinished { step, ok: true }];
    fenced(tx, claim, at, &bodies, set, vec![at.millis().into()], "status = 'waiting'").await?;
    close_steps(tx, claim, Some(step), "finished", at).await
}

/// Closes the questions of an execution that ended while it waited.
async fn close_approvals(tx: &Tx, claim: Claim, reason: Option<Reason>, at: Timestamp) -> Result<(), Error> {
    let outcome = match reason {
        Some(Reason::ApprovalExpired) => "expired",
        Some(Reason::Declined) => "declined",
        _ => "withdrawn",
    };
    let sql = "update approvals set outcome = $1, closed_at = $2 \
         where workspace_id = $3 and execution_id = $4 and closed_at is null";
    let values =
        vec![outcome.into(), at.millis().into(), key_value(claim.workspace), key_value(claim.execution)];
    db::execute(tx, sql, values).await.map(drop)
}
