//! Members and invitations.

use domain::ids::{LinkId, UserId};
use domain::workspaces::{Invitation, InvitationDraft, Member};
use leptos::prelude::*;

use crate::error::AppError;
#[cfg(feature = "ssr")]
use crate::server_context;

/// The members.
#[server(prefix = "/fn", endpoint = "workspaces/list_members")]
pub async fn list_members(workspace: String) -> Result<Vec<Member>, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.workspaces().members(&actor).await)
}

/// Open invitations.
#[server(prefix = "/fn", endpoint = "workspaces/list_invitations")]
pub async fn list_invitations(workspace: String) -> Result<Vec<Invitation>, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.workspaces().invitations(&actor).await)
}

/// Makes an invitation link.
#[server(prefix = "/fn", endpoint = "workspaces/invite_member")]
pub async fn invite_member(workspace: String, invitation: InvitationDraft) -> Result<String, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let link = server_context::reply(services.workspaces().invite(&actor, invitation).await)?;
    server_context::show_once(&services, &actor, "invitation", &link)?;
    server_context::after_form(&format!("/w/{workspace}/settings/members"));
    Ok(link)
}

/// The link of an invitation that a form without a script has just made.
#[server(prefix = "/fn", endpoint = "workspaces/take_invitation_link")]
pub async fn take_invitation_link(workspace: String) -> Result<Option<String>, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(actor.require(domain::Permission::MembersWrite))?;
    Ok(server_context::shown_once(&services, &actor, "invitation"))
}

/// Ends an invitation.
#[server(prefix = "/fn", endpoint = "workspaces/withdraw_invitation")]
pub async fn withdraw_invitation(workspace: String, invitation: LinkId) -> Result<(), AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.workspaces().withdraw_invitation(&actor, invitation).await)
}

/// Changes a member's role.
#[server(prefix = "/fn", endpoint = "workspaces/change_role")]
pub async fn change_role(workspace: String, user: UserId, role: String) -> Result<(), AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.workspaces().change_role(&actor, user, &role).await)
}

/// Grants or denies seeing inputs and outputs.
#[server(prefix = "/fn", endpoint = "workspaces/set_payload_right")]
pub async fn set_payload_right(workspace: String, user: UserId, sees_payloads: bool) -> Result<(), AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.workspaces().set_payload_right(&actor, user, sees_payloads).await)
}

/// Removes a member.
#[server(prefix = "/fn", endpoint = "workspaces/remove_member")]
pub async fn remove_member(workspace: String, user: UserId) -> Result<(), AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.workspaces().remove_member(&actor, user).await)
}
