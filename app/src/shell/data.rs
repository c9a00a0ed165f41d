//! What the shell shows. Plain data, so that a page can load it with one server function.

use serde::{Deserialize, Serialize};

/// A workspace one can switch to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceLink {
    pub name: String,
    pub slug: String,
    pub href: String,
}

/// Who is looking at which workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShellData {
    pub workspace_name: String,
    pub workspace_slug: String,
    pub workspaces: Vec<WorkspaceLink>,
    pub user_name: String,
    pub user_email: String,
    pub can_see_audit: bool,
    /// Executions going on now; shown only when there are some.
    pub live_count: Option<u64>,
    /// Without the `v`.
    pub version: String,
}

impl ShellData {
    /// An address inside this workspace: `href("agents")` is `/w/halden/agents`.
    pub fn href(&self, path: &str) -> String {
        let slug = &self.workspace_slug;
        if path.is_empty() { format!("/w/{slug}") } else { format!("/w/{slug}/{path}") }
    }
}

/// A place in the sidebar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub label: &'static str,
    pub icon: &'static str,
    /// Behind `/w/:ws/`.
    pub path: &'static str,
    /// The key after `G`.
    pub key: &'static str,
}

/// The start page of a workspace.
pub const OVERVIEW: Place = Place { label: "Overview", icon: "layout-dashboard", path: "", key: "o" };
/// Agents.
pub const AGENTS: Place = Place { label: "Agents", icon: "bot", path: "agents", key: "a" };
/// Tools.
pub const TOOLS: Place = Place { label: "Tools", icon: "wrench", path: "tools", key: "t" };
/// Executions.
pub const EXECUTIONS: Place = Place { label: "Executions", icon: "list-tree", path: "executions", key: "e" };
/// The queue.
pub const QUEUE: Place = Place { label: "Queue", icon: "hourglass", path: "queue", key: "q" };
/// Schedules.
pub const SCHEDULES: Place =
    Place { label: "Schedules", icon: "calendar-clock", path: "schedules", key: "s" };
/// Batches.
pub const BATCHES: Place = Place { label: "Batches", icon: "table-2", path: "batches", key: "b" };
/// The audit log.
pub const AUDIT: Place = Place { label: "Audit log", icon: "scroll-text", path: "audit", key: "u" };
/// Settings.
pub const SETTINGS: Place = Place { label: "Settings", icon: "settings", path: "settings", key: "," };

/// Every place, in the order of the sidebar.
pub const PLACES: [Place; 9] =
    [OVERVIEW, AGENTS, TOOLS, EXECUTIONS, QUEUE, SCHEDULES, BATCHES, AUDIT, SETTINGS];
