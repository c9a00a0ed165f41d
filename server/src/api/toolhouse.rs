//! Who answers for Toolhouse, over REST.

use axum::Json;
use axum::extract::State;
use domain::toolhouse::ConnectionStatus;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Key;
use crate::reply::Reply;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(get_toolhouse))
}

/// Describe the connection to Toolhouse
///
/// Whether a key is connected, the simulator answers, or nobody does.
#[utoipa::path(get, path = "/toolhouse", tag = "Workspace",
    responses((status = 200, description = "The connection", body = ConnectionStatus)))]
async fn get_toolhouse(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
) -> Reply<ConnectionStatus> {
    Ok(Json(services.toolhouse().status(&actor).await?))
}
