//! API keys. Of a token only its hash is stored.

use domain::Timestamp;
use domain::access::Permission;
use domain::api_keys::ApiKey;
use domain::ids::{ApiKeyId, WorkspaceId};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::db::private::Sealed as _;
use crate::entity::api_keys;
use crate::row::{count, id, key, time, word};
use crate::{Db, Error, Tx, db};

/// A key with what checking a token needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The workspace it acts in.
    pub workspace: WorkspaceId,
    /// SHA-256 of the token.
    pub hash: Vec<u8>,
    /// What may be shown of it.
    pub shown: ApiKey,
}

fn read(row: api_keys::Model) -> Result<StoredKey, Error> {
    let scopes = row
        .scopes
        .split_whitespace()
        .map(|text| word::<Permission>("scope", text))
        .collect::<Result<_, _>>()?;
    Ok(StoredKey {
        workspace: id(row.workspace_id),
        hash: row.hash,
        shown: ApiKey {
            id: id(row.id),
            name: row.name,
            prefix: row.prefix,
            scopes,
            requests_per_minute: row
                .requests_per_minute
                .map(|limit| count("request limit", limit))
                .transpose()?,
            created_by: row.created_by,
            created_at: time(row.created_at),
            expires_at: row.expires_at.map(time),
            last_used_at: row.last_used_at.map(time),
            revoked_at: row.revoked_at.map(time),
        },
    })
}

/// Adds a key.
pub async fn insert(tx: &Tx, workspace: WorkspaceId, api_key: &ApiKey, hash: &[u8]) -> Result<(), Error> {
    let limit = api_key.requests_per_minute.map(i32::try_from).transpose();
    let scopes: Vec<&str> = api_key.scopes.iter().map(|scope| scope.scope()).collect();
    let model = api_keys::ActiveModel {
        id: Set(key(api_key.id)),
        workspace_id: Set(key(workspace)),
        name: Set(api_key.name.clone()),
        hash: Set(hash.to_vec()),
        prefix: Set(api_key.prefix.clone()),
        scopes: Set(scopes.join(" ")),
        requests_per_minute: Set(limit.map_err(|_| Error::corrupt("request limit"))?),
        created_by: Set(api_key.created_by.clone()),
        created_at: Set(api_key.created_at.millis()),
        expires_at: Set(api_key.expires_at.map(Timestamp::millis)),
        last_used_at: Set(api_key.last_used_at.map(Timestamp::millis)),
        revoked_at: Set(api_key.revoked_at.map(Timestamp::millis)),
    };
    api_keys::Entity::insert(model).exec_without_returning(&tx.executor()).await?;
    Ok(())
}

/// One key.
pub async fn get(db: &impl Db, workspace: WorkspaceId, api_key: ApiKeyId) -> Result<Option<ApiKey>, Error> {
    let row = api_keys::Entity::find_by_id(key(api_key))
        .filter(api_keys::Column::WorkspaceId.eq(key(workspace)))
        .one(&db.executor())
        .await?;
    Ok(row.map(read).transpose()?.map(|stored| stored.shown))
}

/// The key that a token names. The token decides on the workspace, so this asks for none.
pub async fn for_token(db: &impl Db, api_key: ApiKeyId) -> Result<Option<StoredKey>, Error> {
    api_keys::Entity::find_by_id(key(api_key)).one(&db.executor()).await?.map(read).transpose()
}

/// A workspace's keys, revoked ones too, newest first.
pub async fn list(db: &impl Db, workspace: WorkspaceId) -> Result<Vec<ApiKey>, Error> {
    let rows = api_keys::Entity::find()
        .filter(api_keys::Column::WorkspaceId.eq(key(workspace)))
        .order_by_desc(api_keys::Column::Id)
        .all(&db.executor())
        .await?;
    rows.into_iter().map(|row| Ok(read(row)?.shown)).collect()
}

/// Revokes a key; false when there is none that was not revoked before.
pub async fn revoke(
    tx: &Tx,
    workspace: WorkspaceId,
    api_key: ApiKeyId,
    at: Timestamp,
) -> Result<bool, Error> {
    let sql =
        "update api_keys set revoked_at = $1 where workspace_id = $2 and id = $3 and revoked_at is null";
    let values = vec![at.millis().into(), key(workspace).into(), key(api_key).into()];
    Ok(db::execute(tx, sql, values).await? > 0)
}

/// Notes that a key was used.
pub async fn touch(tx: &Tx, workspace: WorkspaceId, api_key: ApiKeyId, at: Timestamp) -> Result<(), Error> {
    let sql = "update api_keys set last_used_at = $1 where workspace_id = $2 and id = $3";
    db::execute(tx, sql, vec![at.millis().into(), key(workspace).into(), key(api_key).into()]).await?;
    Ok(())
}
