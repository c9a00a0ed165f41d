//! Sizes and retention over REST.

use axum::Json;
use axum::extract::State;
use domain::upkeep::{DataStatus, Retention, RetentionDraft};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::{JsonBody, Key};
use crate::reply::Reply;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(get_data)).routes(routes!(set_retention))
}

/// Describe the database
///
/// How large it and its tables are, all workspaces together, and how long this workspace keeps what
/// has ended. On SQLite measuring reads the whole file, so sizes may be a minute old.
#[utoipa::path(get, path = "/data", tag = "Workspace",
    responses((status = 200, description = "Sizes and retention", body = DataStatus)))]
async fn get_data(State(AppState { services, .. }): State<AppState>, Key(actor): Key) -> Reply<DataStatus> {
    Ok(Json(services.upkeep().status(&actor).await?))
}

/// Set how long ended executions are kept
///
/// Empty keeps for ever. A setting that removes rows which are there now is refused with 409 and
/// the number of them, until `confirmed` is true. Removal begins within the hour. Executions that
/// have not ended and the audit log are never removed.
#[utoipa::path(put, path = "/data/retention", tag = "Workspace",
    request_body(content = RetentionDraft, example = json!({"executions_days": "90", "events_days": "30", "confirmed": false})),
    responses((status = 200, description = "The setting as saved", body = Retention)))]
async fn set_retention(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    JsonBody(draft): JsonBody<RetentionDraft>,
) -> Reply<Retention> {
    Ok(Json(services.upkeep().set(&actor, &draft).await?))
}
