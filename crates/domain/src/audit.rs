//! The audit log's vocabulary: who did what to which thing, when and from where.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::AuditId;

/// One row as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditRow {
    /// Identifier.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// "person", "key" or "system".
    pub actor_kind: String,
    /// Who: an e-mail address, a key's name, or "system".
    pub actor: String,
    /// What: a verb such as `agent.publish`.
    pub action: String,
    /// Which thing: its identifier.
    pub target: String,
    /// The thing's name when it happened.
    pub target_name: String,
    /// Named fields: never secret values.
    pub detail: serde_json::Value,
    /// From where.
    pub address: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
}

/// Which rows to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditFilter {
    /// Only this action, such as `agent.publish`.
    pub action: Option<String>,
    /// Only this actor's name.
    pub actor: Option<String>,
    /// Only this target's identifier.
    pub target: Option<String>,
}
