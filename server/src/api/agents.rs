//! Agents over REST. The draft is edited by naming its revision, in the body or as `If-Match`.

mod files;
mod versions;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::agents::{Agent, AgentDraft, AgentRow};
use domain::ids::AgentId;
use domain::paging::{List, Page, PageRequest};
use domain::{Kind, Problem};
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::{JsonBody, Key, PathId, QueryMap, Revision, revision};
use crate::reply::{ApiError, Reply};
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list_agents, create_agent))
        .routes(routes!(get_agent, edit_agent, archive_agent))
        .merge(versions::router())
        .merge(files::router())
}

/// An agent, with its revision as `ETag`.
fn with_etag(agent: &Agent) -> Response {
    let mut response = Json(agent).into_response();
    let tag = HeaderValue::from_str(&format!("\"{}\"", agent.revision));
    response.headers_mut().extend(tag.map(|tag| (header::ETAG, tag)));
    response
}

/// A new agent, with its address.
fn created(agent: &Agent) -> Response {
    let location = HeaderValue::from_str(&format!("/api/v1/agents/{}", agent.id));
    let mut response = with_etag(agent);
    *response.status_mut() = StatusCode::CREATED;
    response.headers_mut().extend(location.map(|location| (header::LOCATION, location)));
    response
}

/// Everything at once, for lists that have no further page.
fn whole<T>(items: Vec<T>) -> Json<Page<T>> {
    Json(Page { items, next_cursor: None })
}

/// List agents
///
/// Newest first. Archived ones only when asked for.
#[utoipa::path(get, path = "/agents", tag = "Agents",
    params(
        ("archived" = Option<bool>, Query, description = "true lists the archived agents instead"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, description = "Rows wanted, 1 to 200; 50 unless given"),
    ),
    responses((status = 200, description = "A page of agents", body = Page<AgentRow>)))]
async fn list_agents(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    query: QueryMap,
) -> Reply<Page<AgentRow>> {
    let query = query.known(&["archived", "cursor", "limit"])?;
    let page = PageRequest::parse(List::Agents, query.get("cursor"), query.get("limit"))?;
    Ok(Json(services.agents().list(&actor, query.flag("archived")?, page).await?))
}

/// Create an agent
///
/// From a draft. Unknown fields are refused. Publish it before running it without `"version": "draft"`.
#[utoipa::path(post, path = "/agents", tag = "Agents",
    request_body(content = AgentDraft, example = json!({
        "title": "Support triage", "instructions": "You triage tickets for {company}.",
        "message": "My parcel is late.", "variables": {"company": "our company"}, "runtime": "toolhouse",
        "limits": {"attempts": 3}
    })),
    responses((status = 201, description = "The agent", body = Agent, headers(
        ("Location" = String, description = "Address of the agent"),
        ("ETag" = String, description = "Revision of the draft")))))]
async fn create_agent(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    JsonBody(draft): JsonBody<AgentDraft>,
) -> Result<Response, ApiError> {
    Ok(created(&services.agents().create(&actor, &draft).await?))
}

/// Get an agent
///
/// With its draft and, as `ETag`, the draft's revision.
#[utoipa::path(get, path = "/agents/{id}", tag = "Agents",
    params(("id" = AgentId, Path, description = "The agent")),
    responses((status = 200, description = "The agent", body = Agent, headers(
        ("ETag" = String, description = "Revision of the draft")))))]
async fn get_agent(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(agent): PathId<AgentId>,
) -> Result<Response, ApiError> {
    Ok(with_etag(&services.agents().get(&actor, agent).await?))
}

/// A part of a draft, and the revision it is based on. Fields that are left out stay as they are, `null` empties one.
#[derive(utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes the body, to which the document adds the fields of a draft")]
struct AgentEdit {
    /// The revision the edit is based on, unless `If-Match` says it.
    revision: Option<u64>,
}

/// Edit an agent's draft
///
/// Send the fields to change and the revision the edit is based on, as `revision` or as `If-Match`:
/// without one the answer is 428, with an old one 409 that says who changed what. `limits` and
/// `parameters` are merged field by field, `variables` are replaced, `null` empties a field.
#[utoipa::path(patch, path = "/agents/{id}", tag = "Agents",
    params(
        ("id" = AgentId, Path, description = "The agent"),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the agent as you read it"),
    ),
    request_body(content = AgentEdit, example = json!({"revision": 1, "title": "Triage", "limits": {"attempts": 2}})),
    responses((status = 200, description = "The agent", body = Agent, headers(
        ("ETag" = String, description = "Revision of the draft")))))]
async fn edit_agent(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(agent): PathId<AgentId>,
    if_match: Revision,
    JsonBody(mut fields): JsonBody<Map<String, Value>>,
) -> Result<Response, ApiError> {
    let revision = revision(take_revision(&mut fields)?, if_match)?;
    Ok(with_etag(&services.agents().patch(&actor, agent, revision, fields).await?))
}

/// Takes `revision` out of the fields of an edit.
fn take_revision(fields: &mut Map<String, Value>) -> Result<Option<u64>, ApiError> {
    match fields.remove("revision") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or_else(|| {
            let problem = Problem::field("revision", "Give the revision as a number.");
            ApiError(Problem { kind: Kind::InvalidInput, ..problem })
        }),
    }
}

/// Archive an agent
///
/// It takes no more executions. Those it had, and its versions, stay. Archiving twice is no error.
#[utoipa::path(delete, path = "/agents/{id}", tag = "Agents",
    params(("id" = AgentId, Path, description = "The agent")),
    responses((status = 204, description = "Archived")))]
async fn archive_agent(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(agent): PathId<AgentId>,
) -> Result<StatusCode, ApiError> {
    services.agents().archive(&actor, agent).await?;
    Ok(StatusCode::NO_CONTENT)
}
