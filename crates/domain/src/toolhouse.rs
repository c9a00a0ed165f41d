//! What may be said about a workspace's connection to Toolhouse.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// Who answers for the runtime `toolhouse` in a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "mode")]
pub enum ConnectionStatus {
    /// A real key, given to the server or pasted into the workspace.
    Connected {
        /// True when the key comes from the server's environment.
        from_environment: bool,
        /// The account's plan, as Toolhouse names it.
        tier: Option<String>,
        /// When a pasted key was set.
        set_at: Option<Timestamp>,
    },
    /// The local simulator; its results are labelled *Simulated*.
    Simulated,
    /// Nobody: executions fail with `toolhouse_not_connected`.
    NotConnected,
}
