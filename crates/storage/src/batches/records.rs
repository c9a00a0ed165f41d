//! Batches themselves.

use domain::Timestamp;
use domain::batches::{Batch, BatchPlan, BatchState, Counts};
use domain::executions::{AgentRef, Input};
use domain::ids::{BatchId, WorkspaceId};
use domain::paging::PageRequest;
use sea_orm::{QueryResult, Value};
use uuid::Uuid;

use crate::db;
use crate::row::{column, count, from_json, id, key_value, time, to_json, word};
use crate::{Db, Error, Store, Tx};

/// Rows stored in one transaction, so that nobody else who writes has to wait for long.
const CHUNK: usize = 400;
/// Rows removed in one transaction.
const REMOVED: u32 = 2_000;
/// The state of a batch whose rows are not all there yet. Nobody sees or moves such a one.
const ARRIVING: &str = "arriving";
/// What holds for a batch that is there as a whole.
const SEEN: &str = "b.state not in ('arriving', 'removing')";
/// How many characters of a row's message make its title.
const TITLE: usize = 120;

/// A batch to store.
#[derive(Debug, Clone)]
pub struct NewBatch {
    /// Identifier.
    pub id: BatchId,
    /// Its head.
    pub plan: BatchPlan,
    /// The version every row runs.
    pub version: u32,
    /// The file's columns.
    pub columns: Vec<String>,
    /// How many rows it has.
    pub rows: u32,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

const COLUMNS: &str = "b.id, b.name, b.version, b.state, b.note, b.format, b.columns, b.rows_at_once, b.counts, \
     b.created_at, b.created_by, b.finished_at, a.id as agent_id, a.slug as agent_slug, a.title as agent_title";

fn read(row: &QueryResult) -> Result<Batch, Error> {
    Ok(Batch {
        id: id(column::<Uuid>(row, "id")?),
        name: column(row, "name")?,
        agent: AgentRef {
            id: id(column::<Uuid>(row, "agent_id")?),
            slug: column(row, "agent_slug")?,
            title: column(row, "agent_title")?,
        },
        version: count("version", column(row, "version")?)?,
        state: word("batch state", &column::<String>(row, "state")?)?,
        note: column(row, "note")?,
        format: word("format", &column::<String>(row, "format")?)?,
        columns: from_json("columns", &column::<String>(row, "columns")?)?,
        rows_at_once: count("rows at once", column(row, "rows_at_once")?)?,
        counts: from_json("counts", &column::<String>(row, "counts")?)?,
        created_at: time(column(row, "created_at")?),
        created_by: column(row, "created_by")?,
        finished_at: column::<Option<i64>>(row, "finished_at")?.map(time),
    })
}

/// Stores a batch, still unseen, without its rows.
pub async fn announce(tx: &Tx, workspace: WorkspaceId, new: &NewBatch) -> Result<(), Error> {
    let small = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let counts = Counts { pending: new.rows, ..Counts::default() };
    let sql = "insert into batches (id, workspace_id, agent_id, version, name, state, format, columns, rows_at_once, \
         counts, turn, created_at, created_by) values ($1, $2, $3, $4, $5, $12, $6, $7, $8, $9, 0, $10, $11)";
    let values = vec![
        key_value(new.id),
        key_value(workspace),
        key_value(new.plan.agent),
        small(new.version).into(),
        new.plan.name.as_str().into(),
        new.plan.format.word().into(),
        to_json(&new.columns)?.into(),
        small(new.plan.rows_at_once).into(),
        to_json(&counts)?.into(),
        new.at.millis().into(),
        new.by.as_str().into(),
        ARRIVING.into(),
    ];
    db::execute(tx, sql, values).await.map(drop)
}

/// Stores all rows of a batch that was announced, some at a time, so that others who write have their
/// turns in between.
pub async fn add_rows(
    store: &Store,
    workspace: WorkspaceId,
    batch: BatchId,
    inputs: &[Input],
) -> Result<(), Error> {
    for (place, chunk) in inputs.chunks(CHUNK).enumerate() {
        let mut values: Vec<Value> = vec![key_value(batch), key_value(workspace)];
        let mut places = Vec::with_capacity(chunk.len());
        for (offset, input) in chunk.iter().enumerate() {
            let number = place * CHUNK + offset + 1;
            values.push(domain::text::headline(&input.message, TITLE).into());
            values.push(to_json(input)?.into());
            places.push(format!("($1, {number}, $2, 'pending', ${}, ${})", values.len() - 1, values.len()));
        }
        let sql = format!(
            "insert into batch_rows (batch_id, number, workspace_id, state, title, input) values {}",
            places.join(", ")
        );
        let write = store.write(move |tx| {
            let (sql, values) = (sql.clone(), values.clone());
            Box::pin(async move { db::execute(tx, &sql, values).await })
        });
        write.await?;
    }
    Ok(())
}

/// Lets a batch begin whose rows are all there. [`Error::Stale`] when it was removed meanwhile.
pub async fn begin(tx: &Tx, workspace: WorkspaceId, batch: BatchId) -> Result<(), Error> {
    let sql = "update batches set state = 'running' where id = $1 and workspace_id = $2 and state = $3";
    match db::execute(tx, sql, vec![key_value(batch), key_value(workspace), ARRIVING.into()]).await? {
        0 => Err(Error::Stale),
        _ => Ok(()),
    }
}

/// Removes batches whose rows never all arrived, because the process that stored them went away: those
/// that were announced before the given moment. Says how many.
pub async fn remove_unfinished(store: &Store, before: Timestamp) -> Result<u64, Error> {
    let sql = "select id from batches where finished_at is null and state = $1 and created_at < $2 limit 100";
    let found = db::all(store, sql, vec![ARRIVING.into(), before.millis().into()]).await?;
    let mut removed = 0;
    for row in &found {
        let batch: Uuid = column(row, "id")?;
        // From here on its rows cannot be completed by a process that was only slow.
        let taken = store.write(move |tx| {
            let sql = "update batches set state = 'removing' where id = $1 and state = $2";
            Box::pin(async move { db::execute(tx, sql, vec![batch.into(), ARRIVING.into()]).await })
        });
        if taken.await? > 0 {
            removed += 1;
        }
    }
    let sql = "select id from batches where finished_at is null and state = 'removing' limit 100";
    for row in &db::all(store, sql, vec![]).await? {
        let batch: Uuid = column(row, "id")?;
        let rows = format!(
            "delete from batch_rows where batch_id = $1 and number in \
             (select number from batch_rows where batch_id = $1 order by number limit {REMOVED})"
        );
        loop {
            let rows = rows.clone();
            let step = store.write(move |tx| {
                let rows = rows.clone();
                Box::pin(async move { db::execute(tx, &rows, vec![batch.into()]).await })
            });
            if step.await? == 0 {
                break;
            }
        }
        let last = store.write(move |tx| {
            let sql = "delete from batches where id = $1 and state = 'removing'";
            Box::pin(async move { db::execute(tx, sql, vec![batch.into()]).await })
        });
        last.await?;
    }
    Ok(removed)
}

/// One batch.
pub async fn get(db: &impl Db, workspace: WorkspaceId, batch: BatchId) -> Result<Option<Batch>, Error> {
    let sql = format!(
        "select {COLUMNS} from batches b join agents a on a.id = b.agent_id \
         where b.workspace_id = $1 and b.id = $2 and {SEEN}"
    );
    let row = db::one(db, &sql, vec![key_value(workspace), key_value(batch)]).await?;
    row.as_ref().map(read).transpose()
}

/// A page of batches, newest first, one row more than asked for when there is a next page.
pub async fn list(db: &impl Db, workspace: WorkspaceId, page: PageRequest) -> Result<Vec<Batch>, Error> {
    let mut values: Vec<Value> = vec![key_value(workspace)];
    let after = page.after.map_or("", |after| {
        values.push(Uuid::from_bytes(after).into());
        "and b.id < $2"
    });
    let sql = format!(
        "select {COLUMNS} from batches b join agents a on a.id = b.agent_id \
         where b.workspace_id = $1 and {SEEN} {after} order by b.id desc limit {}",
        page.limit + 1
    );
    db::all(db, &sql, values).await?.iter().map(read).collect()
}

/// Batches that have not ended, of all workspaces, oldest first.
pub async fn open(db: &impl Db) -> Result<Vec<(WorkspaceId, BatchId)>, Error> {
    let sql = format!(
        "select b.workspace_id, b.id from batches b where b.finished_at is null and {SEEN} order by b.id limit 1000"
    );
    let rows = db::all(db, &sql, vec![]).await?;
    rows.iter()
        .map(|row| Ok((id(column::<Uuid>(row, "workspace_id")?), id(column::<Uuid>(row, "id")?))))
        .collect()
}

/// Keeps others from moving a batch until the transaction ends, and reads it as it is then. Nothing
/// when it has ended.
pub async fn take_turn(tx: &Tx, workspace: WorkspaceId, batch: BatchId) -> Result<Option<Batch>, Error> {
    let sql =
        "update batches set turn = turn + 1 where id = $1 and workspace_id = $2 and finished_at is null";
    match db::execute(tx, sql, vec![key_value(batch), key_value(workspace)]).await? {
        0 => Ok(None),
        _ => get(tx, workspace, batch).await,
    }
}

/// Stores where a batch stands; only in the transaction that took the turn.
pub async fn save(tx: &Tx, workspace: WorkspaceId, batch: &Batch) -> Result<(), Error> {
    let state: BatchState = batch.state;
    let sql = "update batches set state = $1, note = $2, counts = $3, finished_at = $4 \
         where id = $5 and workspace_id = $6";
    let values = vec![
        state.word().into(),
        batch.note.clone().into(),
        to_json(&batch.counts)?.into(),
        batch.finished_at.map(Timestamp::millis).into(),
        key_value(batch.id),
        key_value(workspace),
    ];
    db::execute(tx, sql, values).await.map(drop)
}
