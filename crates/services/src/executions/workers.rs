//! The processes that run executions.

use std::time::Duration;

use domain::executions::WorkerRow;
use domain::{Actor, Permission, Problem};

use super::Executions;
use crate::Fault;

/// How long ago a process must have been seen to count as alive.
const ALIVE: Duration = Duration::from_mins(1);

impl Executions<'_> {
    /// The processes that run executions for every workspace, as they last described themselves.
    pub async fn workers(&self, actor: &Actor) -> Result<Vec<WorkerRow>, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        storage::queue::workers(self.0.store(), self.0.now().minus(ALIVE)).await.or_internal("list workers")
    }
}
