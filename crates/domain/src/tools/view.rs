//! What is shown of tools.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ToolConfig;
use crate::clock::Timestamp;
use crate::ids::{AgentId, ToolId};

/// A tool as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Tool {
    /// Identifier.
    pub id: ToolId,
    /// The newest definition.
    #[serde(flatten)]
    pub config: ToolConfig,
    /// Its number; an edit names the one it is based on.
    pub version: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: String,
    /// When it was archived.
    pub archived_at: Option<Timestamp>,
}

/// A tool as listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ToolRow {
    /// Identifier.
    pub id: ToolId,
    /// What models call it.
    pub name: String,
    /// What models are told about it.
    pub description: String,
    /// `http` or `builtin`.
    pub kind: String,
    /// `enabled`, `deprecated` or `disabled`.
    pub state: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Number of the newest version.
    pub version: u32,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was archived.
    pub archived_at: Option<Timestamp>,
}

/// A version as listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ToolVersionRow {
    /// From 1.
    pub number: u32,
    /// What changed, as its author says.
    pub note: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
}

/// A version with its definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ToolVersion {
    /// The row.
    #[serde(flatten)]
    pub row: ToolVersionRow,
    /// What it is.
    pub config: ToolConfig,
}

/// An agent whose draft or published version has a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ToolUser {
    /// Identifier.
    pub agent: AgentId,
    /// Part of page addresses.
    pub slug: String,
    /// Title of the draft.
    pub title: String,
}

/// One place where a value does not match a schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Finding {
    /// JSON Pointer into the value; empty for the whole.
    pub place: String,
    /// What is wrong there.
    pub message: String,
}

/// What was sent or came back, secrets masked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Traffic {
    /// Method and address, or the status.
    pub line: String,
    /// Headers.
    pub headers: Vec<super::Pair>,
    /// The body as text; only the beginning of a long one.
    pub body: String,
}

/// What one call of a tool gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CallReport {
    /// Whether there is a result that matches its schema.
    pub ok: bool,
    /// The result.
    pub result: Option<Value>,
    /// A code for what went wrong.
    pub code: Option<String>,
    /// A sentence about it.
    pub message: Option<String>,
    /// Where arguments or result do not match their schema.
    pub findings: Vec<Finding>,
    /// What was sent, for kinds that send.
    pub request: Option<Traffic>,
    /// What came back.
    pub response: Option<Traffic>,
    /// How long it took.
    pub took_ms: u64,
}
