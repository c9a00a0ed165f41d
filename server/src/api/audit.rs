//! The audit log over REST.

use axum::Json;
use axum::extract::State;
use domain::audit::{AuditFilter, AuditRow};
use domain::paging::{List, Page, PageRequest};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::{Key, QueryMap};
use crate::reply::Reply;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(list_audit))
}

/// List audit rows
///
/// Who did what, when and from where; newest first. Needs the scope `audit:read`.
#[utoipa::path(get, path = "/audit", tag = "Workspace",
    params(
        ("action" = Option<String>, Query, description = "Only this action", example = "agent.publish"),
        ("actor" = Option<String>, Query, description = "Only this actor's name"),
        ("target" = Option<String>, Query, description = "Only this identifier"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, description = "Rows wanted, 1 to 200; 50 unless given"),
    ),
    responses((status = 200, description = "A page of rows", body = Page<AuditRow>)))]
async fn list_audit(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    query: QueryMap,
) -> Reply<Page<AuditRow>> {
    let query = query.known(&["action", "actor", "target", "cursor", "limit"])?;
    let page = PageRequest::parse(List::Audit, query.get("cursor"), query.get("limit"))?;
    let [action, actor_name, target] =
        ["action", "actor", "target"].map(|name| query.get(name).map(str::to_owned));
    let filter = AuditFilter { action, actor: actor_name, target };
    Ok(Json(services.audit().list(&actor, filter, page).await?))
}
