//! Executions over REST: start, list, read, follow, cancel, continue.

mod again;
mod bulk;
mod events;
mod view;

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::executions::{ExecutionDetail, FilterDraft, Histogram, Prefer, Span, StartDraft};
use domain::ids::{AgentId, ExecutionId};
use domain::paging::{List, Page, PageRequest};
use domain::{Actor, Problem};
use serde::Deserialize;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::{JsonBody, Key, OptionalJson, PathId, QueryMap};
use crate::reply::{ApiError, Reply};
use crate::state::AppState;

use view::ExecutionBody;
pub(super) use view::ExecutionRowBody;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(start_execution))
        .routes(routes!(list_executions))
        .routes(routes!(get_histogram))
        .routes(routes!(get_execution))
        .routes(routes!(cancel_execution))
        .routes(routes!(continue_execution))
        .merge(again::router())
        .merge(bulk::router())
        .merge(events::router())
}

/// What to run.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
struct StartBody {
    /// What the agent is asked; its default message when absent.
    message: Option<String>,
    /// Values that replace the defaults of variables.
    vars: BTreeMap<String, String>,
    /// Number of a version, or `"draft"`; the published version when absent.
    #[schema(value_type = Option<String>, example = "draft")]
    version: Value,
    /// True to want no earlier result, where the agent keeps results.
    no_cache: bool,
    /// 1 (high) goes before 2 (normal, unless given) and 3 (low) when executions wait.
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 3, example = 2)]
    priority: Value,
}

impl StartBody {
    fn draft(self) -> Result<StartDraft, ApiError> {
        let version = typed(self.version)
            .ok_or_else(|| Problem::field("version", "Give a version number or \"draft\"."))?;
        let priority = typed(self.priority)
            .ok_or_else(|| Problem::field("priority", "Use 1 (high), 2 (normal) or 3 (low)."))?;
        Ok(StartDraft { message: self.message, vars: self.vars, version, no_cache: self.no_cache, priority })
    }
}

/// A number or a text, as typed; nothing where it is neither.
fn typed(value: Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Start an execution
///
/// When the answer comes, the execution is stored for good. The same `Idempotency-Key` with the
/// same body within 24 hours answers with the first execution, with another body 409. With
/// `Prefer: wait=N` the answer comes when it has ended, or after N seconds. The body may be left out.
#[utoipa::path(post, path = "/agents/{id}/executions", tag = "Executions",
    params(
        ("id" = AgentId, Path, description = "The agent"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 128 visible ASCII characters"),
        ("Prefer" = Option<String>, Header, description = "`wait=N` waits for the end, up to 60 seconds"),
        ("Cache-Control" = Option<String>, Header, description = "`no-cache` wants no earlier result"),
    ),
    request_body(content = Option<StartBody>, example = json!({"message": "My parcel is late.", "vars": {"company": "Acme"}})),
    responses(
        (status = 200, description = "Ended within the wait that was asked for", body = ExecutionBody, headers(
            ("Location" = String, description = "Address of the execution"),
            ("Preference-Applied" = String, description = "The wait that was granted"))),
        (status = 202, description = "Accepted", body = ExecutionBody, headers(
            ("Location" = String, description = "Address of the execution")))))]
async fn start_execution(
    State(state): State<AppState>,
    Key(actor): Key,
    PathId(agent): PathId<AgentId>,
    headers: HeaderMap,
    OptionalJson(body): OptionalJson<StartBody>,
) -> Result<Response, ApiError> {
    let key = idempotency_key(&headers)?;
    let draft = body.draft()?;
    let draft = StartDraft { no_cache: draft.no_cache || no_cache(&headers), ..draft };
    let started = state.services.executions().start(&actor, agent, &draft, key).await?;
    answer(&state, &actor, started, &headers).await
}

/// The `Idempotency-Key`; what is no text becomes an empty one, which is refused.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let mut keys = headers.get_all("idempotency-key").iter();
    let key = keys.next().map(|value| value.to_str().unwrap_or_default());
    if keys.next().is_some() {
        return Err(ApiError(Problem::field("Idempotency-Key", "Send one Idempotency-Key.")));
    }
    Ok(key)
}

/// Whether the caller wants no earlier result.
fn no_cache(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|text| text.split(',')).any(|word| word.trim().eq_ignore_ascii_case("no-cache"))
}

/// Answers with an accepted execution, after the wait the caller prefers. A shutdown ends the wait, so
/// that the caller learns the execution's address.
async fn answer(
    AppState { services, stop, .. }: &AppState,
    actor: &Actor,
    started: ExecutionDetail,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let prefer =
        headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok()).find_map(Prefer::parse);
    let wait_s = prefer.map_or(0, |prefer| prefer.wait_s);
    let detail = if wait_s == 0 {
        started
    } else {
        let (executions, limit) = (services.executions(), Duration::from_secs(wait_s));
        let waited = stop.run_until_cancelled(executions.wait(actor, started.row.id, limit)).await;
        waited.transpose()?.unwrap_or(started)
    };
    let applied = (wait_s > 0 && detail.row.status.is_final()).then_some(wait_s);
    Ok(accepted(detail, applied))
}

/// 200 for an execution that ended in the wait granted, else 202; with its address.
fn accepted(detail: ExecutionDetail, waited_s: Option<u64>) -> Response {
    let location = HeaderValue::from_str(&format!("/api/v1/executions/{}", detail.row.id));
    let status = if waited_s.is_some() { StatusCode::OK } else { StatusCode::ACCEPTED };
    let mut response = (status, Json(ExecutionBody::from(detail))).into_response();
    let applied = waited_s.and_then(|wait_s| HeaderValue::from_str(&format!("wait={wait_s}")).ok());
    let headers = response.headers_mut();
    headers.extend(location.map(|location| (header::LOCATION, location)));
    headers.extend(applied.map(|applied| (HeaderName::from_static("preference-applied"), applied)));
    response
}

/// List executions
///
/// Newest first. `q` looks for words in the title and in the error's sentence.
#[utoipa::path(get, path = "/executions", tag = "Executions",
    params(
        ("status" = Option<String>, Query, description = "States, separated by commas", example = "failed,crashed"),
        ("agent" = Option<AgentId>, Query, description = "Executions of this agent"),
        ("from" = Option<String>, Query, description = "Created at or after, RFC 3339"),
        ("to" = Option<String>, Query, description = "Created before, RFC 3339"),
        ("q" = Option<String>, Query, description = "Words; needs the scope payloads:read"),
        ("ids" = Option<String>, Query, description = "These executions only: ids separated by commas, at most 200"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, description = "Rows wanted, 1 to 200; 50 unless given"),
    ),
    responses((status = 200, description = "A page of executions", body = Page<ExecutionRowBody>)))]
async fn list_executions(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    query: QueryMap,
) -> Reply<Page<ExecutionRowBody>> {
    let query = query.known(&["status", "agent", "from", "to", "q", "ids", "cursor", "limit"])?;
    let page = PageRequest::parse(List::Executions, query.get("cursor"), query.get("limit"))?;
    let [status, agent, from, to, q, ids] =
        ["status", "agent", "from", "to", "q", "ids"].map(|name| query.text(name).to_owned());
    let filter = FilterDraft { status, agent, from, to, q, ids }.parse()?;
    let page = services.executions().list(&actor, &filter, page).await?;
    let items = page.items.into_iter().map(ExecutionRowBody::from).collect();
    Ok(Json(Page { items, next_cursor: page.next_cursor }))
}

/// Count executions over time
///
/// 48 bars of equal width over the time between `from` and `to`. Where `from` is missing, over `span` before
/// `to`; where `to` is missing, up to now.
#[utoipa::path(get, path = "/executions/histogram", tag = "Executions",
    params(
        ("status" = Option<String>, Query, description = "States, separated by commas", example = "failed,crashed"),
        ("agent" = Option<AgentId>, Query, description = "Executions of this agent"),
        ("from" = Option<String>, Query, description = "Created at or after, RFC 3339"),
        ("to" = Option<String>, Query, description = "Created before, RFC 3339"),
        ("q" = Option<String>, Query, description = "Words; needs the scope payloads:read"),
        ("span" = Option<String>, Query, description = "`1h`, `24h`, `7d` or `30d`; `24h` unless given"),
    ),
    responses((status = 200, description = "The bars", body = Histogram)))]
async fn get_histogram(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    query: QueryMap,
) -> Reply<Histogram> {
    let query = query.known(&["status", "agent", "from", "to", "q", "span"])?;
    let [status, agent, from, to, q] =
        ["status", "agent", "from", "to", "q"].map(|name| query.text(name).to_owned());
    let filter = FilterDraft { status, agent, from, to, q, ids: String::new() }.parse()?;
    let span = Span::read(query.text("span"))?;
    Ok(Json(services.executions().histogram(&actor, &filter, span).await?))
}

/// Get an execution
///
/// Input and output are absent without the scope `payloads:read`.
#[utoipa::path(get, path = "/executions/{id}", tag = "Executions",
    params(("id" = ExecutionId, Path, description = "The execution")),
    responses((status = 200, description = "The execution", body = ExecutionBody)))]
async fn get_execution(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(execution): PathId<ExecutionId>,
) -> Reply<ExecutionBody> {
    Ok(Json(services.executions().get(&actor, execution).await?.into()))
}

/// Cancel an execution
///
/// A queued one ends at once, a running one within a second: follow `status`. One that has ended
/// is left as it is, with 409.
#[utoipa::path(post, path = "/executions/{id}/cancel", tag = "Executions",
    params(("id" = ExecutionId, Path, description = "The execution")),
    responses((status = 202, description = "The stop is asked for", body = ExecutionBody)))]
async fn cancel_execution(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(execution): PathId<ExecutionId>,
) -> Result<Response, ApiError> {
    Ok(accepted(services.executions().cancel(&actor, execution).await?, None))
}

/// The next message of a conversation.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct MessageBody {
    /// What the agent is asked.
    message: String,
}

/// Continue a conversation
///
/// A new execution that goes on where one that succeeded ended, with the same version. The same
/// `Idempotency-Key` with the same message answers with the first one, as when starting.
#[utoipa::path(post, path = "/executions/{id}/messages", tag = "Executions",
    params(
        ("id" = ExecutionId, Path, description = "The execution to continue"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 128 visible ASCII characters"),
        ("Prefer" = Option<String>, Header, description = "`wait=N` waits for the end, up to 60 seconds"),
    ),
    request_body(content = MessageBody, example = json!({"message": "Shorter, please."})),
    responses(
        (status = 200, description = "Ended within the wait that was asked for", body = ExecutionBody),
        (status = 202, description = "Accepted", body = ExecutionBody, headers(
            ("Location" = String, description = "Address of the new execution")))))]
async fn continue_execution(
    State(state): State<AppState>,
    Key(actor): Key,
    PathId(execution): PathId<ExecutionId>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<MessageBody>,
) -> Result<Response, ApiError> {
    let key = idempotency_key(&headers)?;
    let started = state.services.executions().follow_up_once(&actor, execution, &body.message, key).await?;
    answer(&state, &actor, started, &headers).await
}
