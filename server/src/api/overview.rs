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
    /// Of those of agents that keep results, how many were answered by an earlier one.
    cache_hits: u64,
    /// Of those, how many wanted an earlier result and found none.
    cache_misses: u64,
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
        let [live, failures] = [overview.live, overview.failures]
            .map(|rows| rows.into_iter().map(ExecutionRowBody::from).collect());
        Self {
            agents: overview.agents,
            executions: overview.executions,
            succeeded: overview.succeeded,
            troubled: overview.troubled,
            cache_hits: overview.cache_hits,
            cache_misses: overview.cache_misses,
            queued: overview.queued,
            waiting: overview.waiting,
            live,
            failures,
        }
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
