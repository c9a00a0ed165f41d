//! Actions on many executions over REST: count first, then accept, follow, read the results.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::bulk::{BulkAction, BulkChoice, BulkKind, BulkPreview, BulkRow};
use domain::executions::FilterDraft;
use domain::ids::BulkId;
use domain::paging::{DEFAULT_LIMIT, List, MAX_LIMIT, Page, PageRequest};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::{JsonBody, Key, PathId, QueryMap};
use crate::reply::{ApiError, Reply};
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(preview_bulk_action))
        .routes(routes!(start_bulk_action))
        .routes(routes!(list_bulk_actions))
        .routes(routes!(get_bulk_action))
        .routes(routes!(list_bulk_rows))
        .routes(routes!(stop_bulk_action))
}

/// What to do with many executions.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct BulkBody {
    /// What is done.
    kind: BulkKind,
    /// To which executions.
    #[serde(default)]
    filter: FilterDraft,
    /// Which version re-runs use.
    #[serde(default = "original")]
    version: BulkChoice,
    /// The number the caller saw; when another number fits now, nothing is done.
    expected: Option<u64>,
}

const fn original() -> BulkChoice {
    BulkChoice::Original
}

/// Count what an action would touch
#[utoipa::path(post, path = "/bulk-actions/preview", tag = "Executions",
    request_body(content = FilterDraft, example = json!({"status": "failed"})),
    responses((status = 200, description = "How many fit", body = BulkPreview)))]
async fn preview_bulk_action(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    JsonBody(filter): JsonBody<FilterDraft>,
) -> Reply<BulkPreview> {
    Ok(Json(services.bulk().preview(&actor, &filter.parse()?).await?))
}

/// Cancel or run again many executions
///
/// Everything that fits the filter now. The action is worked off in the background, newest execution
/// first, with a result for each; executions that come later are not touched.
#[utoipa::path(post, path = "/bulk-actions", tag = "Executions",
    request_body(content = BulkBody, example = json!({"kind": "rerun", "filter": {"status": "failed"}, "expected": 12})),
    responses((status = 202, description = "Accepted", body = BulkAction)))]
async fn start_bulk_action(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    JsonBody(body): JsonBody<BulkBody>,
) -> Result<(StatusCode, Json<BulkAction>), ApiError> {
    let filter = body.filter.parse()?;
    let bulk = services.bulk().start(&actor, body.kind, &filter, body.version, body.expected).await?;
    Ok((StatusCode::ACCEPTED, Json(bulk)))
}

/// List actions on many executions
#[utoipa::path(get, path = "/bulk-actions", tag = "Executions",
    params(
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, description = "Rows wanted, 1 to 200; 50 unless given"),
    ),
    responses((status = 200, description = "A page of actions, newest first", body = Page<BulkAction>)))]
async fn list_bulk_actions(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    query: QueryMap,
) -> Reply<Page<BulkAction>> {
    let query = query.known(&["cursor", "limit"])?;
    let page = PageRequest::parse(List::Bulk, query.get("cursor"), query.get("limit"))?;
    Ok(Json(services.bulk().list(&actor, page).await?))
}

/// Get an action on many executions
#[utoipa::path(get, path = "/bulk-actions/{id}", tag = "Executions",
    params(("id" = BulkId, Path, description = "The action")),
    responses((status = 200, description = "The action and how far it is", body = BulkAction)))]
async fn get_bulk_action(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(bulk): PathId<BulkId>,
) -> Reply<BulkAction> {
    Ok(Json(services.bulk().get(&actor, bulk).await?))
}

/// Results of an action.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct BulkRows {
    /// The results, in the order of work.
    items: Vec<BulkRow>,
}

/// List an action's results
///
/// One for each execution. Give the last number as `after` for the next page.
#[utoipa::path(get, path = "/bulk-actions/{id}/rows", tag = "Executions",
    params(
        ("id" = BulkId, Path, description = "The action"),
        ("after" = Option<u64>, Query, description = "Results after this number; from the first unless given"),
        ("limit" = Option<u32>, Query, description = "Results wanted, 1 to 200; 50 unless given"),
    ),
    responses((status = 200, description = "A page of results", body = BulkRows)))]
async fn list_bulk_rows(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(bulk): PathId<BulkId>,
    query: QueryMap,
) -> Reply<BulkRows> {
    let query = query.known(&["after", "limit"])?;
    let after = query.number("after", 0, i64::MAX.unsigned_abs())?.unwrap_or_default();
    let limit = query.number("limit", 1, u64::from(MAX_LIMIT))?;
    let limit = limit.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(DEFAULT_LIMIT);
    Ok(Json(BulkRows { items: services.bulk().rows(&actor, bulk, after, limit).await? }))
}

/// Stop an action on many executions
///
/// What was done stays done.
#[utoipa::path(post, path = "/bulk-actions/{id}/stop", tag = "Executions",
    params(("id" = BulkId, Path, description = "The action")),
    responses((status = 200, description = "Stopped", body = BulkAction)))]
async fn stop_bulk_action(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(bulk): PathId<BulkId>,
) -> Reply<BulkAction> {
    Ok(Json(services.bulk().stop(&actor, bulk).await?))
}
