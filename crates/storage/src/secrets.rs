//! Encrypted values. This room sees nonces and ciphertexts, never a value.

use domain::Timestamp;
use domain::ids::{SecretId, WorkspaceId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::entity::secrets;
use crate::row::{id, key, time};
use crate::{Db, Error, Tx, db};

/// An encrypted value as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Identifier; part of what the ciphertext is bound to.
    pub id: SecretId,
    /// Name in the workspace.
    pub name: String,
    /// Used once, with this ciphertext.
    pub nonce: Vec<u8>,
    /// The encrypted value.
    pub ciphertext: Vec<u8>,
    /// When it was first set.
    pub created_at: Timestamp,
    /// When it was last set.
    pub updated_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// One secret by name.
pub async fn get(db: &impl Db, workspace: WorkspaceId, name: &str) -> Result<Option<Sealed>, Error> {
    let row = secrets::Entity::find()
        .filter(secrets::Column::WorkspaceId.eq(key(workspace)))
        .filter(secrets::Column::Name.eq(name))
        .one(&db.executor())
        .await?;
    Ok(row.map(read))
}

/// Secrets whose names begin with a text, by name, at most 500.
pub async fn list(db: &impl Db, workspace: WorkspaceId, begin: &str) -> Result<Vec<Sealed>, Error> {
    let rows = secrets::Entity::find()
        .filter(secrets::Column::WorkspaceId.eq(key(workspace)))
        .filter(secrets::Column::Name.starts_with(begin))
        .order_by_asc(secrets::Column::Name)
        .limit(500)
        .all(&db.executor())
        .await?;
    Ok(rows.into_iter().map(read).collect())
}

fn read(row: secrets::Model) -> Sealed {
    Sealed {
        id: id(row.id),
        name: row.name,
        nonce: row.nonce,
        ciphertext: row.ciphertext,
        created_at: time(row.created_at),
        updated_at: time(row.updated_at),
        last_used_at: row.last_used_at.map(time),
    }
}

/// Sets a secret in place of what had its name. The id of an earlier value is kept by the caller,
/// because the ciphertext is bound to it.
pub async fn set(tx: &Tx, workspace: WorkspaceId, sealed: &Sealed) -> Result<(), Error> {
    let sql = "insert into secrets
        (id, workspace_id, name, nonce, ciphertext, created_at, updated_at, last_used_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (workspace_id, name) do update
        set id = excluded.id, nonce = excluded.nonce, ciphertext = excluded.ciphertext,
            updated_at = excluded.updated_at, last_used_at = excluded.last_used_at";
    let values = vec![
        key(sealed.id).into(),
        key(workspace).into(),
        sealed.name.clone().into(),
        sealed.nonce.clone().into(),
        sealed.ciphertext.clone().into(),
        sealed.created_at.millis().into(),
        sealed.updated_at.millis().into(),
        sealed.last_used_at.map(Timestamp::millis).into(),
    ];
    db::execute(tx, sql, values).await?;
    Ok(())
}

/// Notes that a secret was used.
pub async fn touch(tx: &Tx, workspace: WorkspaceId, secret: SecretId, at: Timestamp) -> Result<(), Error> {
    let sql = "update secrets set last_used_at = $1 where workspace_id = $2 and id = $3";
    db::execute(tx, sql, vec![at.millis().into(), key(workspace).into(), key(secret).into()]).await?;
    Ok(())
}

/// Removes a secret; false when there was none.
pub async fn remove(tx: &Tx, workspace: WorkspaceId, name: &str) -> Result<bool, Error> {
    let sql = "delete from secrets where workspace_id = $1 and name = $2";
    Ok(db::execute(tx, sql, vec![key(workspace).into(), name.into()]).await? > 0)
}
