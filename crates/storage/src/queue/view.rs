//! The queue of one workspace, counted for people.
//!
//! The cost is that of reading the index entries of what waits and runs: rows are looked up for neither
//! the counts nor the ages. An agent belongs to one workspace, so the indexes by agent serve.

use domain::Timestamp;
use domain::executions::AgentRef;
use domain::ids::{WorkerId, WorkspaceId};
use domain::queue::QueueAgent;
use uuid::Uuid;

use crate::row::{big, column, count, id, key_value, time};
use crate::{Db, Error, db};

/// Agents with executions that wait or run, by title.
pub async fn busy_agents(
    db: &impl Db,
    workspace: WorkspaceId,
    now: Timestamp,
) -> Result<Vec<QueueAgent>, Error> {
    let queued =
        "from executions q where q.status = 'queued' and q.priority in (1, 2, 3) and q.agent_id = a.id";
    let running = "from executions r where r.status = 'running' and r.agent_id = a.id";
    let sql = format!(
        "select * from (select a.id, a.slug, a.title, \
           (select count(*) {queued} and q.not_before <= $2) as due, \
           (select count(*) {queued} and q.not_before > $2) as later, \
           (select min(q.not_before) {queued} and q.not_before <= $2) as oldest, \
           (select count(*) {running}) as running, \
           coalesce((select q.agent_concurrency {queued} limit 1), (select r.agent_concurrency {running} limit 1)) as agent_limit \
           from agents a where a.workspace_id = $1) as counted \
         where agent_limit is not null order by title, id"
    );
    let rows = db::all(db, &sql, vec![key_value(workspace), now.millis().into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(QueueAgent {
                agent: AgentRef {
                    id: id(column::<Uuid>(row, "id")?),
                    slug: column(row, "slug")?,
                    title: column(row, "title")?,
                },
                due: big("due", column(row, "due")?)?,
                later: big("later", column(row, "later")?)?,
                oldest: column::<Option<i64>>(row, "oldest")?.map(time),
                running: big("running", column(row, "running")?)?,
                limit: count("limit", column(row, "agent_limit")?)?,
            })
        })
        .collect()
}

/// What a process holds of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Which process.
    pub worker: WorkerId,
    /// How many executions.
    pub count: u64,
    /// When the first of their leases ends.
    pub lease_until: Timestamp,
}

/// Who holds the running executions of a workspace.
pub async fn held(db: &impl Db, workspace: WorkspaceId) -> Result<Vec<Held>, Error> {
    let sql = "select lease_owner, count(*) as n, min(lease_until) as lease_until from executions \
         where workspace_id = $1 and status = 'running' and lease_owner is not null group by lease_owner";
    let rows = db::all(db, sql, vec![key_value(workspace)]).await?;
    rows.iter()
        .map(|row| {
            Ok(Held {
                worker: id(column::<Uuid>(row, "lease_owner")?),
                count: big("count", column(row, "n")?)?,
                lease_until: time(column(row, "lease_until")?),
            })
        })
        .collect()
}
