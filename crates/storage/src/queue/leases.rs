//! Keeping work: leases and their renewal, what the reaper looks for, and the processes that work.

use domain::Timestamp;
use domain::executions::WorkerRow;
use domain::ids::{ExecutionId, WorkerId};
use uuid::Uuid;

use super::Claim;
use super::claim::read_claim;
use crate::row::{big, column, count, id, key, key_value, time};
use crate::{Db, Error, Tx, db};

/// Renews all leases of a worker and gives what it still holds, with the fences.
pub async fn renew(tx: &Tx, worker: WorkerId, until: Timestamp) -> Result<Vec<(ExecutionId, i64)>, Error> {
    let sql = "update executions set lease_until = $1 where status = 'running' and lease_owner = $2 \
         returning id, fence";
    // Without the fence leases also end under those who work, so that there are late writers to be seen.
    #[cfg(feature = "sabotage")]
    let sql = if crate::sabotage::without(crate::sabotage::Protection::Fence) {
        "update executions set last_event = last_event where status = 'running' and lease_owner = $2 and $1 > 0 \
         returning id, fence"
    } else {
        sql
    };
    let rows = db::all(tx, sql, vec![until.millis().into(), key_value(worker)]).await?;
    rows.iter().map(|row| Ok((id(column::<Uuid>(row, "id")?), column(row, "fence")?))).collect()
}

/// Whether an attempt that lost its lease is told so when its own process takes the execution again. It
/// always is, but where the fence is taken out: there have to be late writers to be seen.
pub fn tells_the_late() -> bool {
    #[cfg(feature = "sabotage")]
    if crate::sabotage::without(crate::sabotage::Protection::Fence) {
        return false;
    }
    true
}

/// Lets the lease of one claim end at once: nobody works on it any more.
pub async fn let_go(tx: &Tx, worker: WorkerId, execution: ExecutionId, fence: i64) -> Result<(), Error> {
    let sql = "update executions set lease_until = 0 \
         where id = $1 and fence = $2 and lease_owner = $3 and status = 'running'";
    db::execute(tx, sql, vec![key_value(execution), fence.into(), key_value(worker)]).await.map(drop)
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

/// What there is to know of a claim whose lease has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Who asked for a stop, if somebody did.
    pub cancelled_by: Option<String>,
    /// How many of its attempts lost their lease before this one.
    pub times: u32,
}

/// Looks again whether a claim is lost, and keeps it so until the transaction ends; none when its lease
/// was renewed, or somebody else was quicker.
pub async fn lost(tx: &Tx, claim: Claim, now: Timestamp) -> Result<Option<Lost>, Error> {
    let lock = if db::is_postgres(tx) { "for update" } else { "" };
    let sql = format!(
        "select cancel_requested_at, cancelled_by from executions where workspace_id = $1 and id = $2 \
         and fence = $3 and status = 'running' and lease_until < $4 {lock}"
    );
    let (workspace, execution) = (key_value(claim.workspace), key_value(claim.execution));
    let values = vec![workspace.clone(), execution.clone(), claim.fence.into(), now.millis().into()];
    let Some(row) = db::one(tx, &sql, values).await? else { return Ok(None) };
    let is_stopped = column::<Option<i64>>(&row, "cancel_requested_at")?.is_some();
    let by: Option<String> = column(&row, "cancelled_by")?;
    let sql = "select count(*) as n from attempts \
         where workspace_id = $1 and execution_id = $2 and reason = 'lease_lost'";
    let row = db::one(tx, sql, vec![workspace, execution]).await?;
    let times = row.map_or(Ok(0), |row| big("count", column(&row, "n")?))?;
    Ok(Some(Lost {
        cancelled_by: is_stopped.then(|| by.unwrap_or_else(|| "somebody".to_owned())),
        times: u32::try_from(times).unwrap_or(u32::MAX),
    }))
}

/// Queued executions past their queue deadline, at most 100; true for those whose time to run is over.
/// That begins with a worker and ends when a person is asked, so it is not set where none has begun since.
pub async fn overdue(db: &impl Db, now: Timestamp) -> Result<Vec<(Claim, bool)>, Error> {
    let sql = "select workspace_id, id, fence, attempt, run_deadline from executions \
         where status = 'queued' and queue_deadline <= $1 order by queue_deadline limit 100";
    let rows = db::all(db, sql, vec![now.millis().into()]).await?;
    rows.iter()
        .map(|row| Ok((read_claim(row)?, column::<Option<i64>>(row, "run_deadline")?.is_some())))
        .collect()
}

/// Waiting executions that nobody answered in time, at most 100.
pub async fn overslept(db: &impl Db, now: Timestamp) -> Result<Vec<Claim>, Error> {
    let sql = "select workspace_id, id, fence, attempt from executions \
         where status = 'waiting' and waiting_until <= $1 order by waiting_until limit 100";
    let rows = db::all(db, sql, vec![now.millis().into()]).await?;
    rows.iter().map(read_claim).collect()
}

/// Ends every lease but those of the given worker at once. Only for a database that this process
/// has for itself: whoever held them is gone.
pub async fn hand_back_all(tx: &Tx, worker: WorkerId) -> Result<u64, Error> {
    let sql = "update executions set lease_until = 0 where status = 'running' and lease_owner <> $1";
    db::execute(tx, sql, vec![key(worker).into()]).await
}

/// What a process says of itself.
#[derive(Debug, Clone)]
pub struct Working {
    /// Which worker.
    pub worker: WorkerId,
    /// Machine and process, for people.
    pub name: String,
    /// Version of the program.
    pub version: &'static str,
    /// How many executions it can run at the same time.
    pub slots: u32,
    /// How many it runs.
    pub busy: u32,
    /// Late writes that were refused.
    pub refused_writes: u64,
}

/// Notes that a process works, and how busy it is.
pub async fn sign_in(tx: &Tx, working: &Working, now: Timestamp) -> Result<(), Error> {
    let sql = "insert into workers (id, name, version, slots, busy, refused_writes, started_at, seen_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $7) \
         on conflict (id) do update set busy = excluded.busy, refused_writes = excluded.refused_writes, \
         seen_at = excluded.seen_at";
    let small = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let values = vec![
        key_value(working.worker),
        working.name.as_str().into(),
        working.version.into(),
        small(working.slots).into(),
        small(working.busy).into(),
        i64::try_from(working.refused_writes).unwrap_or(i64::MAX).into(),
        now.millis().into(),
    ];
    db::execute(tx, sql, values).await.map(drop)
}

/// Notes that a process stopped.
pub async fn sign_off(tx: &Tx, worker: WorkerId, now: Timestamp) -> Result<(), Error> {
    let sql = "update workers set stopped_at = $1, seen_at = $1, busy = 0 where id = $2";
    db::execute(tx, sql, vec![now.millis().into(), key_value(worker)]).await.map(drop)
}

/// Processes that were seen since the given moment and did not stop.
pub async fn workers(db: &impl Db, since: Timestamp) -> Result<Vec<WorkerRow>, Error> {
    let sql = "select id, name, version, slots, busy, refused_writes, started_at, seen_at from workers \
         where seen_at >= $1 and stopped_at is null order by id limit 500";
    let rows = db::all(db, sql, vec![since.millis().into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(WorkerRow {
                id: id(column::<Uuid>(row, "id")?),
                name: column(row, "name")?,
                version: column(row, "version")?,
                slots: count("slots", column(row, "slots")?)?,
                busy: count("busy", column(row, "busy")?)?,
                refused_writes: big("refused writes", column(row, "refused_writes")?)?,
                started_at: time(column(row, "started_at")?),
                seen_at: time(column(row, "seen_at")?),
            })
        })
        .collect()
}
