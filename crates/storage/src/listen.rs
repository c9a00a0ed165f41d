//! News between processes that share a PostgreSQL: LISTEN and NOTIFY.

use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{DbErr, RuntimeErr};

use crate::{Error, Store, db};

/// Hears what other processes say. Connects again by itself after a break; what was said meanwhile is
/// lost, so everything told this way must be in the database as well.
#[derive(Debug)]
pub struct Listener(PgListener);

fn broken(error: sea_orm::sqlx::Error) -> Error {
    Error::Database(DbErr::Conn(RuntimeErr::SqlxError(error.into())))
}

impl Listener {
    /// Waits for the next message.
    pub async fn next(&mut self) -> Result<String, Error> {
        Ok(self.0.recv().await.map_err(broken)?.payload().to_owned())
    }
}

impl Store {
    /// Listens on a channel; nothing where the database is not shared.
    pub async fn listen(&self, channel: &str) -> Result<Option<Listener>, Error> {
        if !self.is_shared() {
            return Ok(None);
        }
        let mut listener = PgListener::connect_with(self.postgres_pool()).await.map_err(broken)?;
        listener.listen(channel).await.map_err(broken)?;
        Ok(Some(Listener(listener)))
    }

    /// Says something on a channel, to this process as well. At most 8,000 bytes.
    pub async fn notify(&self, channel: &str, message: &str) -> Result<(), Error> {
        db::one(self, "select pg_notify($1, $2)", vec![channel.into(), message.into()]).await.map(drop)
    }
}
