//! The log: one row for each due time that was dealt with. Its key is what makes firing happen once.

use domain::Timestamp;
use domain::ids::{ExecutionId, ScheduleId, WorkspaceId};
use domain::schedules::{DueTime, Firing, FiringOutcome, SkipReason};
use sea_orm::{QueryResult, Value};
use uuid::Uuid;

use crate::db;
use crate::row::{big, column, id, key_value, time, word};
use crate::{Db, Error, Tx};

/// A due time as it was decided.
#[derive(Debug, Clone)]
pub struct NewFiring {
    /// When it was due.
    pub due: Timestamp,
    /// What became of it.
    pub outcome: FiringOutcome,
    /// Why it was left out.
    pub reason: Option<SkipReason>,
    /// One sentence about that.
    pub message: Option<String>,
    /// The execution that was started.
    pub execution: Option<ExecutionId>,
    /// Who asked for it by hand.
    pub asked_by: Option<String>,
}

/// Reads the columns of a firing; `message` is the name of the column of its sentence.
pub(super) fn read(row: &QueryResult, zone: &str, message: &'static str) -> Result<Firing, Error> {
    Ok(Firing {
        due: DueTime::of(time(column(row, "due")?), zone),
        at: time(column(row, "at")?),
        outcome: word("outcome", &column::<String>(row, "outcome")?)?,
        reason: column::<Option<String>>(row, "reason")?.map(|text| word("reason", &text)).transpose()?,
        message: column(row, message)?,
        execution: column::<Option<Uuid>>(row, "execution_id")?.map(id),
        status: column::<Option<String>>(row, "status")?.map(|text| word("status", &text)).transpose()?,
        asked_by: column(row, "asked_by")?,
    })
}

/// Firings of a schedule, latest first, one row more than asked for when there are more.
pub async fn firings(
    db: &impl Db,
    workspace: WorkspaceId,
    schedule: ScheduleId,
    zone: &str,
    before: Option<Timestamp>,
    limit: u32,
) -> Result<Vec<Firing>, Error> {
    let sql = format!(
        "select f.due, f.at, f.outcome, f.reason, f.message, f.execution_id, f.asked_by, e.status from schedule_firings f \
         left join executions e on e.id = f.execution_id \
         where f.workspace_id = $1 and f.schedule_id = $2 and f.due < $3 order by f.due desc limit {}",
        limit + 1
    );
    let before = before.map_or(i64::MAX, Timestamp::millis);
    let rows = db::all(db, &sql, vec![key_value(workspace), key_value(schedule), before.into()]).await?;
    rows.iter().map(|row| read(row, zone, "message")).collect()
}

/// Logs a due time; false when it was dealt with before.
pub async fn add_firing(
    tx: &Tx,
    workspace: WorkspaceId,
    schedule: ScheduleId,
    at: Timestamp,
    firing: &NewFiring,
) -> Result<bool, Error> {
    let sql = "insert into schedule_firings (schedule_id, due, workspace_id, at, outcome, reason, message, execution_id, asked_by) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (schedule_id, due) do nothing";
    let mut values: Vec<Value> =
        vec![key_value(schedule), firing.due.millis().into(), key_value(workspace), at.millis().into()];
    values.extend(decision(firing));
    values.push(firing.asked_by.clone().into());
    Ok(db::execute(tx, sql, values).await? == 1)
}

/// Outcome, reason, message, execution.
fn decision(firing: &NewFiring) -> [Value; 4] {
    [
        firing.outcome.word().into(),
        firing.reason.map(SkipReason::word).into(),
        firing.message.clone().into(),
        firing.execution.map(|execution| Uuid::from_bytes(domain::ids::Id::bytes(execution))).into(),
    ]
}

/// Decides about a due time that waits, or names the execution of one that was just logged; false when
/// it has an execution or was left out.
pub async fn decide(
    tx: &Tx,
    workspace: WorkspaceId,
    schedule: ScheduleId,
    at: Timestamp,
    firing: &NewFiring,
) -> Result<bool, Error> {
    let sql = "update schedule_firings set outcome = $1, reason = $2, message = $3, execution_id = $4, at = $5 \
         where schedule_id = $6 and due = $7 and workspace_id = $8 and outcome in ('waiting', 'started') \
         and execution_id is null";
    let mut values: Vec<Value> = decision(firing).into();
    values.extend([
        at.millis().into(),
        key_value(schedule),
        firing.due.millis().into(),
        key_value(workspace),
    ]);
    Ok(db::execute(tx, sql, values).await? == 1)
}

/// The earliest due time of a schedule that waits.
pub async fn next_waiting(
    db: &impl Db,
    workspace: WorkspaceId,
    schedule: ScheduleId,
) -> Result<Option<Timestamp>, Error> {
    let sql = "select min(due) as due from schedule_firings where schedule_id = $1 and outcome = 'waiting' \
         and workspace_id = $2";
    let row = db::one(db, sql, vec![key_value(schedule), key_value(workspace)]).await?;
    row.map_or(Ok(None), |row| Ok(column::<Option<i64>>(&row, "due")?.map(time)))
}

/// How many due times of a schedule wait.
pub async fn count_waiting(db: &impl Db, workspace: WorkspaceId, schedule: ScheduleId) -> Result<u64, Error> {
    let sql = "select count(*) as n from schedule_firings where schedule_id = $1 and outcome = 'waiting' \
         and workspace_id = $2";
    let row = db::one(db, sql, vec![key_value(schedule), key_value(workspace)]).await?;
    row.map_or(Ok(0), |row| big("count", column(&row, "n")?))
}

/// Schedules with due times that wait, of all workspaces, at most 200: any of them, so that those which
/// wait for long keep nobody else from being looked at.
pub async fn waiting(db: &impl Db) -> Result<Vec<(WorkspaceId, ScheduleId)>, Error> {
    let sql = "select workspace_id, schedule_id from schedule_firings where outcome = 'waiting' \
         group by workspace_id, schedule_id order by random() limit 200";
    let rows = db::all(db, sql, vec![]).await?;
    rows.iter()
        .map(|row| Ok((id(column::<Uuid>(row, "workspace_id")?), id(column::<Uuid>(row, "schedule_id")?))))
        .collect()
}

/// Ends the wait of every due time of a schedule.
pub async fn withdraw_waiting(
    tx: &Tx,
    workspace: WorkspaceId,
    schedule: ScheduleId,
    at: Timestamp,
) -> Result<u64, Error> {
    let sql = "update schedule_firings set outcome = 'skipped', reason = $1, message = $2, at = $3 \
         where schedule_id = $4 and workspace_id = $5 and outcome = 'waiting'";
    let reason = SkipReason::Withdrawn;
    let values = vec![
        reason.word().into(),
        reason.sentence().into(),
        at.millis().into(),
        key_value(schedule),
        key_value(workspace),
    ];
    db::execute(tx, sql, values).await
}

/// Executions of the schedule's latest firings that have not ended.
pub async fn busy(
    db: &impl Db,
    workspace: WorkspaceId,
    schedule: ScheduleId,
) -> Result<Vec<ExecutionId>, Error> {
    let sql = "select e.id from (select execution_id from schedule_firings \
           where schedule_id = $1 and outcome = 'started' order by due desc limit 200) f \
         join executions e on e.id = f.execution_id \
         where e.workspace_id = $2 and e.status in ('queued', 'running', 'waiting')";
    let rows = db::all(db, sql, vec![key_value(schedule), key_value(workspace)]).await?;
    rows.iter().map(|row| Ok(id(column::<Uuid>(row, "id")?))).collect()
}
