//! What is shown of agents.

use serde::{Deserialize, Serialize};

use super::{AgentConfig, Runtime};
use crate::clock::Timestamp;
use crate::executions::Status;
use crate::ids::AgentId;

/// An agent with its draft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Agent {
    /// Identifier.
    pub id: AgentId,
    /// Part of page addresses; made from the first title and kept.
    pub slug: String,
    /// The draft.
    #[serde(flatten)]
    pub config: AgentConfig,
    /// Counts edits of the draft; an edit names the one it is based on.
    pub revision: u64,
    /// The version that executions use unless they ask for another.
    pub published_version: Option<u32>,
    /// Whether the draft differs from the published version.
    pub draft_changed: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the draft was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: String,
    /// When it was archived.
    pub archived_at: Option<Timestamp>,
}

/// An agent as listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AgentRow {
    /// Identifier.
    pub id: AgentId,
    /// Part of page addresses.
    pub slug: String,
    /// Title of the draft.
    pub title: String,
    /// Description of the draft.
    pub description: String,
    /// Runtime word.
    #[schema(value_type = Runtime)]
    pub runtime: String,
    /// Model name, if one is set.
    pub model: Option<String>,
    /// The published version.
    pub published_version: Option<u32>,
    /// Whether the draft differs from the published version.
    pub draft_changed: bool,
    /// When the draft was last changed.
    pub updated_at: Timestamp,
    /// When it was archived.
    pub archived_at: Option<Timestamp>,
    /// States of the latest executions, newest last, at most 23.
    pub recent: Vec<Status>,
}

/// An agent that schedules and batches can run: in use, with what its published version asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunnableAgent {
    /// Identifier.
    pub id: AgentId,
    /// Part of page addresses.
    pub slug: String,
    /// Title of the published version.
    pub title: String,
    /// The message when a run brings none.
    pub message: String,
    /// Variables and their default values.
    pub variables: std::collections::BTreeMap<String, String>,
}

/// A version as listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AgentVersionRow {
    /// From 1.
    pub number: u32,
    /// What changed, as its author says.
    pub note: String,
    /// Who published it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// Whether it is the published one.
    pub published: bool,
}

/// A version with its configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AgentVersion {
    /// The row.
    #[serde(flatten)]
    pub row: AgentVersionRow,
    /// What it is.
    pub config: AgentConfig,
}

/// One field that differs between two configurations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Change {
    /// Path of the field.
    pub field: String,
    /// Before, as text.
    pub before: String,
    /// After, as text.
    pub after: String,
}

/// The fields that differ, in the order of their paths.
pub fn changes(before: &AgentConfig, after: &AgentConfig) -> Vec<Change> {
    fn flatten(
        prefix: &str,
        value: &serde_json::Value,
        into: &mut std::collections::BTreeMap<String, String>,
    ) {
        match value {
            serde_json::Value::Object(map) => {
                for (name, value) in map {
                    let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                    flatten(&path, value, into);
                }
            }
            serde_json::Value::String(text) => drop(into.insert(prefix.to_owned(), text.clone())),
            serde_json::Value::Null => {}
            other @ (serde_json::Value::Bool(_)
            | serde_json::Value::Number(_)
            | serde_json::Value::Array(_)) => drop(into.insert(prefix.to_owned(), other.to_string())),
        }
    }
    let table = |config: &AgentConfig| {
        let mut table = std::collections::BTreeMap::new();
        flatten("", &serde_json::to_value(config).unwrap_or_default(), &mut table);
        table
    };
    let (before, after) = (table(before), table(after));
    let mut paths: Vec<_> = before.keys().chain(after.keys()).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
        .into_iter()
        .filter(|path| before.get(*path) != after.get(*path))
        .map(|path| Change {
            field: path.clone(),
            before: before.get(path).cloned().unwrap_or_default(),
            after: after.get(path).cloned().unwrap_or_default(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::AgentDraft;
    use super::*;

    #[test]
    fn differing_fields_are_listed_by_path() {
        let draft = AgentDraft { title: "A".to_owned(), ..AgentDraft::default() };
        let before = draft.parse().expect("parses");
        let mut after = before.clone();
        after.limits.attempts = 5;
        after.variables.insert("tier".to_owned(), "gold".to_owned());
        let fields: Vec<_> = changes(&before, &after).into_iter().map(|c| c.field).collect();
        assert_eq!(fields, ["limits.attempts", "variables.tier"]);
        assert!(changes(&before, &before).is_empty());
    }
}
