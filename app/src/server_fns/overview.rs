//! The first page.

use domain::overview::Overview;
use domain::workspaces::{Membership, Role};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
#[cfg(feature = "ssr")]
use crate::server_context;

/// What needs attention, and how the last day went.
#[server(prefix = "/fn", endpoint = "overview/get_overview")]
pub async fn get_overview(workspace: String) -> Result<Overview, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.overview(&actor).await)
}

/// How many executions go on now.
#[server(prefix = "/fn", endpoint = "overview/get_live_count")]
pub async fn get_live_count(workspace: String) -> Result<u64, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.live_count(&actor).await)
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
    pub may: Vec<domain::Permission>,
    /// Executions that go on now.
    pub live: u64,
    /// Version of the server.
    pub version: String,
}

/// The frame around the pages of a workspace.
#[server(prefix = "/fn", endpoint = "overview/get_frame")]
pub async fn get_frame(workspace: String) -> Result<Frame, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let (_, person) = server_context::person()?;
    let (_, _, role) = server_context::reply(actor.person())?;
    let workspaces = server_context::reply(services.accounts().memberships(person.user.id).await)?;
    Ok(Frame {
        user_name: person.user.name,
        user_email: person.user.email,
        role,
        workspaces,
        may: actor.grants.scopes().collect(),
        live: server_context::reply(services.live_count(&actor).await)?,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}
