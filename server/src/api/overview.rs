//! The numbers of the first page over REST.

use axum::Json;
use axum::extract::State;
use domain::approvals::OpenQuestion;
use domain::overview::Overview;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::executions::ExecutionRowBody;
use crate::caller::Key;
use crate::reply::Reply;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(get_overview))
}

/// What needs attention now, and how the last day went.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Overview)]
struct OverviewBody {
    /// Agents that are not archived.
    agents: u64,
    /// Executions created in the last 24 hours.
    executions: u64,
    /// Of those, how many ended `succeeded`.
    succeeded: u64,
    /// Of those, how many ended `failed`, `timed_out` or `crashed`.
    troubled: u64,
    /// Executions waiting for a worker now.
    queued: u64,
    /// Questions that the caller may answer, oldest execution first, at most 8.
    waiting: Vec<OpenQuestion>,
    /// Executions under way now, newest first, at most 8.
    live: Vec<ExecutionRowBody>,
    /// The latest executions that ended in trouble, at most 8.
    failures: Vec<ExecutionRowBody>,
}

impl From<Overview> for OverviewBody {
    fn from(overview: Overview) -> Self {
        let Overview { agents, executions, succeeded, troubled, queued, waiting, live, failures } = overview;
        let [live, failures] =
            [live, failures].map(|rows| rows.into_iter().map(ExecutionRowBody::from).collect());
        Self { agents, executions, succeeded, troubled, queued, waiting, live, failures }
    }
}

/// Describe what needs attention
///
/// Counts of the last 24 hours, what is under way, and the latest failures. Needs the scopes
/// `executions:read` and `agents:read`.
#[utoipa::path(get, path = "/overview", tag = "Workspace",
    responses((status = 200, description = "The overview", body = OverviewBody)))]
async fn get_overview(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
) -> Reply<OverviewBody> {
    Ok(Json(services.overview(&actor).await?.into()))
}
