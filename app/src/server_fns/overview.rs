//! The first page.

use domain::overview::{Frame, Overview};
use leptos::prelude::*;

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

/// The frame around the pages of a workspace.
#[server(prefix = "/fn", endpoint = "overview/get_frame")]
pub async fn get_frame(workspace: String) -> Result<Frame, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let (_, person) = server_context::person()?;
    server_context::reply(services.frame(&actor, person).await)
}
