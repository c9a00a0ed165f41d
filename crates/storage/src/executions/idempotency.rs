//! Keys of idempotent starts.

use domain::Timestamp;
use domain::ids::{AgentId, ExecutionId, WorkspaceId};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::row::{column, id, key_value};
use crate::{Db, Error, Tx, db};

/// The execution that an idempotent start led to, with the hash of its request.
pub async fn by_idempotency_key(
    db: &impl Db,
    workspace: WorkspaceId,
    caller: &str,
    agent: AgentId,
    key: &str,
    now: Timestamp,
) -> Result<Option<(ExecutionId, Vec<u8>)>, Error> {
    let sql = "select execution_id, request_hash from idempotency_keys \
         where workspace_id = $1 and caller = $2 and agent_id = $3 and key = $4 and expires_at > $5";
    let values = vec![key_value(workspace), caller.into(), key_value(agent), key.into(), now.millis().into()];
    let row = db::one(db, sql, values).await?;
    row.map(|row| Ok((id(column::<Uuid>(&row, "execution_id")?), column(&row, "request_hash")?))).transpose()
}

/// Remembers an idempotent start made at `now`, in place of one whose time is over;
/// [`Error::Duplicate`] when another one came first.
#[expect(clippy::too_many_arguments, reason = "the columns of one row")]
pub async fn add_idempotency_key(
    tx: &Tx,
    workspace: WorkspaceId,
    caller: &str,
    agent: AgentId,
    key: &str,
    request_hash: Vec<u8>,
    execution: ExecutionId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Error> {
    let sql = "insert into idempotency_keys (workspace_id, caller, agent_id, key, request_hash, execution_id, expires_at) \
         values ($1, $2, $3, $4, $5, $6, $7) \
         on conflict (workspace_id, caller, agent_id, key) do update set request_hash = excluded.request_hash, \
           execution_id = excluded.execution_id, expires_at = excluded.expires_at \
         where idempotency_keys.expires_at <= $8";
    let values = vec![
        key_value(workspace),
        caller.into(),
        key_value(agent),
        key.into(),
        request_hash.into(),
        key_value(execution),
        expires_at.millis().into(),
        now.millis().into(),
    ];
    match db::execute(tx, sql, values).await? {
        0 => Err(Error::Duplicate(DbErr::RecordNotInserted)),
        _ => Ok(()),
    }
}

/// Forgets idempotency keys past their end, of all workspaces.
pub async fn remove_old_idempotency_keys(tx: &Tx, now: Timestamp) -> Result<u64, Error> {
    db::execute(tx, "delete from idempotency_keys where expires_at <= $1", vec![now.millis().into()]).await
}
