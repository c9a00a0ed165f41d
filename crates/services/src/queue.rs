//! The queue of a workspace, as people see it.

use domain::executions::Status;
use domain::queue::{QueueView, QueueWorker};
use domain::{Actor, Permission, Problem};

use crate::{Fault, Services};

impl Services {
    /// What waits and what runs now, by agent, and who works.
    pub async fn queue(&self, actor: &Actor) -> Result<QueueView, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        let (store, workspace, at) = (self.store(), actor.workspace, self.now());
        let agents =
            storage::queue::busy_agents(store, workspace, at).await.or_internal("count the queue")?;
        let waiting = storage::executions::count_in(store, workspace, &[Status::Waiting])
            .await
            .or_internal("count questions")?;
        let held = storage::queue::held(store, workspace).await.or_internal("read leases")?;
        let workers = self.executions().workers(actor).await?;
        let lost = held.iter().filter(|held| workers.iter().all(|worker| worker.id != held.worker));
        Ok(QueueView {
            at,
            due: agents.iter().map(|agent| agent.due).sum(),
            later: agents.iter().map(|agent| agent.later).sum(),
            oldest: agents.iter().filter_map(|agent| agent.oldest).min(),
            running: agents.iter().map(|agent| agent.running).sum(),
            waiting,
            lost: lost.map(|held| held.count).sum(),
            workers: workers
                .into_iter()
                .map(|worker| {
                    let own = held.iter().find(|held| held.worker == worker.id);
                    QueueWorker {
                        held: own.map_or(0, |held| held.count),
                        lease_until: own.map(|held| held.lease_until),
                        worker,
                    }
                })
                .collect(),
            agents,
        })
    }
}
