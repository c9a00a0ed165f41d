//! Schedules themselves. A deleted one keeps its row, so that executions can say what they came from.

use domain::Timestamp;
use domain::executions::AgentRef;
use domain::ids::{ScheduleId, WorkspaceId};
use domain::paging::PageRequest;
use domain::schedules::{DueTime, Schedule, ScheduleRule, ScheduleState, Timing};
use sea_orm::{QueryResult, Value};
use uuid::Uuid;

use super::firings::read as read_firing;
use crate::db;
use crate::row::{big, column, count, from_json, id, key_value, time, to_json, word};
use crate::{Db, Error, Tx};

const SELECT: &str = "select s.id, s.name, s.timing, s.end_at, s.message, s.vars, s.overlap, s.missed, s.missed_limit, \
     s.priority, s.state, s.next_due, s.revision, s.created_at, s.created_by, s.updated_at, s.updated_by, \
     a.id as agent_id, a.slug as agent_slug, a.title as agent_title, \
     f.due, f.at, f.outcome, f.reason, f.message as firing_message, f.execution_id, f.asked_by, e.status \
     from schedules s join agents a on a.id = s.agent_id \
     left join schedule_firings f on f.schedule_id = s.id \
       and f.due = (select max(due) from schedule_firings where schedule_id = s.id) \
     left join executions e on e.id = f.execution_id";

fn read(row: &QueryResult) -> Result<Schedule, Error> {
    let timing: Timing = from_json("timing", &column::<String>(row, "timing")?)?;
    let last = match column::<Option<i64>>(row, "due")? {
        None => None,
        Some(_) => Some(read_firing(row, timing.zone(), "firing_message")?),
    };
    Ok(Schedule {
        id: id(column::<Uuid>(row, "id")?),
        name: column(row, "name")?,
        agent: AgentRef {
            id: id(column::<Uuid>(row, "agent_id")?),
            slug: column(row, "agent_slug")?,
            title: column(row, "agent_title")?,
        },
        state: word("schedule state", &column::<String>(row, "state")?)?,
        words: timing.words(),
        next: column::<Option<i64>>(row, "next_due")?.map(|due| DueTime::of(time(due), timing.zone())),
        timing,
        end_at: column::<Option<i64>>(row, "end_at")?.map(time),
        overlap: word("overlap", &column::<String>(row, "overlap")?)?,
        missed: column(row, "missed")?,
        missed_limit: count("missed times", column(row, "missed_limit")?)?,
        priority: column::<i32>(row, "priority")?.try_into().map_err(|_| Error::corrupt("priority"))?,
        message: column(row, "message")?,
        vars: Some(from_json("variables", &column::<String>(row, "vars")?)?),
        last,
        revision: big("revision", column(row, "revision")?)?,
        created_at: time(column(row, "created_at")?),
        created_by: column(row, "created_by")?,
        updated_at: time(column(row, "updated_at")?),
        updated_by: column(row, "updated_by")?,
    })
}

/// The columns that a rule fills, in the order of the statements below.
fn rule_values(rule: &ScheduleRule) -> Result<Vec<Value>, Error> {
    let limit = rule.missed.kept();
    Ok(vec![
        key_value(rule.agent),
        rule.name.as_str().into(),
        to_json(&rule.timing)?.into(),
        rule.end_at.map(Timestamp::millis).into(),
        rule.message.clone().into(),
        to_json(&rule.vars)?.into(),
        rule.overlap.word().into(),
        rule.missed.word().into(),
        i32::try_from(limit.max(1)).unwrap_or(i32::MAX).into(),
        rule.next_due.millis().into(),
        rule.priority.number().into(),
    ])
}

/// Stores a schedule.
pub async fn insert(
    tx: &Tx,
    workspace: WorkspaceId,
    schedule: ScheduleId,
    rule: &ScheduleRule,
    at: Timestamp,
    by: &str,
) -> Result<(), Error> {
    let sql = "insert into schedules (agent_id, name, timing, end_at, message, vars, overlap, missed, missed_limit, \
         next_due, priority, id, workspace_id, state, revision, created_at, created_by, updated_at, updated_by) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'active', 1, $14, $15, $14, $15)";
    let mut values = rule_values(rule)?;
    values.extend([key_value(schedule), key_value(workspace), at.millis().into(), by.into()]);
    db::execute(tx, sql, values).await.map(drop)
}

/// Replaces a schedule's rule if it is still at the revision. A paused one stays paused, an ended one
/// begins again. [`Error::Stale`] when it was changed meanwhile.
pub async fn update(
    tx: &Tx,
    workspace: WorkspaceId,
    schedule: ScheduleId,
    revision: u64,
    rule: &ScheduleRule,
    at: Timestamp,
    by: &str,
) -> Result<(), Error> {
    let sql = "update schedules set agent_id = $1, name = $2, timing = $3, end_at = $4, message = $5, vars = $6, \
         overlap = $7, missed = $8, missed_limit = $9, \
         next_due = case when state = 'paused' then null else cast($10 as bigint) end, \
         state = case when state = 'paused' then 'paused' else 'active' end, \
         priority = $11, revision = revision + 1, updated_at = $14, updated_by = $15 \
         where id = $12 and workspace_id = $13 and revision = $16 and deleted_at is null";
    let mut values = rule_values(rule)?;
    values.extend([key_value(schedule), key_value(workspace), at.millis().into(), by.into()]);
    values.push(i64::try_from(revision).unwrap_or(i64::MAX).into());
    match db::execute(tx, sql, values).await? {
        0 => Err(Error::Stale),
        _ => Ok(()),
    }
}

/// Moves a schedule from one state to another; false when it was not in the first.
#[expect(clippy::too_many_arguments, reason = "a compare-and-set with its stamp")]
pub async fn set_state(
    tx: &Tx,
    workspace: WorkspaceId,
    schedule: ScheduleId,
    from: ScheduleState,
    to: ScheduleState,
    next_due: Option<Timestamp>,
    at: Timestamp,
    by: &str,
) -> Result<bool, Error> {
    let sql = "update schedules set state = $1, next_due = $2, revision = revision + 1, updated_at = $3, updated_by = $4 \
         where id = $5 and workspace_id = $6 and state = $7 and deleted_at is null";
    let values = vec![
        to.word().into(),
        next_due.map(Timestamp::millis).into(),
        at.millis().into(),
        by.into(),
        key_value(schedule),
        key_value(workspace),
        from.word().into(),
    ];
    Ok(db::execute(tx, sql, values).await? == 1)
}

/// Takes a schedule out of every list; false when it was not there.
pub async fn delete(
    tx: &Tx,
    workspace: WorkspaceId,
    schedule: ScheduleId,
    at: Timestamp,
    by: &str,
) -> Result<bool, Error> {
    let sql = "update schedules set deleted_at = $1, state = 'ended', next_due = null, updated_at = $1, updated_by = $2 \
         where id = $3 and workspace_id = $4 and deleted_at is null";
    let values = vec![at.millis().into(), by.into(), key_value(schedule), key_value(workspace)];
    Ok(db::execute(tx, sql, values).await? == 1)
}

/// One schedule.
pub async fn get(
    db: &impl Db,
    workspace: WorkspaceId,
    schedule: ScheduleId,
) -> Result<Option<Schedule>, Error> {
    let sql = format!("{SELECT} where s.workspace_id = $1 and s.id = $2 and s.deleted_at is null");
    let row = db::one(db, &sql, vec![key_value(workspace), key_value(schedule)]).await?;
    row.as_ref().map(read).transpose()
}

/// A page of schedules, newest first, one row more than asked for when there is a next page.
pub async fn list(db: &impl Db, workspace: WorkspaceId, page: PageRequest) -> Result<Vec<Schedule>, Error> {
    let mut values: Vec<Value> = vec![key_value(workspace)];
    let after = page.after.map_or("", |after| {
        values.push(Uuid::from_bytes(after).into());
        "and s.id < $2"
    });
    let limit = page.limit + 1;
    let sql = format!(
        "{SELECT} where s.workspace_id = $1 and s.deleted_at is null {after} order by s.id desc limit {limit}"
    );
    db::all(db, &sql, values).await?.iter().map(read).collect()
}

/// Active schedules whose time has come, of all workspaces, at most 50.
pub async fn due(db: &impl Db, now: Timestamp) -> Result<Vec<(WorkspaceId, ScheduleId)>, Error> {
    let sql = "select workspace_id, id from schedules where state = 'active' and deleted_at is null \
         and next_due <= $1 order by next_due limit 50";
    let rows = db::all(db, sql, vec![now.millis().into()]).await?;
    rows.iter()
        .map(|row| Ok((id(column::<Uuid>(row, "workspace_id")?), id(column::<Uuid>(row, "id")?))))
        .collect()
}

/// The earliest due time of all active schedules.
pub async fn next_due(db: &impl Db) -> Result<Option<Timestamp>, Error> {
    let sql = "select min(next_due) as at from schedules where state = 'active' and deleted_at is null";
    let row = db::one(db, sql, vec![]).await?;
    row.map_or(Ok(None), |row| Ok(column::<Option<i64>>(&row, "at")?.map(time)))
}

/// Keeps others from deciding about a schedule until the transaction ends, and reads it as it is then.
pub async fn lock(tx: &Tx, workspace: WorkspaceId, schedule: ScheduleId) -> Result<Option<Schedule>, Error> {
    // On SQLite the transaction itself is the lock: there is one writer.
    if db::is_postgres(tx) {
        db::one(tx, "select id from schedules where id = $1 for update", vec![key_value(schedule)]).await?;
    }
    get(tx, workspace, schedule).await
}

/// Moves an active schedule from one due time to the next, or to its end; false when somebody else did.
pub async fn advance(
    tx: &Tx,
    workspace: WorkspaceId,
    schedule: ScheduleId,
    from: Timestamp,
    next: Option<Timestamp>,
) -> Result<bool, Error> {
    let state = if next.is_some() { ScheduleState::Active } else { ScheduleState::Ended };
    let sql = "update schedules set next_due = $1, state = $2 \
         where id = $3 and workspace_id = $4 and next_due = $5 and state = 'active' and deleted_at is null";
    let values = vec![
        next.map(Timestamp::millis).into(),
        state.word().into(),
        key_value(schedule),
        key_value(workspace),
        from.millis().into(),
    ];
    Ok(db::execute(tx, sql, values).await? == 1)
}
