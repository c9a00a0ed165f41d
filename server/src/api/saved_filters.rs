//! Saved filters over REST. Keys see and make those that the workspace shares.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::ids::SavedFilterId;
use domain::saved_filters::{SavedFilter, SavedFilterDraft};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::{JsonBody, Key, PathId};
use crate::reply::{ApiError, Reply};
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list_saved_filters))
        .routes(routes!(create_saved_filter))
        .routes(routes!(delete_saved_filter))
}

/// Saved filters.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SavedFilters {
    /// In the order they were saved.
    items: Vec<SavedFilter>,
}

/// List saved filters
///
/// Those that the workspace shares.
#[utoipa::path(get, path = "/saved-filters", tag = "Executions",
    responses((status = 200, description = "The filters", body = SavedFilters)))]
async fn list_saved_filters(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
) -> Reply<SavedFilters> {
    Ok(Json(SavedFilters { items: services.saved_filters().list(&actor).await? }))
}

/// Save a filter
///
/// For everybody in the workspace: `shared` must be true, because a key has no filters of its own.
#[utoipa::path(post, path = "/saved-filters", tag = "Executions",
    request_body(content = SavedFilterDraft, example = json!({"name": "Failed", "filter": {"status": "failed"}, "shared": true})),
    responses((status = 201, description = "Saved", body = SavedFilter)))]
async fn create_saved_filter(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    JsonBody(draft): JsonBody<SavedFilterDraft>,
) -> Result<(StatusCode, Json<SavedFilter>), ApiError> {
    Ok((StatusCode::CREATED, Json(services.saved_filters().create(&actor, &draft).await?)))
}

/// Delete a saved filter
#[utoipa::path(delete, path = "/saved-filters/{id}", tag = "Executions",
    params(("id" = SavedFilterId, Path, description = "The filter")),
    responses((status = 204, description = "Deleted")))]
async fn delete_saved_filter(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(filter): PathId<SavedFilterId>,
) -> Result<StatusCode, ApiError> {
    services.saved_filters().delete(&actor, filter).await?;
    Ok(StatusCode::NO_CONTENT)
}
