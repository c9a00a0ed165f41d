//! Being the only one on a PostgreSQL database for the time of a move.
//!
//! Every connection of a server holds an advisory lock with the others, from its begin to its end; a
//! move holds the same lock alone. So neither begins while the other goes on, even between two looks
//! at who is connected. Those who do not know the lock are looked for as well.

use std::time::Duration;

use sea_orm::sqlx::{self, Executor as _, PgConnection};

use crate::row::column;
use crate::{Error, Store, db};

/// Number of the lock.
const MOVE: i64 = 7_310_868_735_427_768_432;

/// What a server's connection does first: it holds the lock with others, or waits for the end of a move.
pub(crate) async fn share(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let take = sqlx::query("select pg_advisory_lock_shared($1)").bind(MOVE);
    connection.execute(take).await.map(drop)
}

/// Takes the lock for this one connection alone. False when somebody else is connected.
pub(crate) async fn take_turn(store: &Store) -> Result<bool, Error> {
    let sql = "select pg_try_advisory_lock($1) as taken, (select count(*) from pg_stat_activity \
         where datname = current_database() and backend_type = 'client backend' \
         and pid <> pg_backend_pid()) as others";
    // A connection that was just closed takes a moment to be gone.
    for _ in 0..10 {
        let row = db::one(store, sql, vec![MOVE.into()]).await?.ok_or(Error::corrupt("turn"))?;
        if column::<bool>(&row, "taken")? && column::<i64>(&row, "others")? == 0 {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(false)
}
