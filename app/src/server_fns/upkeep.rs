//! Sizes and retention.

use domain::upkeep::{DataStatus, Retention, RetentionDraft};
use leptos::prelude::*;

use crate::error::AppError;
#[cfg(feature = "ssr")]
use crate::server_context;

/// How large the database is, and how long the workspace keeps what has ended.
#[server(prefix = "/fn", endpoint = "upkeep/describe_data")]
pub async fn describe_data(workspace: String) -> Result<DataStatus, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.upkeep().status(&actor).await)
}

/// Sets how long the workspace keeps what has ended.
#[server(prefix = "/fn", endpoint = "upkeep/set_retention")]
pub async fn set_retention(workspace: String, draft: RetentionDraft) -> Result<Retention, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.upkeep().set(&actor, &draft).await)
}
