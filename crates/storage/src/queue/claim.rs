//! Taking work: whose turn it is, and the executions that go with it.
//!
//! The cost of a look is the number of agents that have work, and of what runs, never the number of
//! queued executions: the heads of lanes are found by skipping through an index ordered by priority,
//! agent and time. On PostgreSQL claims take turns (an advisory lock of the transaction), so that the
//! limit of an agent holds with any number of processes; rows that somebody else has locked are skipped.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Timestamp;
use domain::agents::AgentConfig;
use domain::events::EventBody;
use domain::executions::{Input, Lane, Share, share};
use domain::ids::{AgentId, ExecutionId, WorkerId, WorkspaceId};
use sea_orm::{QueryResult, Value};
use uuid::Uuid;

use crate::row::{big, column, count, from_json, id, key_value, time};
use crate::{Db, Error, Tx, db, events};

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
    /// Which version; none for the draft.
    pub version: Option<u32>,
    /// What runs.
    pub config: Arc<AgentConfig>,
    /// What goes in.
    pub input: Input,
    /// Attempts there may be.
    pub max_attempts: u32,
    /// When the execution must have ended.
    pub run_deadline: Timestamp,
    /// Steps journalled by earlier attempts.
    pub steps: u32,
    /// Number of the event that told of this attempt's begin.
    pub last_event: u64,
    /// The agent it was given at the upstream.
    pub remote_agent: Option<[u8; 16]>,
    /// The run it has at the upstream, or the one it continues.
    pub remote_run: Option<String>,
    /// True when it continues an earlier execution.
    pub continues: bool,
    /// Whether a stop was asked for already.
    pub cancelled_by: Option<String>,
}

/// A worker that asks for work.
#[derive(Debug, Clone, Copy)]
pub struct Asking {
    /// Who asks.
    pub worker: WorkerId,
    /// How many it can take.
    pub slots: u32,
    /// The agent that was served last here; turns go on after it.
    pub last: Option<AgentId>,
    /// The present.
    pub now: Timestamp,
    /// How long the claims hold.
    pub lease_until: Timestamp,
}

/// What a look at the queue gave.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    /// What to run.
    pub jobs: Vec<Job>,
    /// The agent that was served last.
    pub last: Option<AgentId>,
    /// When more may begin, if its time has not come yet.
    pub due: Option<Timestamp>,
    /// Executions whose stored words cannot be read, with the reason; whoever took them has to end them.
    pub broken: Vec<(Claim, Arc<Error>)>,
}

/// Versions that were read before. They never change, so they are kept.
#[derive(Debug, Clone, Default)]
pub struct Versions(Arc<Mutex<Kept>>);

type Kept = HashMap<(AgentId, u32), Arc<AgentConfig>>;

impl Versions {
    /// The most versions kept.
    const MOST: usize = 1_000;

    async fn get(
        &self,
        tx: &Tx,
        workspace: WorkspaceId,
        agent: AgentId,
        number: u32,
    ) -> Result<Arc<AgentConfig>, Error> {
        let known = self.kept().get(&(agent, number)).map(Arc::clone);
        if let Some(known) = known {
            return Ok(known);
        }
        let version = crate::agents::version(tx, workspace, agent, number).await?;
        let config = Arc::new(version.ok_or(Error::corrupt("version of an execution"))?.config);
        let mut kept = self.kept();
        if kept.len() >= Self::MOST {
            kept.clear();
        }
        kept.insert((agent, number), Arc::clone(&config));
        Ok(config)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number of PostgreSQL's advisory lock under which claims take turns.
const TURN: &str = "select pg_advisory_xact_lock(7238942)";

/// Takes executions that may run now: by priority, agents in turn, each agent's oldest first, never
/// more of an agent than its limit. Each one's attempt has begun when this is committed.
pub async fn claim(tx: &Tx, asking: Asking, versions: &Versions) -> Result<Taken, Error> {
    if db::is_postgres(tx) {
        db::one(tx, TURN, Vec::new()).await?;
    }
    let lanes = lanes(tx).await?;
    let due = lanes.iter().map(|lane| lane.next_at).filter(|at| *at > asking.now).min();
    let mut taken = Taken { due, last: asking.last, ..Taken::default() };
    let mut begun = Vec::new();
    for share in share(&lanes, asking.slots, asking.last, asking.now) {
        let rows = take(tx, asking, share).await?;
        for row in &rows {
            begun.push(Begun::read(row)?);
            match read_job(tx, row, versions).await {
                Ok(job) => taken.jobs.push(job),
                Err(error @ Error::Corrupt { .. }) => taken.broken.push((read_claim(row)?, Arc::new(error))),
                Err(error) => return Err(error),
            }
        }
        taken.last = Some(share.agent);
    }
    begin_attempts(tx, asking, &begun).await?;
    Ok(taken)
}

/// Every agent with queued executions, at each priority.
pub async fn lanes(db: &impl Db) -> Result<Vec<Lane>, Error> {
    let sql = "with recursive heads (id) as ( \
           select first.id from (select q.id from executions q where q.status = 'queued' \
             order by q.priority, q.agent_id, q.not_before, q.id limit 1) as first \
           union all \
           select (select n.id from executions n where n.status = 'queued' \
               and (n.priority, n.agent_id) > (p.priority, p.agent_id) \
               order by n.priority, n.agent_id, n.not_before, n.id limit 1) \
             from heads h join executions p on p.id = h.id) \
         select p.priority, p.agent_id, p.agent_concurrency, p.not_before from heads h join executions p on p.id = h.id";
    let heads = db::all(db, sql, Vec::new()).await?;
    if heads.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "select agent_id, count(*) as n from executions where status = 'running' group by agent_id";
    let mut running: HashMap<Uuid, u32> = HashMap::new();
    for row in db::all(db, sql, Vec::new()).await? {
        let number = big("count", column(&row, "n")?)?;
        running.insert(column(&row, "agent_id")?, u32::try_from(number).unwrap_or(u32::MAX));
    }
    heads
        .iter()
        .map(|row| {
            let agent: Uuid = column(row, "agent_id")?;
            Ok(Lane {
                priority: column(row, "priority")?,
                agent: id(agent),
                limit: count("limit", column(row, "agent_concurrency")?)?,
                running: running.get(&agent).copied().unwrap_or_default(),
                next_at: time(column(row, "not_before")?),
            })
        })
        .collect()
}

async fn take(tx: &Tx, asking: Asking, share: Share) -> Result<Vec<QueryResult>, Error> {
    let lock = if db::is_postgres(tx) { "for update skip locked" } else { "" };
    // Materialised, because PostgreSQL may otherwise look for rows once for each row it changes, and
    // pass the limit.
    let sql = format!(
        "with chosen as materialized (select q.id from executions q \
           where q.status = 'queued' and q.priority = $4 and q.agent_id = $5 \
           and q.not_before <= $3 and q.queue_deadline > $3 order by q.not_before, q.id limit $6 {lock}) \
         update executions set status = 'running', lease_owner = $1, lease_until = $2, fence = fence + 1, \
         attempt = attempt + 1, last_event = last_event + 1, not_before = null, \
         started_at = coalesce(started_at, $3), run_deadline = coalesce(run_deadline, $3 + run_deadline_s * 1000) \
         where id in (select c.id from chosen c) and status = 'queued' \
         returning workspace_id, id, agent_id, version, config, input, fence, attempt, max_attempts, run_deadline, \
           last_event, step_count, remote_agent, remote_run, conversation_id, cancelled_by"
    );
    let values = vec![
        key_value(asking.worker),
        asking.lease_until.millis().into(),
        asking.now.millis().into(),
        share.priority.into(),
        key_value(share.agent),
        i64::from(share.count).into(),
    ];
    let mut rows = db::all(tx, &sql, values).await?;
    let order = |row: &QueryResult| column::<Uuid>(row, "id").unwrap_or_default();
    rows.sort_by_key(order);
    Ok(rows)
}

async fn read_job(tx: &Tx, row: &QueryResult, versions: &Versions) -> Result<Job, Error> {
    let claim = read_claim(row)?;
    let agent: AgentId = id(column::<Uuid>(row, "agent_id")?);
    let version =
        column::<Option<i32>>(row, "version")?.map(|number| count("version", number)).transpose()?;
    let config = match (column::<Option<String>>(row, "config")?, version) {
        (Some(draft), _) => Arc::new(from_json("draft", &draft)?),
        (None, Some(number)) => versions.get(tx, claim.workspace, agent, number).await?,
        (None, None) => return Err(Error::corrupt("configuration of an execution")),
    };
    let conversation: ExecutionId = id(column::<Uuid>(row, "conversation_id")?);
    Ok(Job {
        claim,
        agent,
        version,
        config,
        input: from_json("input", &column::<String>(row, "input")?)?,
        max_attempts: count("attempts", column(row, "max_attempts")?)?,
        run_deadline: time(column(row, "run_deadline")?),
        steps: count("steps", column(row, "step_count")?)?,
        last_event: big("event number", column(row, "last_event")?)?,
        remote_agent: column::<Option<Uuid>>(row, "remote_agent")?.map(Uuid::into_bytes),
        remote_run: column(row, "remote_run")?,
        continues: conversation != claim.execution,
        cancelled_by: column(row, "cancelled_by")?,
    })
}

/// An attempt that begins with a claim.
struct Begun {
    claim: Claim,
    last_event: u64,
    max_attempts: u32,
}

impl Begun {
    fn read(row: &QueryResult) -> Result<Self, Error> {
        Ok(Self {
            claim: read_claim(row)?,
            last_event: big("event number", column(row, "last_event")?)?,
            max_attempts: count("attempts", column(row, "max_attempts")?)?,
        })
    }
}

/// Reads the right to write from a row.
pub(super) fn read_claim(row: &QueryResult) -> Result<Claim, Error> {
    Ok(Claim {
        workspace: id(column::<Uuid>(row, "workspace_id")?),
        execution: id(column::<Uuid>(row, "id")?),
        fence: column(row, "fence")?,
        attempt: count("attempt", column(row, "attempt")?)?,
    })
}

/// Stores that these attempts began, all in two statements.
async fn begin_attempts(tx: &Tx, asking: Asking, begun: &[Begun]) -> Result<(), Error> {
    if begun.is_empty() {
        return Ok(());
    }
    let mut places = Vec::with_capacity(begun.len());
    let mut values: Vec<Value> = vec![key_value(asking.worker), asking.now.millis().into()];
    for Begun { claim, .. } in begun {
        let first = values.len() + 1;
        places.push(format!("(${first}, ${}, ${}, $1, 'running', $2)", first + 1, first + 2));
        values.push(key_value(claim.execution));
        values.push(i32::try_from(claim.attempt).unwrap_or(i32::MAX).into());
        values.push(key_value(claim.workspace));
    }
    let sql = format!(
        "insert into attempts (execution_id, number, workspace_id, worker, status, started_at) values {}",
        places.join(", ")
    );
    db::execute(tx, &sql, values).await?;
    let story = begun.iter().map(|Begun { claim, last_event, max_attempts }| events::Line {
        workspace: claim.workspace,
        execution: claim.execution,
        number: *last_event,
        body: EventBody::AttemptStarted { attempt: claim.attempt, of: (*max_attempts).max(claim.attempt) },
    });
    events::append_lines(tx, asking.now, story.collect()).await
}
