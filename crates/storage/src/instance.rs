//! Facts about this installation as a whole, such as the check value of the master key.

use sea_orm::EntityTrait as _;

use crate::entity::instance;
use crate::{Db, Error, Tx, db};

/// One fact, if it was written.
pub async fn get(db: &impl Db, key: &str) -> Result<Option<String>, Error> {
    let row = instance::Entity::find_by_id(key.to_owned()).one(&db.executor()).await?;
    Ok(row.map(|row| row.value))
}

/// Writes a fact unless there is one already; the first writer wins.
pub async fn set_once(tx: &Tx, key: &str, value: &str) -> Result<(), Error> {
    let sql = "insert into instance (key, value) values ($1, $2) on conflict (key) do nothing";
    db::execute(tx, sql, vec![key.into(), value.into()]).await?;
    Ok(())
}
