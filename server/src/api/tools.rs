//! Tools over REST. Every change is a version; it names the one it is based on, as `If-Match`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::ids::ToolId;
use domain::paging::{List, Page, PageRequest};
use domain::tools::{CallReport, Tool, ToolDraft, ToolRow, ToolUser, ToolVersion, ToolVersionRow};
use serde::Deserialize;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::{JsonBody, Key, Number, PathId, QueryMap, Revision, revision};
use crate::reply::{ApiError, Reply};
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list_tools, create_tool))
        .routes(routes!(get_tool, change_tool, archive_tool))
        .routes(routes!(test_tool))
        .routes(routes!(list_tool_versions))
        .routes(routes!(get_tool_version))
        .routes(routes!(restore_tool_version))
        .routes(routes!(list_tool_users))
}

/// A tool, with its version as `ETag`.
fn with_etag(tool: &Tool) -> Response {
    let mut response = Json(tool).into_response();
    let tag = HeaderValue::from_str(&format!("\"{}\"", tool.version));
    response.headers_mut().extend(tag.map(|tag| (header::ETAG, tag)));
    response
}

/// List tools
///
/// Newest first. With `archived=true` those that are archived.
#[utoipa::path(get, path = "/tools", tag = "Tools",
    params(
        ("archived" = Option<bool>, Query, description = "The archived ones instead"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, description = "Rows wanted, 1 to 200; 50 unless given"),
    ),
    responses((status = 200, description = "A page of tools", body = Page<ToolRow>)))]
async fn list_tools(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    query: QueryMap,
) -> Reply<Page<ToolRow>> {
    let query = query.known(&["archived", "cursor", "limit"])?;
    let page = PageRequest::parse(List::Tools, query.get("cursor"), query.get("limit"))?;
    Ok(Json(services.tools().list(&actor, query.text("archived") == "true", page).await?))
}

/// Make a tool
///
/// Of the kind `http` (a call of an endpoint) or `builtin` (a part of this server). Schemas may be JSON
/// or text. A tool with `${secret.NAME}` in it needs secrets:write as well.
#[utoipa::path(post, path = "/tools", tag = "Tools",
    request_body(content = ToolDraft, example = json!({
        "name": "get_order", "description": "Reads an order by its number.", "kind": "http",
        "method": "GET", "url": "https://api.example.com/orders/{number}",
        "headers": {"Authorization": "Bearer ${secret.SHOP}"}, "result_path": "$.order",
        "input_schema": {"type": "object", "properties": {"number": {"type": "string"}}, "required": ["number"]}
    })),
    responses((status = 201, description = "The tool, version 1", body = Tool, headers(
        ("Location" = String, description = "Address of the tool"),
        ("ETag" = String, description = "Version of the tool")))))]
async fn create_tool(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    JsonBody(draft): JsonBody<ToolDraft>,
) -> Result<Response, ApiError> {
    let tool = services.tools().create(&actor, &draft).await?;
    let location = HeaderValue::from_str(&format!("/api/v1/tools/{}", tool.id));
    let mut response = with_etag(&tool);
    *response.status_mut() = StatusCode::CREATED;
    response.headers_mut().extend(location.map(|location| (header::LOCATION, location)));
    Ok(response)
}

/// Get a tool
///
/// With its newest definition.
#[utoipa::path(get, path = "/tools/{id}", tag = "Tools",
    params(("id" = ToolId, Path, description = "The tool")),
    responses((status = 200, description = "The tool", body = Tool, headers(
        ("ETag" = String, description = "Version of the tool")))))]
async fn get_tool(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(tool): PathId<ToolId>,
) -> Result<Response, ApiError> {
    Ok(with_etag(&services.tools().get(&actor, tool).await?))
}

/// Change a tool
///
/// Replaces all of it with a new version. Without `If-Match` the answer is 428, with an old version 409.
#[utoipa::path(put, path = "/tools/{id}", tag = "Tools",
    params(
        ("id" = ToolId, Path, description = "The tool"),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the tool as you read it"),
    ),
    request_body(content = ToolDraft),
    responses((status = 200, description = "The tool", body = Tool, headers(
        ("ETag" = String, description = "Version of the tool")))))]
async fn change_tool(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(tool): PathId<ToolId>,
    if_match: Revision,
    JsonBody(draft): JsonBody<ToolDraft>,
) -> Result<Response, ApiError> {
    let based_on = revision(None, if_match)?.map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    Ok(with_etag(&services.tools().update(&actor, tool, based_on, &draft).await?))
}

/// Archive a tool
///
/// Agents that have it are not offered it any more. Its versions stay.
#[utoipa::path(delete, path = "/tools/{id}", tag = "Tools",
    params(("id" = ToolId, Path, description = "The tool")),
    responses((status = 204, description = "Archived")))]
async fn archive_tool(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(tool): PathId<ToolId>,
) -> Result<StatusCode, ApiError> {
    services.tools().archive(&actor, tool).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What to try a tool with.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct TestBody {
    /// The arguments.
    #[schema(value_type = Object)]
    arguments: Value,
}

/// Try a tool
///
/// Calls the newest version once, for real, and shows what was sent and what came back, secrets masked.
/// A call that fails is an answer with `ok: false`, not an error.
#[utoipa::path(post, path = "/tools/{id}/test", tag = "Tools",
    params(("id" = ToolId, Path, description = "The tool")),
    request_body(content = TestBody, example = json!({"arguments": {"number": "4711"}})),
    responses((status = 200, description = "What the call gave", body = CallReport)))]
async fn test_tool(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(tool): PathId<ToolId>,
    JsonBody(body): JsonBody<TestBody>,
) -> Reply<CallReport> {
    Ok(Json(services.tools().test(&actor, tool, &body.arguments).await?))
}

/// List a tool's versions
///
/// Newest first, all of them.
#[utoipa::path(get, path = "/tools/{id}/versions", tag = "Tools",
    params(("id" = ToolId, Path, description = "The tool")),
    responses((status = 200, description = "The versions", body = Page<ToolVersionRow>)))]
async fn list_tool_versions(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(tool): PathId<ToolId>,
) -> Reply<Page<ToolVersionRow>> {
    Ok(Json(Page { items: services.tools().versions(&actor, tool).await?, next_cursor: None }))
}

/// Get a tool's version
///
/// With its definition.
#[utoipa::path(get, path = "/tools/{id}/versions/{n}", tag = "Tools",
    params(
        ("id" = ToolId, Path, description = "The tool"),
        ("n" = u32, Path, description = "Number of the version, from 1"),
    ),
    responses((status = 200, description = "The version", body = ToolVersion)))]
async fn get_tool_version(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(tool): PathId<ToolId>,
    Number(number): Number,
) -> Reply<ToolVersion> {
    Ok(Json(services.tools().version(&actor, tool, number).await?))
}

/// Restore a tool's version
///
/// Makes a new version that is like the older one.
#[utoipa::path(post, path = "/tools/{id}/versions/{n}/restore", tag = "Tools",
    params(
        ("id" = ToolId, Path, description = "The tool"),
        ("n" = u32, Path, description = "Number of the version, from 1"),
    ),
    responses((status = 200, description = "The tool", body = Tool)))]
async fn restore_tool_version(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(tool): PathId<ToolId>,
    Number(number): Number,
) -> Result<Response, ApiError> {
    Ok(with_etag(&services.tools().restore(&actor, tool, number).await?))
}

/// List who uses a tool
///
/// Agents whose draft or published version has it.
#[utoipa::path(get, path = "/tools/{id}/agents", tag = "Tools",
    params(("id" = ToolId, Path, description = "The tool")),
    responses((status = 200, description = "The agents", body = Page<ToolUser>)))]
async fn list_tool_users(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(tool): PathId<ToolId>,
) -> Reply<Page<ToolUser>> {
    Ok(Json(Page { items: services.tools().users(&actor, tool).await?, next_cursor: None }))
}
