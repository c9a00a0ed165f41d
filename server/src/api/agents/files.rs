//! Ways in and out for whole agents: th files of Toolhouse, and templates.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::agents::{Agent, AgentDraft, TEMPLATES, Template};
use domain::ids::AgentId;
use domain::paging::Page;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{created, whole};
use crate::caller::{Key, PathId, ThFileBody, ThFileJson};
use crate::reply::{ApiError, Reply};
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(export_agent))
        .routes(routes!(import_agent))
        .routes(routes!(list_templates))
}

/// Export an agent as a th file
///
/// The draft, in Toolhouse's own format. Keys that came with an import are kept.
#[utoipa::path(get, path = "/agents/{id}/th-file", tag = "Agents",
    params(("id" = AgentId, Path, description = "The agent")),
    responses((status = 200, description = "The file", body = String, content_type = "text/yaml")))]
async fn export_agent(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(agent): PathId<AgentId>,
) -> Result<Response, ApiError> {
    let file = services.agents().export(&actor, agent).await?;
    Ok(([(header::CONTENT_TYPE, "text/yaml; charset=utf-8")], file).into_response())
}

/// Import an agent from a th file
///
/// Send the YAML itself, or JSON with the file's text. Keys that mean nothing here are kept for
/// export.
#[utoipa::path(post, path = "/agents/import", tag = "Agents",
    request_body(description = "The file", content(
        (ThFileJson = "application/json", example = json!({"file": "title: Support triage\nprompt: You triage tickets.\n"})),
        (String = "text/yaml"),
    )),
    responses((status = 201, description = "The agent", body = Agent, headers(
        ("Location" = String, description = "Address of the agent"),
        ("ETag" = String, description = "Revision of the draft")))))]
async fn import_agent(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    ThFileBody(file): ThFileBody,
) -> Result<Response, ApiError> {
    Ok(created(&services.agents().import(&actor, &file).await?))
}

/// A starting point for a new agent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct AgentTemplate {
    /// Short name.
    slug: &'static str,
    /// Title.
    title: &'static str,
    /// What it does, in one sentence.
    description: &'static str,
    /// What to create the agent from.
    draft: AgentDraft,
}

impl From<&Template> for AgentTemplate {
    fn from(template: &Template) -> Self {
        Self {
            slug: template.slug,
            title: template.title,
            description: template.description,
            draft: template.draft(),
        }
    }
}

/// List templates
///
/// Each `draft` can be sent to `POST /agents` as it is.
#[utoipa::path(get, path = "/agent-templates", tag = "Agents",
    responses((status = 200, description = "The templates", body = Page<AgentTemplate>)))]
async fn list_templates(_: Key) -> Reply<Page<AgentTemplate>> {
    Ok(whole(TEMPLATES.iter().map(AgentTemplate::from).collect()))
}
