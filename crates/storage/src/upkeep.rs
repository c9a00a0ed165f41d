//! What keeps the database healthy: removing what a workspace no longer keeps, in small steps;
//! giving free pages back; keeping the write-ahead log short; saying how large everything is.
//!
//! Rows are looked for outside of transactions, so that the one writer of SQLite is held only while
//! rows are removed.

mod records;

use domain::Timestamp;
use domain::ids::{ExecutionId, WorkspaceId};
use domain::upkeep::{Removal, Retention, Sizes, TableSize};
use sea_orm::sqlx::{self, AssertSqlSafe, Row as _, query, query_scalar};
use sea_orm::{DbErr, RuntimeErr, Value};
use uuid::Uuid;

use crate::db;
use crate::row::{big, column, id, key_value};
use crate::{Db, Error, Store, Tx};

pub use records::{Line, Records, old_records, remove_records};

/// Ids sort by time, so what was made before a moment has a lesser id than this.
fn floor(at: Timestamp) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&at.millis().max(0).to_be_bytes()[2..]);
    Uuid::from_bytes(bytes)
}

/// An ended execution that is no longer kept whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Which.
    pub execution: ExecutionId,
    /// Rows of its story, at most.
    pub events: u64,
}

/// Executions that ended before a moment, oldest first, after the given one, at most `limit`.
pub async fn ended_before(
    db: &impl Db,
    workspace: WorkspaceId,
    before: Timestamp,
    after: Option<ExecutionId>,
    limit: u32,
) -> Result<Vec<Ended>, Error> {
    ended(db, workspace, before, after, "", limit).await
}

/// The same of those whose story has more than its end.
pub async fn told_before(
    db: &impl Db,
    workspace: WorkspaceId,
    before: Timestamp,
    after: Option<ExecutionId>,
    limit: u32,
) -> Result<Vec<Ended>, Error> {
    let told = "and exists (select 1 from events v where v.execution_id = executions.id and v.number < executions.last_event)";
    ended(db, workspace, before, after, told, limit).await
}

async fn ended(
    db: &impl Db,
    workspace: WorkspaceId,
    before: Timestamp,
    after: Option<ExecutionId>,
    condition: &str,
    limit: u32,
) -> Result<Vec<Ended>, Error> {
    let sql = format!(
        "select id, last_event from executions where workspace_id = $1 and id < $2 and id > $3 \
         and finished_at < $4 {condition} order by id limit {limit}"
    );
    let values = vec![key_value(workspace), floor(before).into(), beyond(after), before.millis().into()];
    let read = |row| {
        let events = big("number of events", column(row, "last_event")?)?;
        Ok(Ended { execution: id(column::<Uuid>(row, "id")?), events })
    };
    db::all(db, &sql, values).await?.iter().map(read).collect()
}

/// The oldest execution after the given one that was accepted before a moment and had not ended by then.
pub async fn open_at(
    db: &impl Db,
    workspace: WorkspaceId,
    at: Timestamp,
    after: Option<ExecutionId>,
) -> Result<Option<ExecutionId>, Error> {
    let sql = "select id from executions where workspace_id = $1 and id < $2 and id > $3 \
         and (finished_at is null or finished_at >= $4) order by id limit 1";
    let values = vec![key_value(workspace), floor(at).into(), beyond(after), at.millis().into()];
    db::one(db, sql, values).await?.map(|row| Ok(id(column::<Uuid>(&row, "id")?))).transpose()
}

fn beyond(after: Option<ExecutionId>) -> Value {
    after.map_or(Uuid::nil().into(), key_value)
}

/// Forgets processes that were not seen since the given moment, and says how many.
pub async fn remove_workers(tx: &Tx, seen_before: Timestamp) -> Result<u64, Error> {
    db::execute(tx, "delete from workers where seen_at < $1", vec![seen_before.millis().into()]).await
}

/// What a setting would remove now.
pub async fn removal(
    db: &impl Db,
    workspace: WorkspaceId,
    setting: Retention,
    now: Timestamp,
) -> Result<Removal, Error> {
    let mut removal = Removal::default();
    if let Some(before) = cutoff(now, setting.executions_days) {
        let sql = "select count(*) as number from executions \
             where workspace_id = $1 and id < $2 and finished_at < $3";
        let values = vec![key_value(workspace), floor(before).into(), before.millis().into()];
        let row = db::one(db, sql, values).await?.ok_or(Error::corrupt("count"))?;
        removal.executions = big("count", column(&row, "number")?)?;
        for (records, number) in [
            (Records::Firings, &mut removal.firings),
            (Records::BatchRows, &mut removal.batch_rows),
            (Records::BulkRows, &mut removal.bulk_rows),
        ] {
            let sql = format!("select count(*) as number {}", records.old());
            let values = vec![key_value(workspace), before.millis().into()];
            let row = db::one(db, &sql, values).await?.ok_or(Error::corrupt("count"))?;
            *number = big("count", column(&row, "number")?)?;
        }
    }
    if let Some(before) = cutoff(now, setting.events_days) {
        let kept_from = cutoff(now, setting.executions_days).unwrap_or(Timestamp::from_millis(0));
        let sql = "select count(*) as number from executions e join events v on v.execution_id = e.id \
             where e.workspace_id = $1 and e.id < $2 and e.finished_at < $3 and e.finished_at >= $4 \
             and v.number < e.last_event";
        let values = vec![
            key_value(workspace),
            floor(before).into(),
            before.millis().into(),
            kept_from.millis().into(),
        ];
        let row = db::one(db, sql, values).await?.ok_or(Error::corrupt("count"))?;
        removal.events = big("count", column(&row, "number")?)?;
    }
    Ok(removal)
}

/// The moment before which something ended long enough ago; none when it is kept for ever.
pub fn cutoff(now: Timestamp, days: Option<u32>) -> Option<Timestamp> {
    let day = 24 * 60 * 60 * 1_000;
    days.map(|days| Timestamp::from_millis(now.millis() - i64::from(days) * day))
}

/// Removes at most `limit` events of an ended execution, oldest first, never the last one. Gives how
/// many were removed.
pub async fn remove_events(
    tx: &Tx,
    workspace: WorkspaceId,
    execution: ExecutionId,
    limit: u64,
) -> Result<u64, Error> {
    let sql = format!(
        "delete from events where execution_id = $1 and workspace_id = $2 and number < (select min(v.number) from events v \
           where v.execution_id = $1) + {limit} \
         and number < (select e.last_event from executions e where e.id = $1 and e.finished_at is not null)"
    );
    db::execute(tx, &sql, vec![key_value(execution), key_value(workspace)]).await
}

/// Removes an ended execution with everything that belongs to it. False when there is none.
pub async fn remove_execution(
    tx: &Tx,
    workspace: WorkspaceId,
    execution: ExecutionId,
) -> Result<bool, Error> {
    let ended = "select 1 from executions e where e.id = $1 and e.finished_at is not null";
    for table in BELONGINGS {
        let sql =
            format!("delete from {table} where execution_id = $1 and workspace_id = $2 and exists ({ended})");
        db::execute(tx, &sql, vec![key_value(execution), key_value(workspace)]).await?;
    }
    let sql = "delete from executions where id = $1 and workspace_id = $2 and finished_at is not null";
    Ok(db::execute(tx, sql, vec![key_value(execution), key_value(workspace)]).await? > 0)
}

/// Tables whose rows belong to an execution and refer to it.
const BELONGINGS: [&str; 4] = ["approvals", "events", "steps", "attempts"];

/// Gives up to `pages` free pages of the file back to the system; true while there are more.
/// PostgreSQL does this by itself.
pub async fn vacuum(tx: &Tx, pages: u32) -> Result<bool, Error> {
    if db::is_postgres(tx) {
        return Ok(false);
    }
    db::all(tx, &format!("pragma incremental_vacuum({pages})"), Vec::new()).await?;
    let row = db::one(tx, "select freelist_count as free from pragma_freelist_count", Vec::new()).await?;
    let free: i64 = row.map_or(Ok(0), |row| column(&row, "free"))?;
    Ok(free > 0)
}

impl Store {
    /// Bytes of SQLite's write-ahead log; none on PostgreSQL.
    pub fn log_bytes(&self) -> Option<u64> {
        let file = self.file()?;
        let log = file.with_file_name(format!("{}-wal", file.file_name()?.to_string_lossy()));
        Some(std::fs::metadata(log).map_or(0, |metadata| metadata.len()))
    }

    /// Moves the whole write-ahead log into the database and cuts its file, unless readers keep it: then
    /// it is left for another time, since whoever waits here keeps all others from writing. True when that
    /// was done. To be awaited to its end.
    pub async fn cut_log(&self) -> Result<bool, Error> {
        if self.is_shared() {
            return Ok(true);
        }
        let mut writer = self.sqlite_writer().acquire().await.map_err(asked)?;
        let patience: i64 =
            query_scalar("pragma busy_timeout").fetch_one(&mut *writer).await.map_err(asked)?;
        let cut = async {
            query("pragma busy_timeout = 0").execute(&mut *writer).await?;
            query("pragma wal_checkpoint(truncate)").fetch_one(&mut *writer).await?.try_get("busy")
        };
        let busy: Result<i32, _> = cut.await;
        let patience = AssertSqlSafe(format!("pragma busy_timeout = {patience}"));
        if let Err(error) = query(patience).execute(&mut *writer).await {
            // The next one is opened with settings of its own.
            writer.close_on_drop();
            return Err(asked(error));
        }
        Ok(busy.map_err(asked)? == 0)
    }
}

fn asked(error: sqlx::Error) -> Error {
    Error::Database(DbErr::Query(RuntimeErr::SqlxError(error.into())))
}

/// How large everything is. On SQLite this reads the whole file.
pub async fn sizes(store: &Store) -> Result<Sizes, Error> {
    let sql = if store.is_shared() {
        "select c.relname::text as name, pg_total_relation_size(c.oid) as bytes from pg_class c \
         where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' order by 2 desc, 1"
    } else {
        "select m.tbl_name as name, sum(s.pgsize) as bytes from dbstat s \
         join sqlite_schema m on m.name = s.name where s.aggregate = true \
         group by m.tbl_name order by 2 desc, 1"
    };
    let mut tables = Vec::new();
    for row in db::all(store, sql, Vec::new()).await? {
        tables.push(TableSize { name: column(&row, "name")?, bytes: big("size", column(&row, "bytes")?)? });
    }
    let sql = if store.is_shared() {
        "select pg_database_size(current_database()) as bytes, cast(0 as bigint) as free"
    } else {
        "select c.page_count * s.page_size as bytes, f.freelist_count * s.page_size as free \
         from pragma_page_count c, pragma_page_size s, pragma_freelist_count f"
    };
    let row = db::one(store, sql, Vec::new()).await?.ok_or(Error::corrupt("size"))?;
    Ok(Sizes {
        database_bytes: big("size", column(&row, "bytes")?)?,
        free_bytes: big("size", column(&row, "free")?)?,
        log_bytes: store.log_bytes(),
        tables,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sea_orm::{ConnectionTrait as _, DbBackend, Statement, TransactionTrait as _};

    use super::*;

    const COUNT: &str = "select count(*) from workers";
    const ADD: &str = "insert into workers (id, name, version, slots, busy, refused_writes, started_at, seen_at) \
         values (randomblob(16), 'a', '1', 1, 0, 0, 0, 0)";

    #[tokio::test]
    async fn everything_that_refers_to_an_execution_goes_with_it() {
        let folder = tempfile::tempdir().expect("folder");
        let address = format!("sqlite://{}", folder.path().join("test.db").display());
        let store = Store::open(&address).await.expect("opens");
        let sql = "select m.name as name from sqlite_schema m join pragma_foreign_key_list(m.name) k \
             where m.type = 'table' and k.\"table\" = 'executions'";
        let rows = db::all(&store, sql, Vec::new()).await.expect("reads");
        let tables: std::collections::BTreeSet<String> =
            rows.iter().map(|row| column(row, "name").expect("a name")).collect();
        assert_eq!(tables, BELONGINGS.map(str::to_owned).into(), "remove_execution must know each of them");
    }

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "a reader that stays where it is")]
    async fn a_log_that_is_read_is_left_alone_at_once() {
        let folder = tempfile::tempdir().expect("folder");
        let address = format!("sqlite://{}", folder.path().join("test.db").display());
        let store = Store::open(&address).await.expect("opens");
        let patience = async || {
            let mut writer = store.sqlite_writer().acquire().await.expect("is free");
            let asked = query_scalar::<_, i64>("pragma busy_timeout").fetch_one(&mut *writer).await;
            asked.expect("asks")
        };
        let before = patience().await;
        assert!(before > 0, "writers wait for each other");
        let reader = sea_orm::Database::connect(address.as_str()).await.expect("connects");
        let reading = reader.begin().await.expect("begins");
        reading.query_one_raw(Statement::from_string(DbBackend::Sqlite, COUNT)).await.expect("reads");
        let write = || store.write(|tx| Box::pin(db::execute(tx, ADD, Vec::new())));
        write().await.expect("writes");
        // Far longer than a look takes, and shorter than a writer's patience.
        let cut = tokio::time::timeout(Duration::from_secs(5), store.cut_log()).await;
        assert!(!cut.expect("nobody waits for readers").expect("looks"), "the log is read");
        write().await.expect("writes");
        assert_eq!(patience().await, before);
        reading.commit().await.expect("ends");
        assert!(store.cut_log().await.expect("cuts"), "nobody reads any more");
        assert_eq!((store.log_bytes(), patience().await), (Some(0), before));
    }
}
