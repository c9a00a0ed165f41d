//! Actions on many executions: count, accept, follow, stop.

use domain::bulk::{BulkAction, BulkChoice, BulkKind, BulkPreview, BulkRow};
use domain::executions::FilterDraft;
use domain::ids::BulkId;
use domain::paging::Page;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
#[cfg(feature = "ssr")]
use crate::server_context;

/// How many results a page of an action shows.
pub const RESULTS: u32 = 100;

/// What an action would touch.
#[server(prefix = "/fn", endpoint = "bulk/preview_bulk")]
pub async fn preview_bulk(
    workspace: String,
    #[server(default)] filter: FilterDraft,
) -> Result<BulkPreview, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let filter = server_context::reply(filter.parse())?;
    server_context::reply(services.bulk().preview(&actor, &filter).await)
}

/// Accepts an action.
#[server(prefix = "/fn", endpoint = "bulk/start_bulk")]
pub async fn start_bulk(
    workspace: String,
    kind: BulkKind,
    #[server(default)] filter: FilterDraft,
    choice: BulkChoice,
    expected: u64,
) -> Result<BulkAction, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let filter = server_context::reply(filter.parse())?;
    let started = services.bulk().start(&actor, kind, &filter, choice, Some(expected)).await;
    let started = server_context::reply(started)?;
    server_context::after_form(&format!("/w/{workspace}/executions/bulk/{}", started.id));
    Ok(started)
}

/// An action with some of its results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownBulk {
    /// The action and how far it is.
    pub action: BulkAction,
    /// Results after the number asked for, in order.
    pub rows: Vec<BulkRow>,
}

/// One action with its results after a number.
#[server(prefix = "/fn", endpoint = "bulk/get_bulk")]
pub async fn get_bulk(workspace: String, bulk: BulkId, after: u64) -> Result<ShownBulk, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let rows = server_context::reply(services.bulk().rows(&actor, bulk, after, RESULTS).await)?;
    Ok(ShownBulk { rows, action: server_context::reply(services.bulk().get(&actor, bulk).await)? })
}

/// A page of actions, newest first.
#[server(prefix = "/fn", endpoint = "bulk/list_bulk")]
pub async fn list_bulk(workspace: String, cursor: Option<String>) -> Result<Page<BulkAction>, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let page = server_context::page(domain::paging::List::Bulk, cursor.as_deref())?;
    server_context::reply(services.bulk().list(&actor, page).await)
}

/// Stops an action; what was done stays done.
#[server(prefix = "/fn", endpoint = "bulk/stop_bulk")]
pub async fn stop_bulk(workspace: String, bulk: BulkId) -> Result<BulkAction, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let stopped = server_context::reply(services.bulk().stop(&actor, bulk).await)?;
    server_context::after_form(&format!("/w/{workspace}/executions/bulk/{bulk}"));
    Ok(stopped)
}
