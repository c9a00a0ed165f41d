//! Actions on many executions: worked off in pages by whoever holds the action's lease, with a result
//! for each row.

use domain::Timestamp;
use domain::bulk::{BulkAction, BulkChoice, BulkKind, BulkOutcome, BulkRow, BulkStatus};
use domain::executions::ExecutionFilter;
use domain::ids::{BulkId, ExecutionId, WorkspaceId};
use domain::paging::PageRequest;
use sea_orm::{QueryResult, Value};
use uuid::Uuid;

use crate::row::{big, column, from_json, id, key, key_value, time, to_json, word};
use crate::{Db, Error, Tx, db};

const COLUMNS: &str = "id, workspace_id, kind, filter, choice, status, created_by, caller, total, done, changed, refused, \
     position, created_at, finished_at";

/// An action with what only the engine needs.
#[derive(Debug, Clone)]
pub struct StoredBulk {
    /// The action.
    pub action: BulkAction,
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which version re-runs use.
    pub choice: BulkChoice,
    /// Who asked, as an actor's caller.
    pub caller: String,
    /// The last execution that was handled; the next are older.
    pub position: Option<ExecutionId>,
}

fn read(row: &QueryResult) -> Result<StoredBulk, Error> {
    let number = |name: &'static str| -> Result<u64, Error> { big(name, column(row, name)?) };
    Ok(StoredBulk {
        workspace: id(column::<Uuid>(row, "workspace_id")?),
        choice: from_json("choice", &column::<String>(row, "choice")?)?,
        caller: column(row, "caller")?,
        position: column::<Option<Uuid>>(row, "position")?.map(id),
        action: BulkAction {
            id: id(column::<Uuid>(row, "id")?),
            kind: word("kind", &column::<String>(row, "kind")?)?,
            filter: from_json("filter", &column::<String>(row, "filter")?)?,
            status: word("status", &column::<String>(row, "status")?)?,
            created_by: column(row, "created_by")?,
            total: number("total")?,
            done: number("done")?,
            changed: number("changed")?,
            refused: number("refused")?,
            created_at: time(column(row, "created_at")?),
            finished_at: column::<Option<i64>>(row, "finished_at")?.map(time),
        },
    })
}

/// An action to accept.
#[derive(Debug)]
pub struct NewBulk<'a> {
    /// Identifier.
    pub id: BulkId,
    /// What is done.
    pub kind: BulkKind,
    /// To which executions.
    pub filter: &'a ExecutionFilter,
    /// Which version re-runs use.
    pub choice: BulkChoice,
    /// Who asks.
    pub by: &'a str,
    /// The same, as an actor's caller.
    pub caller: &'a str,
    /// How many executions fit the filter now.
    pub total: u64,
    /// When.
    pub at: Timestamp,
}

/// Stores an action.
pub async fn insert(tx: &Tx, workspace: WorkspaceId, new: &NewBulk<'_>) -> Result<(), Error> {
    let sql = "insert into bulk_actions (id, workspace_id, kind, filter, choice, status, created_by, caller, total, done, \
         changed, refused, lease_until, created_at) \
         values ($1, $2, $3, $4, $5, 'running', $6, $7, $8, 0, 0, 0, 0, $9)";
    let values = vec![
        key_value(new.id),
        key_value(workspace),
        new.kind.word().into(),
        to_json(new.filter)?.into(),
        to_json(&new.choice)?.into(),
        new.by.into(),
        new.caller.into(),
        i64::try_from(new.total).unwrap_or(i64::MAX).into(),
        new.at.millis().into(),
    ];
    db::execute(tx, sql, values).await.map(drop)
}

/// One action.
pub async fn get(db: &impl Db, workspace: WorkspaceId, bulk: BulkId) -> Result<Option<BulkAction>, Error> {
    let sql = format!("select {COLUMNS} from bulk_actions where id = $1 and workspace_id = $2");
    let row = db::one(db, &sql, vec![key_value(bulk), key_value(workspace)]).await?;
    row.map(|row| Ok(read(&row)?.action)).transpose()
}

/// A page of actions, newest first, one more than asked for when there is a next page.
pub async fn list(db: &impl Db, workspace: WorkspaceId, page: PageRequest) -> Result<Vec<BulkAction>, Error> {
    let before = page.after.map_or(Uuid::max(), Uuid::from_bytes);
    let limit = page.limit + 1;
    let sql = format!(
        "select {COLUMNS} from bulk_actions where workspace_id = $1 and id < $2 order by id desc limit {limit}"
    );
    let rows = db::all(db, &sql, vec![key_value(workspace), before.into()]).await?;
    rows.iter().map(|row| Ok(read(row)?.action)).collect()
}

/// Results of an action after a number, in order, at most `limit`.
pub async fn rows(
    db: &impl Db,
    workspace: WorkspaceId,
    bulk: BulkId,
    after: u64,
    limit: u32,
) -> Result<Vec<BulkRow>, Error> {
    let sql = format!(
        "select number, execution_id, outcome, message, new_execution_id from bulk_rows \
         where bulk_id = $1 and workspace_id = $2 and number > $3 order by number limit {limit}"
    );
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let rows = db::all(db, &sql, vec![key_value(bulk), key_value(workspace), after.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(BulkRow {
                number: big("number", column(row, "number")?)?,
                execution: id(column::<Uuid>(row, "execution_id")?),
                outcome: word("outcome", &column::<String>(row, "outcome")?)?,
                message: column(row, "message")?,
                new_execution: column::<Option<Uuid>>(row, "new_execution_id")?.map(id),
            })
        })
        .collect()
}

/// Takes an action that nobody works on, for as long as the lease lasts.
pub async fn claim(tx: &Tx, now: Timestamp, until: Timestamp) -> Result<Option<StoredBulk>, Error> {
    let lock = if db::is_postgres(tx) { "for update skip locked" } else { "" };
    let sql = format!(
        "update bulk_actions set lease_until = $1 where id = (select b.id from bulk_actions b \
           where b.finished_at is null and b.lease_until <= $2 order by b.lease_until limit 1 {lock}) \
         returning {COLUMNS}"
    );
    let row = db::one(tx, &sql, vec![until.millis().into(), now.millis().into()]).await?;
    row.as_ref().map(read).transpose()
}

/// Stores the results of a page and where the next one begins. `rows` are numbered after `done`.
/// [`Error::Stale`] when somebody else went on, or the action was stopped.
pub async fn advance(
    tx: &Tx,
    before: &StoredBulk,
    rows: &[BulkRow],
    ended: bool,
    now: Timestamp,
) -> Result<(), Error> {
    let changed = rows.iter().filter(|row| row.outcome == BulkOutcome::Done).count();
    let status = if ended { BulkStatus::Finished } else { BulkStatus::Running };
    let sql = "update bulk_actions set done = done + $1, changed = changed + $2, refused = refused + $3, \
         position = coalesce($4, position), lease_until = 0, status = $5, finished_at = $6 \
         where id = $7 and workspace_id = $8 and done = $9 and finished_at is null";
    let small = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let values: Vec<Value> = vec![
        small(rows.len()).into(),
        small(changed).into(),
        small(rows.len() - changed).into(),
        rows.last().map(|row| key(row.execution)).into(),
        status.word().into(),
        ended.then(|| now.millis()).into(),
        key_value(before.action.id),
        key_value(before.workspace),
        i64::try_from(before.action.done).unwrap_or(i64::MAX).into(),
    ];
    if db::execute(tx, sql, values).await? == 0 {
        return Err(Error::Stale);
    }
    let sql = "insert into bulk_rows (bulk_id, number, workspace_id, execution_id, outcome, message, new_execution_id) \
         values ($1, $2, $3, $4, $5, $6, $7)";
    for row in rows {
        let values = vec![
            key_value(before.action.id),
            i64::try_from(row.number).unwrap_or(i64::MAX).into(),
            key_value(before.workspace),
            key_value(row.execution),
            row.outcome.word().into(),
            row.message.clone().into(),
            row.new_execution.map(key).into(),
        ];
        db::execute(tx, sql, values).await?;
    }
    Ok(())
}

/// Stops an action where it is; false when it had already ended.
pub async fn stop(tx: &Tx, workspace: WorkspaceId, bulk: BulkId, now: Timestamp) -> Result<bool, Error> {
    let sql = "update bulk_actions set status = 'stopped', finished_at = $1 \
         where id = $2 and workspace_id = $3 and finished_at is null";
    let values = vec![now.millis().into(), key_value(bulk), key_value(workspace)];
    Ok(db::execute(tx, sql, values).await? == 1)
}
