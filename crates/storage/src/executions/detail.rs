//! One execution: how it is accepted and what is stored of it.

use domain::Timestamp;
use domain::agents::AgentConfig;
use domain::events::EventBody;
use domain::executions::{
    Attempt, CacheUse, ExecutionRow, Input, Priority, Status, Step, StepState, Trigger,
};
use domain::ids::{AgentId, ExecutionId, WorkspaceId};
use sea_orm::QueryResult;
use uuid::Uuid;

use super::list::{COLUMNS, read as read_row};
use crate::row::{big, column, count, from_json, id, key, key_value, time, to_json, word};
use crate::{Db, Error, Tx, db, events};

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
    /// The execution it runs again, if it does.
    pub rerun_of: Option<ExecutionId>,
    /// Its part in the cache of results, where the agent has one.
    pub cache: Option<&'a Cached>,
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
    /// Who asked for a stop, if somebody did.
    pub cancelled_by: Option<String>,
}

/// An execution's part in the cache of results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cached {
    /// What the cache did.
    pub used: CacheUse,
    /// The key under which the result is looked for and kept.
    pub key: Vec<u8>,
    /// The result to copy, with the execution it comes from.
    pub copy: Option<(ExecutionId, String)>,
}

/// Stores an execution with its first event; one that the cache answers has all its events at once.
pub async fn insert(tx: &Tx, workspace: WorkspaceId, new: &NewExecution<'_>) -> Result<(), Error> {
    let limits = &new.config.limits;
    let config = if new.version.is_none() { Some(to_json(new.config)?) } else { None };
    let small = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let queue_deadline = new.at.plus(std::time::Duration::from_secs(u64::from(limits.queue_deadline_s)));
    let copy = new.cache.and_then(|cache| cache.copy.as_ref());
    let mut story = vec![EventBody::Queued];
    if let Some((from, output)) = copy {
        story.push(EventBody::Cached { from: *from });
        story.push(EventBody::Output { text: Some(output.clone()) });
        story.push(EventBody::Finished { status: Status::Succeeded, reason: None, message: None });
    }
    let last_event = story.len() as u64;
    let at = new.at.millis();
    let sql = "insert into executions (id, workspace_id, agent_id, version, config, runtime, status, title, input, \
         trigger_kind, created_by, simulated, remote_agent, remote_run, conversation_id, priority, agent_concurrency, \
         attempt, max_attempts, step_count, last_event, queue_deadline, run_deadline_s, fence, created_at, not_before, \
         rerun_of, cache, cache_key, copied_from, output, finished_at, queue_deadline_s) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 0, $18, 0, $19, $20, $21, 0, $22, $23, \
         $24, $25, $26, $27, $28, $29, $30)";
    let status = if copy.is_some() { Status::Succeeded } else { Status::Queued };
    let values = vec![
        key_value(new.id),
        key_value(workspace),
        key_value(new.agent),
        new.version.map(small).into(),
        config.into(),
        new.config.runtime.word().into(),
        status.word().into(),
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
        i64::try_from(last_event).unwrap_or(i64::MAX).into(),
        queue_deadline.millis().into(),
        small(limits.run_deadline_s).into(),
        at.into(),
        copy.is_none().then_some(at).into(),
        new.rerun_of.map(key).into(),
        new.cache.map(|cache| cache.used.word()).into(),
        // A copy is no source of further copies, so that its age cannot be hidden.
        new.cache.filter(|_| copy.is_none()).map(|cache| cache.key.clone()).into(),
        copy.map(|(from, _)| key(*from)).into(),
        copy.map(|(_, output)| output.clone()).into(),
        copy.map(|_| at).into(),
        small(limits.queue_deadline_s).into(),
    ];
    db::execute(tx, sql, values).await?;
    events::append(tx, workspace, new.id, last_event, new.at, &story).await
}

/// One execution.
pub async fn get(
    db: &impl Db,
    workspace: WorkspaceId,
    execution: ExecutionId,
) -> Result<Option<Stored>, Error> {
    let sql = format!(
        "select {COLUMNS}, e.input, e.output, e.config, e.runtime, e.remote_agent, e.remote_run, e.conversation_id, \
         e.last_event, e.run_deadline_s, e.cancelled_by from executions e join agents a on a.id = e.agent_id \
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
        cancelled_by: column(row, "cancelled_by")?,
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

/// Executions that run this one again, newest first, at most 20.
pub async fn reruns(
    db: &impl Db,
    workspace: WorkspaceId,
    execution: ExecutionId,
) -> Result<Vec<ExecutionId>, Error> {
    let sql = "select id from executions where workspace_id = $1 and rerun_of = $2 order by id desc limit 20";
    let rows = db::all(db, sql, vec![key_value(workspace), key_value(execution)]).await?;
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
    let sql = "select number, attempt, kind, name, state, run_id, place, input, result, usage, started_at, finished_at from steps \
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
                place: column(row, "place")?,
                input: json(row, "input")?,
                result: json(row, "result")?,
                usage: json(row, "usage")?,
                started_at: time(column(row, "started_at")?),
                finished_at: column::<Option<i64>>(row, "finished_at")?.map(time),
            })
        })
        .collect()
}

/// A document that may be absent.
fn json<T: serde::de::DeserializeOwned>(row: &QueryResult, name: &'static str) -> Result<Option<T>, Error> {
    column::<Option<String>>(row, name)?.map(|text| from_json(name, &text)).transpose()
}
