//! Tools: making, changing, trying, and who has them.

use domain::ids::ToolId;
use domain::paging::Page;
use domain::tools::{CallReport, Tool, ToolDraft, ToolRow, ToolUser, ToolVersionRow};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
#[cfg(feature = "ssr")]
use crate::server_context;

/// A tool with its history and the agents that have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownTool {
    /// The tool.
    pub tool: Tool,
    /// Versions, newest first.
    pub versions: Vec<ToolVersionRow>,
    /// Agents that have it.
    pub users: Vec<ToolUser>,
}

/// A page of tools.
#[server(prefix = "/fn", endpoint = "tools/list_tools")]
pub async fn list_tools(
    workspace: String,
    archived: bool,
    cursor: Option<String>,
) -> Result<Page<ToolRow>, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let page = server_context::page(domain::paging::List::Tools, cursor.as_deref())?;
    server_context::reply(services.tools().list(&actor, archived, page).await)
}

/// A tool with everything its page shows.
#[server(prefix = "/fn", endpoint = "tools/get_tool")]
pub async fn get_tool(workspace: String, tool: ToolId) -> Result<ShownTool, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let found = server_context::reply(services.tools().get(&actor, tool).await)?;
    let versions = server_context::reply(services.tools().versions(&actor, tool).await)?;
    let users = server_context::reply(services.tools().users(&actor, tool).await)?;
    Ok(ShownTool { tool: found, versions, users })
}

/// Makes a tool.
#[server(prefix = "/fn", endpoint = "tools/create_tool")]
pub async fn create_tool(workspace: String, draft: ToolDraft) -> Result<Tool, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let tool = server_context::reply(services.tools().create(&actor, &draft).await)?;
    server_context::after_form(&format!("/w/{workspace}/tools/{}", tool.id));
    Ok(tool)
}

/// Makes the next version of a tool.
#[server(prefix = "/fn", endpoint = "tools/update_tool")]
pub async fn update_tool(
    workspace: String,
    tool: ToolId,
    version: u32,
    draft: ToolDraft,
) -> Result<Tool, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let changed = services.tools().update(&actor, tool, Some(version), &draft).await;
    let changed = server_context::reply(changed)?;
    server_context::after_form(&format!("/w/{workspace}/tools/{tool}"));
    Ok(changed)
}

/// Makes an older version the newest.
#[server(prefix = "/fn", endpoint = "tools/restore_tool")]
pub async fn restore_tool(workspace: String, tool: ToolId, number: u32) -> Result<Tool, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let restored = server_context::reply(services.tools().restore(&actor, tool, number).await)?;
    server_context::after_form(&format!("/w/{workspace}/tools/{tool}"));
    Ok(restored)
}

/// Takes a tool out of use.
#[server(prefix = "/fn", endpoint = "tools/archive_tool")]
pub async fn archive_tool(workspace: String, tool: ToolId) -> Result<(), AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.tools().archive(&actor, tool).await)?;
    server_context::after_form(&format!("/w/{workspace}/tools"));
    Ok(())
}

/// Calls a tool once with the arguments typed as JSON.
#[server(prefix = "/fn", endpoint = "tools/test_tool")]
pub async fn test_tool(workspace: String, tool: ToolId, arguments: String) -> Result<CallReport, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.tools().test_typed(&actor, tool, &arguments).await)
}
