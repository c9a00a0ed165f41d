//! The queue over REST.

use axum::Json;
use axum::extract::State;
use domain::queue::QueueView;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Key;
use crate::reply::Reply;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(get_queue))
}

/// Describe the queue
///
/// What waits and what runs now in this workspace, by agent, with the age of the oldest; and the
/// processes that work, with what they hold of this workspace.
#[utoipa::path(get, path = "/queue", tag = "Executions",
    responses((status = 200, description = "The queue", body = QueueView)))]
async fn get_queue(State(AppState { services, .. }): State<AppState>, Key(actor): Key) -> Reply<QueueView> {
    Ok(Json(services.queue(&actor).await?))
}
