//! Results that may be used again.

use domain::Timestamp;
use domain::executions::CacheUse;
use domain::ids::{AgentId, ExecutionId, WorkspaceId};
use uuid::Uuid;

use super::list::floor;
use crate::row::{big, column, id, key_value, word};
use crate::{Db, Error, Tx, db};

/// The newest result under a key that is not older than `since` and was not purged.
pub async fn cached(
    db: &impl Db,
    workspace: WorkspaceId,
    agent: AgentId,
    key: &[u8],
    since: Timestamp,
) -> Result<Option<(ExecutionId, String)>, Error> {
    let sql = "select e.id, e.output from executions e \
         where e.workspace_id = $1 and e.agent_id = $2 and e.cache_key = $3 and e.status = 'succeeded' \
         and e.finished_at >= $4 and e.output is not null \
         and e.finished_at > coalesce((select p.at from cache_purges p where p.agent_id = $2 and p.workspace_id = $1), 0) \
         order by e.finished_at desc limit 1";
    let values = vec![key_value(workspace), key_value(agent), key.to_vec().into(), since.millis().into()];
    let row = db::one(db, sql, values).await?;
    row.map(|row| Ok((id(column::<Uuid>(&row, "id")?), column(&row, "output")?))).transpose()
}

/// How often the cache answered, and how often it had nothing, for executions created since a moment.
pub async fn cache_counts(
    db: &impl Db,
    workspace: WorkspaceId,
    since: Timestamp,
) -> Result<(u64, u64), Error> {
    let sql = "select cache, count(*) as n from executions \
         where workspace_id = $1 and id >= $2 and cache is not null group by cache";
    let (mut hits, mut misses) = (0, 0);
    for row in db::all(db, sql, vec![key_value(workspace), floor(since).into()]).await? {
        let count = big("count", column(&row, "n")?)?;
        match word("cache", &column::<String>(&row, "cache")?)? {
            CacheUse::Hit => hits = count,
            CacheUse::Miss => misses = count,
            CacheUse::Bypass => {}
        }
    }
    Ok((hits, misses))
}

/// From now on no result of the agent up to this moment is used again.
pub async fn purge(tx: &Tx, workspace: WorkspaceId, agent: AgentId, at: Timestamp) -> Result<(), Error> {
    let sql = "insert into cache_purges (agent_id, workspace_id, at) values ($1, $2, $3) \
         on conflict (agent_id) do update set at = excluded.at";
    db::execute(tx, sql, vec![key_value(agent), key_value(workspace), at.millis().into()]).await.map(drop)
}
