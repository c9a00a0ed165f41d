//! What only people do in a workspace, over plain HTTP: members, invitations, the Toolhouse key.
//! The workspace is in the address, as on pages.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::ids::{LinkId, UserId};
use domain::paging::Page;
use domain::secrets::SecretText;
use domain::toolhouse::ConnectionStatus;
use domain::workspaces::{Invitation, InvitationDraft, Member};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::{JsonBody, MemberCaller, PathId};
use crate::reply::{ApiError, Reply};
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list_members))
        .routes(routes!(remove_member))
        .routes(routes!(change_role))
        .routes(routes!(change_payload_right))
        .routes(routes!(list_invitations, invite_member))
        .routes(routes!(withdraw_invitation))
        .routes(routes!(connect_toolhouse, disconnect_toolhouse))
}

/// A role for a member.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RoleBody {
    /// `viewer`, `member`, `admin` or `owner`.
    role: String,
}

/// Whether a member sees inputs and outputs.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct PayloadRightBody {
    /// True to let them see.
    sees_payloads: bool,
}

/// A new invitation. The only answer that holds its link.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct MadeInvitation {
    /// Send it to the person yourself. It works once. Shown once.
    link: String,
}

/// A key to connect with.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ToolhouseKeyBody {
    /// The Toolhouse key. It is stored encrypted and never shown.
    #[schema(value_type = String, format = Password)]
    key: SecretText,
}

/// List members
///
/// By address.
#[utoipa::path(get, path = "/auth/workspaces/{workspace}/members", tag = "Members", security(("session" = [])),
    params(("workspace" = String, Path, description = "Slug of the workspace")),
    responses((status = 200, description = "The members", body = Page<Member>)))]
async fn list_members(
    State(AppState { services, .. }): State<AppState>,
    MemberCaller(actor): MemberCaller,
) -> Reply<Page<Member>> {
    let items = services.workspaces().members(&actor).await?;
    Ok(Json(Page { items, next_cursor: None }))
}

/// Remove a member
///
/// Anybody may leave by naming themselves; the last owner cannot.
#[utoipa::path(delete, path = "/auth/workspaces/{workspace}/members/{id}", tag = "Members",
    security(("session" = [])),
    params(
        ("workspace" = String, Path, description = "Slug of the workspace"),
        ("id" = UserId, Path, description = "The person"),
    ),
    responses((status = 204, description = "Removed")))]
async fn remove_member(
    State(AppState { services, .. }): State<AppState>,
    MemberCaller(actor): MemberCaller,
    PathId(person): PathId<UserId>,
) -> Result<StatusCode, ApiError> {
    services.workspaces().remove_member(&actor, person).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Change a member's role
///
/// Only owners decide about owners.
#[utoipa::path(put, path = "/auth/workspaces/{workspace}/members/{id}/role", tag = "Members",
    security(("session" = [])),
    params(
        ("workspace" = String, Path, description = "Slug of the workspace"),
        ("id" = UserId, Path, description = "The person"),
    ),
    request_body(content = RoleBody, example = json!({"role": "member"})),
    responses((status = 204, description = "Changed")))]
async fn change_role(
    State(AppState { services, .. }): State<AppState>,
    MemberCaller(actor): MemberCaller,
    PathId(person): PathId<UserId>,
    JsonBody(body): JsonBody<RoleBody>,
) -> Result<StatusCode, ApiError> {
    services.workspaces().change_role(&actor, person, &body.role).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let a member see inputs and outputs, or not
///
/// Nobody gives a right that they lack.
#[utoipa::path(put, path = "/auth/workspaces/{workspace}/members/{id}/payload-right", tag = "Members",
    security(("session" = [])),
    params(
        ("workspace" = String, Path, description = "Slug of the workspace"),
        ("id" = UserId, Path, description = "The person"),
    ),
    request_body(content = PayloadRightBody),
    responses((status = 204, description = "Changed")))]
async fn change_payload_right(
    State(AppState { services, .. }): State<AppState>,
    MemberCaller(actor): MemberCaller,
    PathId(person): PathId<UserId>,
    JsonBody(body): JsonBody<PayloadRightBody>,
) -> Result<StatusCode, ApiError> {
    services.workspaces().set_payload_right(&actor, person, body.sees_payloads).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List open invitations
///
/// Those that still work, newest first, without their links.
#[utoipa::path(get, path = "/auth/workspaces/{workspace}/invitations", tag = "Members", security(("session" = [])),
    params(("workspace" = String, Path, description = "Slug of the workspace")),
    responses((status = 200, description = "The invitations", body = Page<Invitation>)))]
async fn list_invitations(
    State(AppState { services, .. }): State<AppState>,
    MemberCaller(actor): MemberCaller,
) -> Reply<Page<Invitation>> {
    let items = services.workspaces().invitations(&actor).await?;
    Ok(Json(Page { items, next_cursor: None }))
}

/// Make an invitation
///
/// In place of an earlier one for the same address. Its link is in this answer and nowhere else.
#[utoipa::path(post, path = "/auth/workspaces/{workspace}/invitations", tag = "Members", security(("session" = [])),
    params(("workspace" = String, Path, description = "Slug of the workspace")),
    request_body(content = InvitationDraft, example = json!({"email": "bob@example.com", "role": "member"})),
    responses((status = 201, description = "The link", body = MadeInvitation)))]
async fn invite_member(
    State(AppState { services, .. }): State<AppState>,
    MemberCaller(actor): MemberCaller,
    JsonBody(draft): JsonBody<InvitationDraft>,
) -> Result<(StatusCode, Json<MadeInvitation>), ApiError> {
    let link = services.workspaces().invite(&actor, draft).await?;
    Ok((StatusCode::CREATED, Json(MadeInvitation { link })))
}

/// Withdraw an invitation
///
/// Its link stops working.
#[utoipa::path(delete, path = "/auth/workspaces/{workspace}/invitations/{id}", tag = "Members",
    security(("session" = [])),
    params(
        ("workspace" = String, Path, description = "Slug of the workspace"),
        ("id" = LinkId, Path, description = "The invitation"),
    ),
    responses((status = 204, description = "Withdrawn")))]
async fn withdraw_invitation(
    State(AppState { services, .. }): State<AppState>,
    MemberCaller(actor): MemberCaller,
    PathId(invitation): PathId<LinkId>,
) -> Result<StatusCode, ApiError> {
    services.workspaces().withdraw_invitation(&actor, invitation).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Connect Toolhouse
///
/// With a key of the workspace's own, after Toolhouse accepted it.
#[utoipa::path(put, path = "/auth/workspaces/{workspace}/toolhouse", tag = "Workspace", security(("session" = [])),
    params(("workspace" = String, Path, description = "Slug of the workspace")),
    request_body(content = ToolhouseKeyBody),
    responses((status = 200, description = "The connection", body = ConnectionStatus)))]
async fn connect_toolhouse(
    State(AppState { services, .. }): State<AppState>,
    MemberCaller(actor): MemberCaller,
    JsonBody(body): JsonBody<ToolhouseKeyBody>,
) -> Reply<ConnectionStatus> {
    services.toolhouse().connect(&actor, body.key).await?;
    Ok(Json(services.toolhouse().status(&actor).await?))
}

/// Disconnect Toolhouse
///
/// Forgets the workspace's own key. Where it has none, the answer is 409 and says whose key is used.
#[utoipa::path(delete, path = "/auth/workspaces/{workspace}/toolhouse", tag = "Workspace",
    security(("session" = [])),
    params(("workspace" = String, Path, description = "Slug of the workspace")),
    responses((status = 204, description = "Forgotten")))]
async fn disconnect_toolhouse(
    State(AppState { services, .. }): State<AppState>,
    MemberCaller(actor): MemberCaller,
) -> Result<StatusCode, ApiError> {
    services.toolhouse().disconnect(&actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
