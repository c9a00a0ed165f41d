//! A workspace's settings: JSON texts under names.

use domain::Timestamp;
use domain::ids::WorkspaceId;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::entity::settings;
use crate::row::{id, key as stored};
use crate::{Db, Error, Tx, db};

/// One setting's JSON text, if it was set.
pub async fn get(db: &impl Db, workspace: WorkspaceId, key: &str) -> Result<Option<String>, Error> {
    let row = settings::Entity::find_by_id((stored(workspace), key.to_owned())).one(&db.executor()).await?;
    Ok(row.map(|row| row.value))
}

/// One setting's JSON text in every workspace that set it.
pub async fn all(db: &impl Db, key: &str) -> Result<Vec<(WorkspaceId, String)>, Error> {
    let rows = settings::Entity::find()
        .filter(settings::Column::Key.eq(key))
        .order_by_asc(settings::Column::WorkspaceId)
        .all(&db.executor())
        .await?;
    Ok(rows.into_iter().map(|row| (id(row.workspace_id), row.value)).collect())
}

/// Sets a setting to a JSON text, in place of what was there.
pub async fn set(
    tx: &Tx,
    workspace: WorkspaceId,
    key: &str,
    value: &str,
    at: Timestamp,
    by: &str,
) -> Result<(), Error> {
    let sql = "insert into settings (workspace_id, key, value, updated_at, updated_by)
        values ($1, $2, $3, $4, $5)
        on conflict (workspace_id, key) do update
        set value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by";
    let values = vec![stored(workspace).into(), key.into(), value.into(), at.millis().into(), by.into()];
    db::execute(tx, sql, values).await?;
    Ok(())
}

/// Removes a setting; false when there was none.
pub async fn remove(tx: &Tx, workspace: WorkspaceId, key: &str) -> Result<bool, Error> {
    let sql = "delete from settings where workspace_id = $1 and key = $2";
    Ok(db::execute(tx, sql, vec![stored(workspace).into(), key.into()]).await? > 0)
}
