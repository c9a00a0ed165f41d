//! Connections and transactions.
//!
//! SQLite has one writer: all transactions share a pool of a single connection and begin
//! IMMEDIATE, so a reader never has to become a writer. Reads go to a pool of their own. WAL with
//! `synchronous=FULL`: what was committed survives a power cut.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use migration::MigratorTrait as _;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseExecutor, DatabaseTransaction,
    DbBackend, DbErr, QueryResult, RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait, Value,
};

use crate::{Error, batch};

/// An open database, cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    /// Only on SQLite, and not in the store that commits the groups itself.
    groups: Option<batch::Sender>,
    file: Option<Arc<Path>>,
}

/// A transaction; rolled back when dropped without [`Tx::commit`].
#[derive(Debug)]
pub struct Tx(DatabaseTransaction);

/// Somewhere to ask: a [`Store`] outside, a [`Tx`] inside a transaction.
pub trait Db: Sync + private::Sealed {}

pub(crate) mod private {
    use super::DatabaseExecutor;

    /// Gives the queries of this room their connection.
    pub trait Sealed {
        fn executor(&self) -> DatabaseExecutor<'_>;
    }
}

impl Db for Store {}
impl Db for Tx {}

impl private::Sealed for Store {
    fn executor(&self) -> DatabaseExecutor<'_> {
        DatabaseExecutor::Connection(&self.reader)
    }
}

impl private::Sealed for Tx {
    fn executor(&self) -> DatabaseExecutor<'_> {
        DatabaseExecutor::Transaction(&self.0)
    }
}

impl Store {
    /// Opens the database of the address, makes it if it is a missing SQLite file, and brings its
    /// schema up to date. `sqlite://data/shopfloor.db` and `postgres://...` are understood.
    pub async fn open(address: &str) -> Result<Self, Error> {
        let store = if address.starts_with("sqlite:") {
            Self::open_sqlite(address).await?
        } else {
            Self::open_postgres(address).await?
        };
        store.migrate().await?;
        Ok(store)
    }

    /// Processes that start together on PostgreSQL take turns: of two that make the same table at
    /// once one would fail.
    async fn migrate(&self) -> Result<(), Error> {
        let turn = if self.is_shared() {
            let turn = self.writer.begin().await?;
            turn.execute_unprepared("select pg_advisory_xact_lock(7310868735427768431)").await?;
            Some(turn)
        } else {
            None
        };
        migration::Migrator::up(&self.writer, None).await?;
        if let Some(turn) = turn {
            turn.commit().await?;
        }
        Ok(())
    }

    /// Opens a database for this caller alone, as it is: one connection, and a lock that keeps others
    /// out until it is closed. None when somebody else is connected. The schema stays what it was; see
    /// [`Store::migrate_alone`].
    pub(crate) async fn open_alone(address: &str) -> Result<Option<Self>, Error> {
        if !address.starts_with("sqlite:") {
            let store = Self::connect_postgres(address, Use::Alone).await?;
            if crate::transfer::take_turn(&store).await? {
                return Ok(Some(store));
            }
            store.close().await?;
            return Ok(None);
        }
        let alone = async {
            let connection = Self::connect_sqlite(address, Use::Alone).await?;
            let store = Self { writer: connection.clone(), reader: connection, groups: None, file: None };
            // The lock is taken with the first look, and kept.
            store.begin().await?.commit().await?;
            Ok(store)
        };
        match alone.await {
            Ok(store) => Ok(Some(store)),
            Err(error) if is_busy(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Brings the schema of a database up to date that was opened alone.
    pub(crate) async fn migrate_alone(&self) -> Result<(), Error> {
        Ok(migration::Migrator::up(&self.writer, None).await?)
    }

    #[expect(clippy::disallowed_methods, reason = "the task that commits groups ends with the store")]
    async fn open_sqlite(address: &str) -> Result<Self, Error> {
        let writer = Self::connect_sqlite(address, Use::Write).await?;
        let reader = Self::connect_sqlite(address, Use::Read).await?;
        let (groups, jobs) = batch::channel();
        let store = Self { writer, reader, groups: None, file: Some(sqlite_path(address).into()) };
        tokio::spawn(batch::commit_groups(store.clone(), jobs));
        Ok(Self { groups: Some(groups), ..store })
    }

    #[expect(clippy::disallowed_methods, reason = "the one home of database connections")]
    async fn connect_sqlite(address: &str, purpose: Use) -> Result<DatabaseConnection, Error> {
        let path = sqlite_path(address);
        make_folder(&path).await?;
        let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()));
        options
            .max_connections(if purpose == Use::Read { 4 } else { 1 })
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(30))
            .max_lifetime(None)
            .idle_timeout(None)
            .test_before_acquire(false)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(move |sqlite| {
                let sqlite = sqlite
                    .pragma("auto_vacuum", "INCREMENTAL")
                    .pragma("journal_mode", "WAL")
                    .pragma("synchronous", "FULL")
                    .pragma("foreign_keys", "ON")
                    .pragma("cache_size", "-16000")
                    .busy_timeout(Duration::from_secs(15));
                match purpose {
                    Use::Read => sqlite.pragma("query_only", "ON"),
                    Use::Write => sqlite.pragma("journal_size_limit", "67108864"),
                    Use::Alone => {
                        sqlite.pragma("locking_mode", "EXCLUSIVE").busy_timeout(Duration::from_millis(500))
                    }
                }
            });
        Ok(Database::connect(options).await?)
    }

    async fn open_postgres(address: &str) -> Result<Self, Error> {
        Self::connect_postgres(address, Use::Write).await
    }

    #[expect(clippy::disallowed_methods, reason = "the one home of database connections")]
    async fn connect_postgres(address: &str, purpose: Use) -> Result<Self, Error> {
        let mut options = ConnectOptions::new(address.to_owned());
        options.min_connections(1).acquire_timeout(Duration::from_secs(10)).sqlx_logging(false);
        if purpose == Use::Alone {
            options.max_connections(1).max_lifetime(None).idle_timeout(None);
        } else {
            // While the instance is moved no connection is of use; those that are keep a move from beginning.
            options.max_connections(20).map_sqlx_postgres_pool_opts(|pool| {
                pool.after_connect(|connection, _| Box::pin(crate::transfer::share(connection)))
            });
        }
        let pool = Database::connect(options).await?;
        Ok(Self { writer: pool.clone(), reader: pool, groups: None, file: None })
    }

    /// Begins a transaction that writes.
    pub async fn begin(&self) -> Result<Tx, Error> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Tx(self.writer.begin_with_options(options).await?))
    }

    /// Keeps other servers away from a SQLite database for as long as the answer lives: a file beside
    /// the database is locked, which the system lets go of when the process ends, however it ends. None
    /// when another process has it. PostgreSQL is for many, so nothing is locked there.
    pub async fn hold(address: &str) -> Result<Option<Held>, Error> {
        if !address.starts_with("sqlite:") {
            return Ok(Some(Held(None)));
        }
        let file = sqlite_path(address);
        make_folder(&file).await?;
        let path = file.with_file_name(format!("{}-lock", file.file_name().unwrap_or_default().display()));
        let lock = std::fs::File::create(path).map_err(Error::Address)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Held(Some(lock)))),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(Error::Address(error)),
        }
    }

    /// True on PostgreSQL, where several processes may share the database.
    pub fn is_shared(&self) -> bool {
        self.writer.get_database_backend() == DbBackend::Postgres
    }

    /// The pool behind a shared store.
    pub(crate) fn postgres_pool(&self) -> &sea_orm::sqlx::PgPool {
        self.writer.get_postgres_connection_pool()
    }

    /// Where writes gather for a common commit.
    pub(crate) const fn groups(&self) -> Option<&batch::Sender> {
        self.groups.as_ref()
    }

    /// The file of a SQLite database.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The one connection of a SQLite store that writes.
    pub(crate) fn sqlite_writer(&self) -> &sea_orm::sqlx::SqlitePool {
        self.writer.get_sqlite_connection_pool()
    }

    /// Asks the database for an answer, and whether every migration was applied.
    pub async fn check(&self) -> Result<bool, Error> {
        self.reader.execute_unprepared("select 1").await?;
        Ok(migration::Migrator::get_pending_migrations(&self.reader).await?.is_empty())
    }

    /// Closes the connections after what runs on them has ended.
    pub async fn close(self) -> Result<(), Error> {
        self.reader.close().await?;
        self.writer.close().await?;
        Ok(())
    }
}

/// The right to be the one server of a SQLite database.
#[derive(Debug)]
pub struct Held(
    #[expect(dead_code, reason = "the lock lasts as long as the open file")] Option<std::fs::File>,
);

/// What a connection is for. On PostgreSQL every connection both reads and writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Read,
    Write,
    Alone,
}

/// Makes the folder that a database lies in.
async fn make_folder(file: &Path) -> Result<(), Error> {
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => tokio::fs::create_dir_all(folder).await.map_err(Error::Address),
        None => Ok(()),
    }
}

/// The file of a SQLite address.
pub(crate) fn sqlite_path(address: &str) -> PathBuf {
    let path = address.trim_start_matches("sqlite:").trim_start_matches("//");
    PathBuf::from(path.split('?').next().unwrap_or_default())
}

/// True when SQLite found the file locked by somebody else.
fn is_busy(error: &Error) -> bool {
    let Error::Database(DbErr::Conn(cause) | DbErr::Exec(cause) | DbErr::Query(cause)) = error else {
        return false;
    };
    let RuntimeErr::SqlxError(cause) = cause else { return false };
    // The lowest byte of SQLite's result is its primary code; 5 is SQLITE_BUSY.
    let code = cause.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == 5)
}

impl Tx {
    /// Makes the changes durable.
    pub async fn commit(self) -> Result<(), Error> {
        Ok(self.0.commit().await?)
    }
}

/// A statement with `$1`-style places, which both databases read.
pub(crate) fn statement(db: &impl Db, sql: &str, values: Vec<Value>) -> Statement {
    let statement = Statement::from_sql_and_values(db.executor().get_database_backend(), sql, values);
    #[cfg(test)]
    crate::plans::note(&statement);
    statement
}

/// Runs a statement and says how many rows it changed.
pub(crate) async fn execute(db: &impl Db, sql: &str, values: Vec<Value>) -> Result<u64, Error> {
    let executor = db.executor();
    Ok(executor.execute_raw(statement(db, sql, values)).await?.rows_affected())
}

/// Runs a query for at most one row.
pub(crate) async fn one(db: &impl Db, sql: &str, values: Vec<Value>) -> Result<Option<QueryResult>, Error> {
    let executor = db.executor();
    Ok(executor.query_one_raw(statement(db, sql, values)).await?)
}

/// Runs a query for all rows.
pub(crate) async fn all(db: &impl Db, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, Error> {
    let executor = db.executor();
    Ok(executor.query_all_raw(statement(db, sql, values)).await?)
}

/// True when the connection speaks PostgreSQL.
pub(crate) fn is_postgres(db: &impl Db) -> bool {
    db.executor().get_database_backend() == DbBackend::Postgres
}
