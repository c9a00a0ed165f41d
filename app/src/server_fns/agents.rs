//! Agents: drafts, versions, publishing.

use domain::agents::{Agent, AgentDraft, AgentRow, AgentVersion, AgentVersionRow, Change, PublishDraft};
use domain::ids::AgentId;
use domain::paging::Page;
use leptos::prelude::*;

use crate::error::AppError;
#[cfg(feature = "ssr")]
use crate::server_context;

/// A page of agents.
#[server(prefix = "/fn", endpoint = "agents/list_agents")]
pub async fn list_agents(
    workspace: String,
    archived: bool,
    cursor: Option<String>,
) -> Result<Page<AgentRow>, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(
        services
            .agents()
            .list(&actor, archived, server_context::page(domain::paging::List::Agents, cursor.as_deref())?)
            .await,
    )
}

/// One agent by the slug in its address.
#[server(prefix = "/fn", endpoint = "agents/get_agent")]
pub async fn get_agent(workspace: String, slug: String) -> Result<Agent, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.agents().by_slug(&actor, &slug).await)
}

/// Creates an agent.
#[server(prefix = "/fn", endpoint = "agents/create_agent")]
pub async fn create_agent(workspace: String, draft: AgentDraft) -> Result<Agent, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let agent = server_context::reply(services.agents().create(&actor, &draft).await)?;
    server_context::after_form(&format!("/w/{workspace}/agents/{}/configuration", agent.slug));
    Ok(agent)
}

/// Creates an agent from a th file.
#[server(prefix = "/fn", endpoint = "agents/import_agent")]
pub async fn import_agent(workspace: String, file: String) -> Result<Agent, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let agent = server_context::reply(services.agents().import(&actor, &file).await)?;
    server_context::after_form(&format!("/w/{workspace}/agents/{}/configuration", agent.slug));
    Ok(agent)
}

/// Writes an agent as a th file.
#[server(prefix = "/fn", endpoint = "agents/export_agent")]
pub async fn export_agent(workspace: String, agent: AgentId) -> Result<String, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.agents().export(&actor, agent).await)
}

/// Replaces the draft.
#[server(prefix = "/fn", endpoint = "agents/update_agent")]
pub async fn update_agent(
    workspace: String,
    agent: AgentId,
    revision: u64,
    draft: AgentDraft,
) -> Result<Agent, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.agents().update(&actor, agent, Some(revision), &draft).await)
}

/// Publishes the draft.
#[server(prefix = "/fn", endpoint = "agents/publish_agent")]
pub async fn publish_agent(
    workspace: String,
    agent: AgentId,
    #[server(default)] publish: PublishDraft,
) -> Result<AgentVersion, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.agents().publish(&actor, agent, &publish).await)
}

/// Versions, newest first.
#[server(prefix = "/fn", endpoint = "agents/list_versions")]
pub async fn list_versions(workspace: String, agent: AgentId) -> Result<Vec<AgentVersionRow>, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.agents().versions(&actor, agent).await)
}

/// The fields in which two states differ; no number stands for the draft.
#[server(prefix = "/fn", endpoint = "agents/diff_versions")]
pub async fn diff_versions(
    workspace: String,
    agent: AgentId,
    from: Option<u32>,
    to: Option<u32>,
) -> Result<Vec<Change>, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.agents().diff(&actor, agent, from, to).await)
}

/// Makes an older version the draft.
#[server(prefix = "/fn", endpoint = "agents/restore_version")]
pub async fn restore_version(
    workspace: String,
    agent: AgentId,
    number: u32,
    revision: u64,
) -> Result<Agent, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.agents().restore(&actor, agent, number, Some(revision)).await)
}

/// Takes an agent out of use.
#[server(prefix = "/fn", endpoint = "agents/archive_agent")]
pub async fn archive_agent(workspace: String, agent: AgentId) -> Result<(), AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.agents().archive(&actor, agent).await)?;
    server_context::after_form(&format!("/w/{workspace}/agents"));
    Ok(())
}
