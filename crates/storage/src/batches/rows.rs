//! Rows of batches: fed in order, settled when their executions end, read in order.

use domain::batches::{BatchRow, ResultRow, RowState};
use domain::executions::Input;
use domain::ids::{BatchId, ExecutionId, WorkspaceId};
use sea_orm::{QueryResult, Value};
use uuid::Uuid;

use crate::db;
use crate::row::{big, column, count, from_json, id, key_value, time, word};
use crate::{Db, Error, Tx};

/// Rows with what came out of them.
pub type ResultsPage = Vec<ResultRow>;

/// Whether something happened that moves the batch on: an execution of a row has ended.
pub async fn has_news(db: &impl Db, workspace: WorkspaceId, batch: BatchId) -> Result<bool, Error> {
    let sql = "select 1 as one from batch_rows r left join executions e on e.id = r.execution_id \
         where r.batch_id = $1 and r.workspace_id = $2 and r.state = 'started' \
         and (e.status is null or e.status not in ('queued', 'running', 'waiting')) limit 1";
    Ok(db::one(db, sql, vec![key_value(batch), key_value(workspace)]).await?.is_some())
}

/// Takes over how the executions of started rows ended; gives the new state of each such row.
pub async fn settle(tx: &Tx, workspace: WorkspaceId, batch: BatchId) -> Result<Vec<RowState>, Error> {
    let sql = "update batch_rows set \
           state = coalesce((select e.status from executions e where e.id = batch_rows.execution_id), 'crashed') \
         where batch_id = $1 and workspace_id = $2 and state = 'started' and not exists \
           (select 1 from executions e where e.id = batch_rows.execution_id and e.status in ('queued', 'running', 'waiting')) \
         returning state";
    let rows = db::all(tx, sql, vec![key_value(batch), key_value(workspace)]).await?;
    rows.iter().map(|row| word("row state", &column::<String>(row, "state")?)).collect()
}

/// The next rows that have no execution yet.
pub async fn pending(
    tx: &Tx,
    workspace: WorkspaceId,
    batch: BatchId,
    limit: u32,
) -> Result<Vec<(u32, Input)>, Error> {
    let sql = format!(
        "select number, input from batch_rows where batch_id = $1 and workspace_id = $2 and state = 'pending' \
         order by number limit {limit}"
    );
    let rows = db::all(tx, &sql, vec![key_value(batch), key_value(workspace)]).await?;
    rows.iter().map(read_input).collect()
}

/// The numbers and inputs of rows that failed, timed out or crashed, in order.
pub async fn failed(
    db: &impl Db,
    workspace: WorkspaceId,
    batch: BatchId,
) -> Result<Vec<(u32, Input)>, Error> {
    let sql = "select number, input from batch_rows where batch_id = $1 and workspace_id = $2 \
         and state in ('failed', 'timed_out', 'crashed') order by number";
    let rows = db::all(db, sql, vec![key_value(batch), key_value(workspace)]).await?;
    rows.iter().map(read_input).collect()
}

fn read_input(row: &QueryResult) -> Result<(u32, Input), Error> {
    Ok((count("row", column(row, "number")?)?, from_json("input", &column::<String>(row, "input")?)?))
}

/// Gives a pending row its execution; [`Error::Stale`] when it has one.
pub async fn mark_started(
    tx: &Tx,
    workspace: WorkspaceId,
    batch: BatchId,
    row: u32,
    execution: ExecutionId,
) -> Result<(), Error> {
    let sql = "update batch_rows set state = 'started', execution_id = $1 \
         where batch_id = $2 and number = $3 and workspace_id = $4 and state = 'pending'";
    let number = i32::try_from(row).unwrap_or(i32::MAX);
    let values = vec![key_value(execution), key_value(batch), number.into(), key_value(workspace)];
    match db::execute(tx, sql, values).await? {
        0 => Err(Error::Stale),
        _ => Ok(()),
    }
}

/// Executions of rows that have not ended.
pub async fn started(
    db: &impl Db,
    workspace: WorkspaceId,
    batch: BatchId,
) -> Result<Vec<ExecutionId>, Error> {
    let sql =
        "select execution_id from batch_rows where batch_id = $1 and workspace_id = $2 and state = 'started'";
    let rows = db::all(db, sql, vec![key_value(batch), key_value(workspace)]).await?;
    rows.iter().map(|row| Ok(id(column::<Uuid>(row, "execution_id")?))).collect()
}

/// Ends rows that have no execution, at most `limit` of them, and says how many.
pub async fn withdraw_pending(
    tx: &Tx,
    workspace: WorkspaceId,
    batch: BatchId,
    limit: u32,
) -> Result<u32, Error> {
    let sql = format!(
        "update batch_rows set state = 'cancelled' where batch_id = $1 and workspace_id = $2 and number in \
         (select number from batch_rows where batch_id = $1 and state = 'pending' order by number limit {limit})"
    );
    let changed = db::execute(tx, &sql, vec![key_value(batch), key_value(workspace)]).await?;
    Ok(u32::try_from(changed).unwrap_or(u32::MAX))
}

/// Rows after a number, in order, one more than asked for when there are more; in one state if asked.
pub async fn rows(
    db: &impl Db,
    workspace: WorkspaceId,
    batch: BatchId,
    state: Option<RowState>,
    after: u32,
    limit: u32,
) -> Result<Vec<BatchRow>, Error> {
    let mut values: Vec<Value> = vec![key_value(workspace), key_value(batch), number(after)];
    let state = state.map_or("", |state| {
        values.push(state.word().into());
        "and r.state = $4"
    });
    let sql = format!(
        "select r.number, r.state, r.title, r.execution_id, e.reason, e.message, e.finished_at \
         from batch_rows r left join executions e on e.id = r.execution_id \
         where r.workspace_id = $1 and r.batch_id = $2 and r.number > $3 {state} order by r.number limit {}",
        limit + 1
    );
    db::all(db, &sql, values).await?.iter().map(read).collect()
}

fn number(row: u32) -> Value {
    i32::try_from(row).unwrap_or(i32::MAX).into()
}

fn read(row: &QueryResult) -> Result<BatchRow, Error> {
    Ok(BatchRow {
        row: count("row", column(row, "number")?)?,
        state: word("row state", &column::<String>(row, "state")?)?,
        title: Some(column(row, "title")?),
        execution: column::<Option<Uuid>>(row, "execution_id")?.map(id),
        reason: column::<Option<String>>(row, "reason")?.map(|text| word("reason", &text)).transpose()?,
        message: column(row, "message")?,
        finished_at: column::<Option<i64>>(row, "finished_at")?.map(time),
    })
}

/// Bytes of input and output that are read at once, unless one row alone has more.
const RESULT_BYTES: u64 = 1 << 20;

/// The last row after a number with which a page is full: of `limit` rows, or of [`RESULT_BYTES`].
async fn end_of_page(
    db: &impl Db,
    workspace: WorkspaceId,
    batch: BatchId,
    after: u32,
    limit: u32,
) -> Result<Option<i32>, Error> {
    // Both databases know the length of a long text without reading it.
    let sql = format!(
        "select r.number, cast(octet_length(r.input) + coalesce(octet_length(e.output), 0) as bigint) as bytes \
         from batch_rows r left join executions e on e.id = r.execution_id \
         where r.workspace_id = $1 and r.batch_id = $2 and r.number > $3 order by r.number limit {limit}"
    );
    let mut end = None;
    let mut bytes = 0;
    for row in db::all(db, &sql, vec![key_value(workspace), key_value(batch), number(after)]).await? {
        bytes += big("size", column(&row, "bytes")?)?;
        if end.is_some() && bytes > RESULT_BYTES {
            break;
        }
        end = Some(column(&row, "number")?);
    }
    Ok(end)
}

/// Rows with input and output after a number, in order, at most `limit`, and fewer where they are long;
/// none when there are no more.
pub async fn results(
    db: &impl Db,
    workspace: WorkspaceId,
    batch: BatchId,
    after: u32,
    limit: u32,
) -> Result<ResultsPage, Error> {
    let Some(end) = end_of_page(db, workspace, batch, after, limit).await? else { return Ok(Vec::new()) };
    let sql = "select r.number, r.state, r.title, r.input, r.execution_id, e.output, e.reason, e.message, e.finished_at \
         from batch_rows r left join executions e on e.id = r.execution_id \
         where r.workspace_id = $1 and r.batch_id = $2 and r.number > $3 and r.number <= $4 order by r.number";
    let values = vec![key_value(workspace), key_value(batch), number(after), end.into()];
    let rows = db::all(db, sql, values).await?;
    rows.iter()
        .map(|row| {
            let listed = read(row)?;
            Ok(ResultRow {
                row: listed.row,
                status: listed.state,
                input: from_json("input", &column::<String>(row, "input")?)?,
                output: column(row, "output")?,
                reason: listed.reason,
                message: listed.message,
                execution: listed.execution,
                finished_at: listed.finished_at,
            })
        })
        .collect()
}
