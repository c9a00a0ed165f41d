//! The first page, and the frame around every page.

use serde::{Deserialize, Serialize};

use crate::access::Permission;
use crate::approvals::OpenQuestion;
use crate::executions::ExecutionRow;
use crate::workspaces::{Membership, Role};

/// What needs attention now, and how the last day went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Overview {
    /// Agents that are not archived.
    pub agents: u64,
    /// Executions created in the last 24 hours.
    pub executions: u64,
    /// Of those, how many ended `succeeded`.
    pub succeeded: u64,
    /// Of those, how many ended `failed`, `timed_out` or `crashed`.
    pub troubled: u64,
    /// Of those of agents that keep results, how many were answered by an earlier one.
    pub cache_hits: u64,
    /// Of those, how many wanted an earlier result and found none.
    pub cache_misses: u64,
    /// Executions waiting for a worker now.
    pub queued: u64,
    /// Questions that the reader may answer, oldest execution first, at most 8.
    pub waiting: Vec<OpenQuestion>,
    /// Executions running or waiting now, newest first, at most 8.
    pub live: Vec<ExecutionRow>,
    /// The latest executions that ended in trouble, at most 8.
    pub failures: Vec<ExecutionRow>,
}

/// What the frame around every page of a workspace shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// The person's name.
    pub user_name: String,
    /// The person's e-mail address.
    pub user_email: String,
    /// The person's role in this workspace.
    pub role: Role,
    /// Their workspaces.
    pub workspaces: Vec<Membership>,
    /// Scopes of what they may do here.
    pub may: Vec<Permission>,
    /// Executions that go on now.
    pub live: u64,
    /// Version of the server.
    pub version: String,
}
