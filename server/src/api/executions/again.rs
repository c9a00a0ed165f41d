//! Running an execution again, answering its question, forgetting results, and who works.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::approvals::AnswerDraft;
use domain::executions::{RerunDraft, WorkerRow};
use domain::ids::{AgentId, ExecutionId};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::ExecutionBody;
use super::{answer, idempotency_key, no_cache};
use crate::caller::{JsonBody, Key, OptionalJson, PathId};
use crate::reply::{ApiError, Reply};
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(rerun_execution))
        .routes(routes!(answer_approval))
        .routes(routes!(purge_cache))
        .routes(routes!(list_workers))
}

/// Run an execution again
///
/// A new execution with the same input or an edited one, and the version that ran then or the one
/// that is published now. The same `Idempotency-Key` with the same body answers with the first one,
/// as when starting. The body may be left out.
#[utoipa::path(post, path = "/executions/{id}/rerun", tag = "Executions",
    params(
        ("id" = ExecutionId, Path, description = "The execution to run again"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 128 visible ASCII characters"),
        ("Prefer" = Option<String>, Header, description = "`wait=N` waits for the end, up to 60 seconds"),
        ("Cache-Control" = Option<String>, Header, description = "`no-cache` wants no earlier result"),
    ),
    request_body(content = Option<RerunDraft>, example = json!({"version": "current"})),
    responses(
        (status = 200, description = "Ended within the wait that was asked for", body = ExecutionBody),
        (status = 202, description = "Accepted", body = ExecutionBody, headers(
            ("Location" = String, description = "Address of the new execution")))))]
async fn rerun_execution(
    State(state): State<AppState>,
    Key(actor): Key,
    PathId(execution): PathId<ExecutionId>,
    headers: HeaderMap,
    OptionalJson(draft): OptionalJson<RerunDraft>,
) -> Result<Response, ApiError> {
    let draft = RerunDraft { no_cache: draft.no_cache || no_cache(&headers), ..draft };
    let key = idempotency_key(&headers)?;
    let started = state.services.executions().rerun_once(&actor, execution, &draft, key).await?;
    answer(&state, &actor, started, &headers).await
}

/// Answer an execution's question
///
/// The first answer wins; a later one is refused with 409 and told what was answered. A yes puts the
/// execution back into the queue, a no ends it as `cancelled` with `declined`.
#[utoipa::path(post, path = "/executions/{id}/answer", tag = "Executions",
    params(("id" = ExecutionId, Path, description = "The execution that waits")),
    request_body(content = AnswerDraft, example = json!({"decision": "approve", "fields": {"amount": 12}})),
    responses((status = 200, description = "The answer is stored", body = ExecutionBody)))]
async fn answer_approval(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(execution): PathId<ExecutionId>,
    JsonBody(draft): JsonBody<AnswerDraft>,
) -> Reply<ExecutionBody> {
    Ok(Json(services.approvals().answer(&actor, execution, &draft).await?.into()))
}

/// Forget an agent's results
///
/// From now on no earlier result is used again. The executions stay as they are.
#[utoipa::path(delete, path = "/agents/{id}/cache", tag = "Executions",
    params(("id" = AgentId, Path, description = "The agent")),
    responses((status = 204, description = "Forgotten")))]
async fn purge_cache(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(agent): PathId<AgentId>,
) -> Result<StatusCode, ApiError> {
    services.executions().purge_cache(&actor, agent).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The processes that run executions.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Workers {
    /// Those that were seen within the last minute.
    items: Vec<WorkerRow>,
}

/// List workers
///
/// The processes that run executions for every workspace of this installation.
#[utoipa::path(get, path = "/workers", tag = "Executions",
    responses((status = 200, description = "The processes", body = Workers)))]
async fn list_workers(State(AppState { services, .. }): State<AppState>, Key(actor): Key) -> Reply<Workers> {
    Ok(Json(Workers { items: services.executions().workers(&actor).await? }))
}
