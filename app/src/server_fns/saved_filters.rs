//! Filters kept under a name.

use domain::executions::FilterDraft;
use domain::ids::SavedFilterId;
use domain::saved_filters::SavedFilter;
#[cfg(feature = "ssr")]
use domain::saved_filters::SavedFilterDraft;
use leptos::prelude::*;

use crate::error::AppError;
#[cfg(feature = "ssr")]
use crate::server_context;

/// Those that the workspace shares, then the person's own.
#[server(prefix = "/fn", endpoint = "saved_filters/list_saved_filters")]
pub async fn list_saved_filters(workspace: String) -> Result<Vec<SavedFilter>, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.saved_filters().list(&actor).await)
}

/// Keeps a filter.
#[server(prefix = "/fn", endpoint = "saved_filters/save_filter")]
pub async fn save_filter(
    workspace: String,
    name: String,
    #[server(default)] filter: FilterDraft,
    #[server(default)] shared: bool,
) -> Result<SavedFilter, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let draft = SavedFilterDraft { name, filter, shared };
    let saved = server_context::reply(services.saved_filters().create(&actor, &draft).await)?;
    server_context::after_form(&crate::pages::executions::saved::href(&workspace, &saved.filter));
    Ok(saved)
}

/// Forgets a filter.
#[server(prefix = "/fn", endpoint = "saved_filters/delete_saved_filter")]
pub async fn delete_saved_filter(workspace: String, filter: SavedFilterId) -> Result<(), AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.saved_filters().delete(&actor, filter).await)?;
    server_context::after_form(&format!("/w/{workspace}/executions"));
    Ok(())
}
