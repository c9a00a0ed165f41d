//! What can go wrong with the database, as a caller can act on it.

use domain::executions::Status;
use sea_orm::{DbErr, SqlErr};

/// A failed query.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address of the database cannot be used.
    #[error("use the database address")]
    Address(#[source] std::io::Error),
    /// A unique constraint: there is one already.
    #[error("store a second row under the same name")]
    Duplicate(#[source] DbErr),
    /// An idempotency key that another request used first.
    #[error("use an idempotency key that is taken")]
    KeyTaken,
    /// The row is not in the state the change was based on.
    #[error("change a row that was changed meanwhile")]
    Stale,
    /// The execution is not in the state that the change needs, or another worker holds it now.
    #[error("change an execution that is {found} under fence {fence}")]
    Moved {
        /// The state found.
        found: Status,
        /// The fence found.
        fence: i64,
    },
    /// The database is being closed.
    #[error("write to a database that is being closed")]
    Closed,
    /// A stored value cannot be read back.
    #[error("read the stored {what}")]
    Corrupt {
        /// Which value.
        what: &'static str,
        /// Why, if there is an inner error.
        #[source]
        source: Option<serde_json::Error>,
    },
    /// Everything else.
    #[error("ask the database")]
    Database(#[source] DbErr),
}

impl Error {
    /// A value of the given name that cannot be read.
    pub(crate) const fn corrupt(what: &'static str) -> Self {
        Self::Corrupt { what, source: None }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::Duplicate(error),
            _ => Self::Database(error),
        }
    }
}
