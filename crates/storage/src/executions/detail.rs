//! One execution: how it is accepted and what is stored of it.

use domain::Timestamp;
use domain::agents::AgentConfig;
use domain::events::EventBody;
use domain::executions::{Attempt, ExecutionRow, Input, Priority, Status, Step, StepState, Trigger};
use domain::ids::{AgentId, ExecutionId, WorkspaceId};
use sea_orm::QueryResult;
use uuid::Uuid;

use super::list::{COLUMNS, read as read_row};
use crate::db;
use crate::row::{big, column, count, from_json, id, key_value, time, to_json, word};
use crate::{Db, Error, Tx, events};

/// An execution to accept.
#[derive(Debug)]
pub struct NewExecution<'a> {
    /// Identifier.
    pub id: ExecutionId,
    /// Which agent.
    pub agent: AgentId,
    /// Which version; none for the draft.
    pub version: Option<u32>,
    /// What runs; stored for the draft only.
    pub config: &'a AgentConfig,
    /// What goes in.
    pub input: &'a Input,
    /// First line of the input.
    pub title: &'a str,
    /// What set it off.
    pub trigger: Trigger,
    /// Which goes first.
    pub priority: Priority,
    /// Who set it off.
    pub by: &'a str,
    /// True when the simulator will answer.
    pub simulated: bool,
    /// The execution it continues, with the upstream's agent and run.
    pub continues: Option<&'a Stored>,
    /// When.
    pub at: Timestamp,
}

/// An execution with what only the server needs.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The row as listed.
    pub row: ExecutionRow,
    /// What went in.
    pub input: Input,
    /// What came out so far.
    pub output: Option<String>,
    /// The draft it runs; none for a version.
    pub config: Option<AgentConfig>,
    /// Runtime word.
    pub runtime: String,
    /// The agent it was given at the upstream.
    pub remote_agent: Option<[u8; 16]>,
    /// The run it has at the upstream.
    pub remote_run: Option<String>,
    /// First execution of the conversation.
    pub conversation: ExecutionId,
    /// Number of the last event.
    pub last_event: u64,
    /// Seconds it may run.
    pub run_deadline_s: u32,
}

/// Stores an execution with its first event.
pub async fn insert(tx: &Tx, workspace: WorkspaceId, new: &NewExecution<'_>) -> Result<(), Error> {
    let limits = &new.config.limits;
    let config = if new.version.is_none() { Some(to_json(new.config)?) } else { None };
    let small = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let queue_deadline = new.at.plus(std::time::Duration::from_secs(u64::from(limits.queue_deadline_s)));
    let sql = "insert into executions (id, workspace_id, agent_id, version, config, runtime, status, title, input, \
         trigger_kind, created_by, simulated, remote_agent, remote_run, conversation_id, priority, agent_concurrency, \
         attempt, max_attempts, step_count, last_event, queue_deadline, run_deadline_s, fence, created_at) \
         values ($1, $2, $3, $4, $5, $6, 'queued', $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, $17, 0, 1, $18, $19, 0, $20)";
    let values = vec![
        key_value(new.id),
        key_value(workspace),
        key_value(new.agent),
        new.version.map(small).into(),
        config.into(),
        new.config.runtime.word().into(),
        new.title.into(),
        to_json(new.input)?.into(),
        new.trigger.word().into(),
        new.by.into(),
        new.simulated.into(),
        new.continues.and_then(|before| before.remote_agent).map(Uuid::from_bytes).into(),
        new.continues.and_then(|before| before.remote_run.clone()).into(),
        key_value(new.continues.map_or(new.id, |before| before.conversation)),
        new.priority.number().into(),
        small(limits.concurrency).into(),
        small(limits.attempts).into(),
        queue_deadline.millis().into(),
        small(limits.run_deadline_s).into(),
        new.at.millis().into(),
    ];
    db::execute(tx, sql, values).await?;
    events::append(tx, workspace, new.id, 1, new.at, &[EventBody::Queued]).await
}

/// One execution.
pub async fn get(
    db: &impl Db,
    workspace: WorkspaceId,
    execution: ExecutionId,
) -> Result<Option<Stored>, Error> {
    let sql = format!(
        "select {COLUMNS}, e.input, e.output, e.config, e.runtime, e.remote_agent, e.remote_run, e.conversation_id, \
         e.last_event, e.run_deadline_s from executions e join agents a on a.id = e.agent_id \
         where e.workspace_id = $1 and e.id = $2"
    );
    db::one(db, &sql, vec![key_value(workspace), key_value(execution)]).await?.as_ref().map(read).transpose()
}

fn read(row: &QueryResult) -> Result<Stored, Error> {
    let config: Option<String> = column(row, "config")?;
    Ok(Stored {
        row: read_row(row)?,
        input: from_json("input", &column::<String>(row, "input")?)?,
        output: column(row, "output")?,
        config: config.map(|text| from_json("draft", &text)).transpose()?,
        runtime: column(row, "runtime")?,
        remote_agent: column::<Option<Uuid>>(row, "remote_agent")?.map(Uuid::into_bytes),
        remote_run: column(row, "remote_run")?,
        conversation: id(column::<Uuid>(row, "conversation_id")?),
        last_event: big("event number", column(row, "last_event")?)?,
        run_deadline_s: count("deadline", column(row, "run_deadline_s")?)?,
    })
}

/// Executions of one conversation, oldest first, at most 200.
pub async fn turns(
    db: &impl Db,
    workspace: WorkspaceId,
    conversation: ExecutionId,
) -> Result<Vec<ExecutionId>, Error> {
    let sql =
        "select id from executions where workspace_id = $1 and conversation_id = $2 order by id limit 200";
    let rows = db::all(db, sql, vec![key_value(workspace), key_value(conversation)]).await?;
    rows.iter().map(|row| Ok(id(column::<Uuid>(row, "id")?))).collect()
}

/// Attempts in order.
pub async fn attempts(
    db: &impl Db,
    workspace: WorkspaceId,
    execution: ExecutionId,
) -> Result<Vec<Attempt>, Error> {
    let sql = "select number, status, reason, message, started_at, finished_at from attempts \
         where execution_id = $1 and workspace_id = $2 order by number";
    let rows = db::all(db, sql, vec![key_value(execution), key_value(workspace)]).await?;
    rows.iter()
        .map(|row| {
            let reason: Option<String> = column(row, "reason")?;
            Ok(Attempt {
                number: count("attempt", column(row, "number")?)?,
                status: word("status", &column::<String>(row, "status")?)?,
                reason: reason.map(|text| word("reason", &text)).transpose()?,
                message: column(row, "message")?,
                started_at: time(column(row, "started_at")?),
                finished_at: column::<Option<i64>>(row, "finished_at")?.map(time),
            })
        })
        .collect()
}

/// Steps in order.
pub async fn steps(db: &impl Db, workspace: WorkspaceId, execution: ExecutionId) -> Result<Vec<Step>, Error> {
    let sql = "select number, attempt, kind, name, state, run_id, started_at, finished_at from steps \
         where execution_id = $1 and workspace_id = $2 order by number";
    let rows = db::all(db, sql, vec![key_value(execution), key_value(workspace)]).await?;
    rows.iter()
        .map(|row| {
            let state = match column::<String>(row, "state")?.as_str() {
                "started" => StepState::Started,
                "finished" => StepState::Finished,
                "failed" => StepState::Failed,
                _ => return Err(Error::corrupt("step state")),
            };
            Ok(Step {
                number: count("step", column(row, "number")?)?,
                attempt: count("attempt", column(row, "attempt")?)?,
                kind: column(row, "kind")?,
                name: column(row, "name")?,
                state,
                run_id: column(row, "run_id")?,
                started_at: time(column(row, "started_at")?),
                finished_at: column::<Option<i64>>(row, "finished_at")?.map(time),
            })
        })
        .collect()
}

/// Asks for a stop. A queued or waiting execution ends at once; a running one is asked. Gives the state after,
/// or nothing when it had already ended.
pub async fn request_cancel(
    tx: &Tx,
    workspace: WorkspaceId,
    execution: ExecutionId,
    by: &str,
    at: Timestamp,
) -> Result<Option<Status>, Error> {
    let sql = "update executions set cancel_requested_at = coalesce(cancel_requested_at, $1), \
         cancelled_by = coalesce(cancelled_by, $2), \
         reason = case when status in ('queued', 'waiting') then 'cancelled_by' else reason end, \
         message = case when status in ('queued', 'waiting') then $3 else message end, \
         finished_at = case when status in ('queued', 'waiting') then $1 else finished_at end, \
         last_event = last_event + case when status in ('queued', 'waiting') then 2 else 1 end, \
         status = case when status in ('queued', 'waiting') then 'cancelled' else status end \
         where workspace_id = $4 and id = $5 and status in ('queued', 'running', 'waiting') \
         and cancel_requested_at is null \
         returning status, last_event";
    let message = format!("Cancelled by {by}.");
    let values = vec![
        at.millis().into(),
        by.into(),
        message.clone().into(),
        key_value(workspace),
        key_value(execution),
    ];
    let Some(row) = db::one(tx, sql, values).await? else { return Ok(None) };
    let status: Status = word("status", &column::<String>(&row, "status")?)?;
    let last = big("event number", column(&row, "last_event")?)?;
    let mut bodies = vec![EventBody::CancelRequested { by: by.to_owned() }];
    if status.is_final() {
        bodies.push(EventBody::Finished {
            status,
            reason: Some(domain::executions::Reason::CancelledBy),
            message: Some(message),
        });
    }
    events::append(tx, workspace, execution, last, at, &bodies).await?;
    Ok(Some(status))
}

/// The execution that an idempotent start led to, with the hash of its request.
pub async fn by_idempotency_key(
    db: &impl Db,
    workspace: WorkspaceId,
    caller: &str,
    agent: AgentId,
    key: &str,
    now: Timestamp,
) -> Result<Option<(ExecutionId, Vec<u8>)>, Error> {
    let sql = "select execution_id, request_hash from idempotency_keys \
         where workspace_id = $1 and caller = $2 and agent_id = $3 and key = $4 and expires_at > $5";
    let values = vec![key_value(workspace), caller.into(), key_value(agent), key.into(), now.millis().into()];
    let row = db::one(db, sql, values).await?;
    row.map(|row| Ok((id(column::<Uuid>(&row, "execution_id")?), column(&row, "request_hash")?))).transpose()
}

/// Remembers an idempotent start; [`Error::Duplicate`] when another one came first.
#[expect(clippy::too_many_arguments, reason = "the columns of one row")]
pub async fn add_idempotency_key(
    tx: &Tx,
    workspace: WorkspaceId,
    caller: &str,
    agent: AgentId,
    key: &str,
    request_hash: Vec<u8>,
    execution: ExecutionId,
    expires_at: Timestamp,
) -> Result<(), Error> {
    let sql = "insert into idempotency_keys (workspace_id, caller, agent_id, key, request_hash, execution_id, expires_at) \
         values ($1, $2, $3, $4, $5, $6, $7)";
    let values = vec![
        key_value(workspace),
        caller.into(),
        key_value(agent),
        key.into(),
        request_hash.into(),
        key_value(execution),
        expires_at.millis().into(),
    ];
    db::execute(tx, sql, values).await.map(drop)
}

/// Forgets idempotency keys past their end, of all workspaces.
pub async fn remove_old_idempotency_keys(tx: &Tx, now: Timestamp) -> Result<u64, Error> {
    db::execute(tx, "delete from idempotency_keys where expires_at <= $1", vec![now.millis().into()]).await
}
