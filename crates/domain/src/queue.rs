//! The queue as people see it: how much waits, for how long, of which agent, and who works.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::executions::{AgentRef, WorkerRow};

/// What waits and what runs in a workspace at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct QueueView {
    /// The moment.
    pub at: Timestamp,
    /// Executions that could begin now, were there a free place.
    pub due: u64,
    /// Executions whose time has not come: they wait for their next attempt.
    pub later: u64,
    /// Since when the one that waits longest could have begun; absent when none waits.
    pub oldest: Option<Timestamp>,
    /// Executions that run.
    pub running: u64,
    /// Executions that wait for a person.
    pub waiting: u64,
    /// Agents with executions that wait or run, by title.
    pub agents: Vec<QueueAgent>,
    /// The processes that run executions for every workspace of this installation.
    pub workers: Vec<QueueWorker>,
    /// Executions held by processes that were not seen for a minute. They go on elsewhere when their leases end.
    pub lost: u64,
}

/// One agent's part of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct QueueAgent {
    /// Which agent.
    pub agent: AgentRef,
    /// Executions that could begin now.
    pub due: u64,
    /// Executions whose time has not come.
    pub later: u64,
    /// Since when the one that waits longest could have begun; absent when none waits.
    pub oldest: Option<Timestamp>,
    /// Executions that run.
    pub running: u64,
    /// How many of this agent may run at the same time.
    pub limit: u32,
}

/// A process that runs executions, and what it holds of this workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct QueueWorker {
    /// The process.
    #[serde(flatten)]
    pub worker: WorkerRow,
    /// How many executions of this workspace it holds.
    pub held: u64,
    /// When the first of their leases ends unless it is renewed.
    pub lease_until: Option<Timestamp>,
}
