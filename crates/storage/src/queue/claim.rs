//! Taking work and keeping it.

use domain::Timestamp;
use domain::agents::AgentConfig;
use domain::executions::Input;
use domain::ids::{AgentId, ExecutionId, WorkerId, WorkspaceId};
use sea_orm::QueryResult;
use uuid::Uuid;

use crate::db;
use crate::row::{column, count, from_json, id, key, key_value, time};
use crate::{Db, Error, Tx};

/// The right to write to one execution, until the lease ends or the fence is raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Whose execution.
    pub workspace: WorkspaceId,
    /// Which execution.
    pub execution: ExecutionId,
    /// The fence under which the worker writes.
    pub fence: i64,
    /// The attempt it is, from 1.
    pub attempt: u32,
}

/// What a worker needs to know to begin.
#[derive(Debug, Clone)]
pub struct Job {
    /// The right to write.
    pub claim: Claim,
    /// Which agent.
    pub agent: AgentId,
    /// What runs.
    pub config: AgentConfig,
    /// What goes in.
    pub input: Input,
    /// Attempts there may be.
    pub max_attempts: u32,
    /// When the execution must have ended.
    pub run_deadline: Timestamp,
    /// The agent it was given at the upstream.
    pub remote_agent: Option<[u8; 16]>,
    /// The run it has at the upstream, or the one it continues.
    pub remote_run: Option<String>,
    /// True when it continues an earlier execution.
    pub continues: bool,
    /// Whether a stop was asked for already.
    pub cancelled_by: Option<String>,
}

/// Takes the next execution that may run now: by priority, then the agents with the least running,
/// then by age; never more of an agent than its limit.
pub async fn claim(
    tx: &Tx,
    worker: WorkerId,
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Option<Job>, Error> {
    let lock = if db::is_postgres(tx) { "for update of e skip locked" } else { "" };
    let sql = format!(
        "update executions set status = 'running', lease_owner = $1, lease_until = $2, fence = fence + 1, \
         attempt = attempt + 1, not_before = null, started_at = coalesce(started_at, $3), \
         run_deadline = coalesce(run_deadline, $3 + run_deadline_s * 1000) \
         where id = (select e.id from executions e where e.status = 'queued' \
           and (e.not_before is null or e.not_before <= $3) and e.queue_deadline > $3 \
           and (select count(*) from executions b where b.agent_id = e.agent_id and b.status = 'running') < e.agent_concurrency \
           order by e.priority, (select count(*) from executions b where b.agent_id = e.agent_id and b.status = 'running'), e.id \
           limit 1 {lock}) \
         and status = 'queued' \
         returning workspace_id, id, agent_id, version, config, input, fence, attempt, max_attempts, run_deadline, \
           remote_agent, remote_run, conversation_id, cancelled_by"
    );
    let values = vec![key_value(worker), lease_until.millis().into(), now.millis().into()];
    let Some(row) = db::one(tx, &sql, values).await? else { return Ok(None) };
    read_job(tx, &row).await.map(Some)
}

async fn read_job(tx: &Tx, row: &QueryResult) -> Result<Job, Error> {
    let claim = Claim {
        workspace: id(column::<Uuid>(row, "workspace_id")?),
        execution: id(column::<Uuid>(row, "id")?),
        fence: column(row, "fence")?,
        attempt: count("attempt", column(row, "attempt")?)?,
    };
    let agent: AgentId = id(column::<Uuid>(row, "agent_id")?);
    let config = match (column::<Option<String>>(row, "config")?, column::<Option<i32>>(row, "version")?) {
        (Some(draft), _) => from_json("draft", &draft)?,
        (None, Some(number)) => {
            let version =
                crate::agents::version(tx, claim.workspace, agent, count("version", number)?).await?;
            version.ok_or(Error::corrupt("version of an execution"))?.config
        }
        (None, None) => return Err(Error::corrupt("configuration of an execution")),
    };
    let conversation: ExecutionId = id(column::<Uuid>(row, "conversation_id")?);
    Ok(Job {
        claim,
        agent,
        config,
        input: from_json("input", &column::<String>(row, "input")?)?,
        max_attempts: count("attempts", column(row, "max_attempts")?)?,
        run_deadline: time(column(row, "run_deadline")?),
        remote_agent: column::<Option<Uuid>>(row, "remote_agent")?.map(Uuid::into_bytes),
        remote_run: column(row, "remote_run")?,
        continues: conversation != claim.execution,
        cancelled_by: column(row, "cancelled_by")?,
    })
}

/// When the next queued execution may begin, if its time has not come yet.
pub async fn due(db: &impl Db, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    let sql = "select min(not_before) as at from executions where status = 'queued' and not_before > $1";
    let row = db::one(db, sql, vec![now.millis().into()]).await?;
    row.map_or(Ok(None), |row| Ok(column::<Option<i64>>(&row, "at")?.map(time)))
}

/// Renews all leases of a worker and gives what it still holds, with the fences.
pub async fn renew(tx: &Tx, worker: WorkerId, until: Timestamp) -> Result<Vec<(ExecutionId, i64)>, Error> {
    let sql = "update executions set lease_until = $1 where status = 'running' and lease_owner = $2 \
         returning id, fence";
    let rows = db::all(tx, sql, vec![until.millis().into(), key_value(worker)]).await?;
    rows.iter().map(|row| Ok((id(column::<Uuid>(row, "id")?), column(row, "fence")?))).collect()
}

/// Executions of a worker for which a stop was asked, with who asked.
pub async fn cancelled(db: &impl Db, worker: WorkerId) -> Result<Vec<(ExecutionId, String)>, Error> {
    let sql = "select id, cancelled_by from executions where cancel_requested_at is not null \
         and finished_at is null and lease_owner = $1";
    let rows = db::all(db, sql, vec![key_value(worker)]).await?;
    rows.iter().map(|row| Ok((id(column::<Uuid>(row, "id")?), column(row, "cancelled_by")?))).collect()
}

/// Running executions whose lease has ended, at most 100: the claims that were lost.
pub async fn expired(db: &impl Db, now: Timestamp) -> Result<Vec<Claim>, Error> {
    #[cfg(feature = "sabotage")]
    if crate::sabotage::without(crate::sabotage::Protection::Reaper) {
        return Ok(Vec::new());
    }
    let sql = "select workspace_id, id, fence, attempt from executions \
         where status = 'running' and lease_until < $1 order by lease_until limit 100";
    let rows = db::all(db, sql, vec![now.millis().into()]).await?;
    rows.iter().map(read_claim).collect()
}

fn read_claim(row: &QueryResult) -> Result<Claim, Error> {
    Ok(Claim {
        workspace: id(column::<Uuid>(row, "workspace_id")?),
        execution: id(column::<Uuid>(row, "id")?),
        fence: column(row, "fence")?,
        attempt: count("attempt", column(row, "attempt")?)?,
    })
}

/// Queued executions past their queue deadline, at most 100.
pub async fn overdue(db: &impl Db, now: Timestamp) -> Result<Vec<Claim>, Error> {
    let sql = "select workspace_id, id, fence, attempt from executions \
         where status = 'queued' and queue_deadline <= $1 order by priority, id limit 100";
    let rows = db::all(db, sql, vec![now.millis().into()]).await?;
    rows.iter().map(read_claim).collect()
}

/// Ends every lease but those of the given worker at once. Only for a database that this process
/// has for itself: whoever held them is gone.
pub async fn hand_back_all(tx: &Tx, worker: WorkerId) -> Result<u64, Error> {
    let sql = "update executions set lease_until = 0 where status = 'running' and lease_owner <> $1";
    db::execute(tx, sql, vec![key(worker).into()]).await
}
