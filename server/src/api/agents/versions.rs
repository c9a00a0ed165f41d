//! Publishing, versions, and what differs between two of them.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use domain::agents::{Agent, AgentVersion, AgentVersionRow, Change, PublishDraft};
use domain::ids::AgentId;
use domain::paging::Page;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{whole, with_etag};
use crate::caller::{Key, Number, OptionalJson, PathId, QueryMap, Revision, revision};
use crate::reply::{ApiError, Reply};
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(publish_agent))
        .routes(routes!(list_versions))
        .routes(routes!(get_version))
        .routes(routes!(restore_version))
        .routes(routes!(diff_versions))
}

/// Publish an agent's draft
///
/// Stores the draft as a version and makes it the one that executions use. The body may be left
/// out. With a revision, a draft that was changed meanwhile is refused.
#[utoipa::path(post, path = "/agents/{id}/publish", tag = "Versions",
    params(
        ("id" = AgentId, Path, description = "The agent"),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the agent as you read it"),
    ),
    request_body(content = Option<PublishDraft>, example = json!({"note": "Shorter replies", "revision": 2})),
    responses((status = 200, description = "The version", body = AgentVersion)))]
async fn publish_agent(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(agent): PathId<AgentId>,
    if_match: Revision,
    OptionalJson(draft): OptionalJson<PublishDraft>,
) -> Reply<AgentVersion> {
    let draft = PublishDraft { revision: revision(draft.revision, if_match)?, ..draft };
    Ok(Json(services.agents().publish(&actor, agent, &draft).await?))
}

/// List an agent's versions
///
/// Newest first, all of them.
#[utoipa::path(get, path = "/agents/{id}/versions", tag = "Versions",
    params(("id" = AgentId, Path, description = "The agent")),
    responses((status = 200, description = "The versions", body = Page<AgentVersionRow>)))]
async fn list_versions(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(agent): PathId<AgentId>,
) -> Reply<Page<AgentVersionRow>> {
    Ok(whole(services.agents().versions(&actor, agent).await?))
}

/// Get a version
///
/// With its configuration.
#[utoipa::path(get, path = "/agents/{id}/versions/{n}", tag = "Versions",
    params(
        ("id" = AgentId, Path, description = "The agent"),
        ("n" = u32, Path, description = "Number of the version, from 1"),
    ),
    responses((status = 200, description = "The version", body = AgentVersion)))]
async fn get_version(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(agent): PathId<AgentId>,
    Number(number): Number,
) -> Reply<AgentVersion> {
    Ok(Json(services.agents().version(&actor, agent, number).await?))
}

/// What comes with a restore.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
struct RestoreDraft {
    /// The revision of the draft that may be replaced; any when absent.
    revision: Option<u64>,
}

/// Restore a version into the draft
///
/// The draft becomes the version's configuration; what is published stays. The body may be left out.
#[utoipa::path(post, path = "/agents/{id}/versions/{n}/restore", tag = "Versions",
    params(
        ("id" = AgentId, Path, description = "The agent"),
        ("n" = u32, Path, description = "Number of the version, from 1"),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the agent as you read it"),
    ),
    request_body(content = Option<RestoreDraft>, example = json!({"revision": 3})),
    responses((status = 200, description = "The agent", body = Agent, headers(
        ("ETag" = String, description = "Revision of the draft")))))]
async fn restore_version(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(agent): PathId<AgentId>,
    Number(number): Number,
    if_match: Revision,
    OptionalJson(draft): OptionalJson<RestoreDraft>,
) -> Result<Response, ApiError> {
    let revision = revision(draft.revision, if_match)?;
    Ok(with_etag(&services.agents().restore(&actor, agent, number, revision).await?))
}

/// Compare two versions
///
/// Each side is the number of a version, or `draft`, which is also what an absent side stands for.
#[utoipa::path(get, path = "/agents/{id}/diff", tag = "Versions",
    params(
        ("id" = AgentId, Path, description = "The agent"),
        ("from" = Option<String>, Query, description = "Number of a version, or `draft`"),
        ("to" = Option<String>, Query, description = "Number of a version, or `draft`"),
    ),
    responses((status = 200, description = "The fields that differ, by path", body = Page<Change>)))]
async fn diff_versions(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(agent): PathId<AgentId>,
    query: QueryMap,
) -> Reply<Page<Change>> {
    let query = query.known(&["from", "to"])?;
    let (from, to) = (side(&query, "from")?, side(&query, "to")?);
    Ok(whole(services.agents().diff(&actor, agent, from, to).await?))
}

/// One side of a comparison; no number stands for the draft.
fn side(query: &QueryMap, name: &str) -> Result<Option<u32>, ApiError> {
    if query.text(name) == "draft" {
        return Ok(None);
    }
    Ok(query.number(name, 1, u64::from(u32::MAX))?.and_then(|number| u32::try_from(number).ok()))
}
