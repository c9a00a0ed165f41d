//! What a key can learn about itself.

use axum::Json;
use axum::extract::State;
use domain::Permission;
use domain::workspaces::Workspace;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Key;
use crate::reply::Reply;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(get_me))
}

/// The key that asks.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Me {
    /// Identifier of the key.
    id: String,
    /// Name of the key.
    name: String,
    /// The workspace it belongs to.
    workspace: Workspace,
    /// What it may do.
    scopes: Vec<Permission>,
}

/// Describe the key that asks
///
/// Its name, workspace and scopes. Needs no scope.
#[utoipa::path(get, path = "/me", tag = "API keys",
    responses((status = 200, description = "The key", body = Me)))]
async fn get_me(State(AppState { services, .. }): State<AppState>, Key(actor): Key) -> Reply<Me> {
    let workspace = services.workspaces().of(&actor).await?;
    let scopes = actor.grants.scopes().collect();
    Ok(Json(Me { id: actor.caller(), name: actor.name, workspace, scopes }))
}
