//! Connections and transactions.
//!
//! SQLite has one writer: all transactions share a pool of a single connection and begin
//! IMMEDIATE, so a reader never has to become a writer. Reads go to a pool of their own. WAL with
//! `synchronous=FULL`: what was committed survives a power cut.

use std::path::Path;
use std::time::Duration;

use migration::MigratorTrait as _;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseExecutor, DatabaseTransaction,
    DbBackend, QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, Value,
};

use crate::{Error, batch};

/// An open database, cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    /// Only on SQLite, and not in the store that commits the groups itself.
    groups: Option<batch::Sender>,
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

    #[expect(
        clippy::disallowed_methods,
        reason = "the one home of database connections, and of the task that commits groups, which ends with the store"
    )]
    async fn open_sqlite(address: &str) -> Result<Self, Error> {
        let path = address
            .trim_start_matches("sqlite:")
            .trim_start_matches("//")
            .split('?')
            .next()
            .unwrap_or_default()
            .to_owned();
        if let Some(folder) = Path::new(&path).parent().filter(|folder| !folder.as_os_str().is_empty()) {
            tokio::fs::create_dir_all(folder).await.map_err(Error::Address)?;
        }
        let options = |connections: u32, reads: bool| {
            let mut options = ConnectOptions::new(format!("sqlite://{path}?mode=rwc"));
            options
                .max_connections(connections)
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
                    if reads {
                        sqlite.pragma("query_only", "ON")
                    } else {
                        sqlite.pragma("journal_size_limit", "67108864")
                    }
                });
            options
        };
        let writer = Database::connect(options(1, false)).await?;
        let reader = Database::connect(options(4, true)).await?;
        let (groups, jobs) = batch::channel();
        let committing = Self { writer: writer.clone(), reader: reader.clone(), groups: None };
        tokio::spawn(batch::commit_groups(committing, jobs));
        Ok(Self { writer, reader, groups: Some(groups) })
    }

    #[expect(clippy::disallowed_methods, reason = "the one home of database connections")]
    async fn open_postgres(address: &str) -> Result<Self, Error> {
        let mut options = ConnectOptions::new(address.to_owned());
        options
            .max_connections(20)
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(10))
            .sqlx_logging(false);
        let pool = Database::connect(options).await?;
        Ok(Self { writer: pool.clone(), reader: pool, groups: None })
    }

    /// Begins a transaction that writes.
    pub async fn begin(&self) -> Result<Tx, Error> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Tx(self.writer.begin_with_options(options).await?))
    }

    /// The pool behind a shared store.
    pub(crate) fn postgres_pool(&self) -> &sea_orm::sqlx::PgPool {
        self.writer.get_postgres_connection_pool()
    }

    /// Where writes gather for a common commit.
    pub(crate) const fn groups(&self) -> Option<&batch::Sender> {
        self.groups.as_ref()
    }

    /// True on PostgreSQL, where several processes may share the database.
    pub fn is_shared(&self) -> bool {
        self.writer.get_database_backend() == DbBackend::Postgres
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
