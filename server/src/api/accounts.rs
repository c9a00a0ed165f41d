//! One's own account over plain HTTP: one-time links, profile and password.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::accounts::{AccountDraft, LinkInfo, User};
use domain::secrets::SecretText;
use domain::workspaces::{Membership, Workspace};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::Tokens;
use crate::caller::{JsonBody, PersonCaller, RequestOrigin};
use crate::reply::{ApiError, Reply};
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(get_account, rename_account))
        .routes(routes!(change_password))
        .routes(routes!(look_at_link))
        .routes(routes!(set_up))
        .routes(routes!(accept_invitation))
        .routes(routes!(join_workspace))
        .routes(routes!(reset_password))
}

/// The person who asks.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Account {
    /// Who.
    user: User,
    /// Their workspaces, and their role in each.
    workspaces: Vec<Membership>,
}

/// A new name.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NameBody {
    /// Name on screen.
    name: String,
}

/// The present password and the next one.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordBody {
    /// The password that is valid now.
    #[schema(value_type = String, format = Password)]
    current: SecretText,
    /// The password from now on.
    #[schema(value_type = String, format = Password)]
    new: SecretText,
}

/// The token of a one-time link: what stands behind `token=` in it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkBody {
    /// The token.
    #[schema(value_type = String)]
    token: SecretText,
}

/// A new account, made with a one-time link.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountBody {
    /// The token of the link.
    #[schema(value_type = String)]
    token: SecretText,
    /// E-mail address.
    email: String,
    /// Name on screen; the part before the @ unless given.
    #[serde(default)]
    name: String,
    /// Password.
    #[schema(value_type = String, format = Password)]
    password: SecretText,
    /// Name of the first workspace; only when setting up.
    #[serde(default)]
    workspace: String,
}

/// A new password, set with a one-time link.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ResetBody {
    /// The token of the link.
    #[schema(value_type = String)]
    token: SecretText,
    /// The password from now on.
    #[schema(value_type = String, format = Password)]
    password: SecretText,
}

/// Describe one's account
///
/// Who is signed in, and the workspaces they belong to.
#[utoipa::path(get, path = "/auth/account", tag = "Account", security(("session" = [])),
    responses((status = 200, description = "The account", body = Account)))]
async fn get_account(
    State(AppState { services, .. }): State<AppState>,
    PersonCaller(person): PersonCaller,
) -> Reply<Account> {
    let workspaces = services.accounts().memberships(person.user.id).await?;
    Ok(Json(Account { user: person.user, workspaces }))
}

/// Change one's name
///
/// As others see it.
#[utoipa::path(patch, path = "/auth/account", tag = "Account", security(("session" = [])),
    request_body(content = NameBody),
    responses((status = 200, description = "The account", body = User)))]
async fn rename_account(
    State(AppState { services, .. }): State<AppState>,
    PersonCaller(person): PersonCaller,
    RequestOrigin(origin): RequestOrigin,
    JsonBody(body): JsonBody<NameBody>,
) -> Reply<User> {
    Ok(Json(services.accounts().update_profile(&person, &body.name, &origin).await?))
}

/// Change one's password
///
/// Every other session of the person ends.
#[utoipa::path(post, path = "/auth/password", tag = "Account", security(("session" = [])),
    request_body(content = PasswordBody),
    responses((status = 204, description = "Changed")))]
async fn change_password(
    State(AppState { services, .. }): State<AppState>,
    PersonCaller(person): PersonCaller,
    RequestOrigin(origin): RequestOrigin,
    JsonBody(body): JsonBody<PasswordBody>,
) -> Result<StatusCode, ApiError> {
    services.accounts().change_password(&person, body.current, body.new, &origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Look at a one-time link
///
/// What it is for; it stays unused. A POST, so that the token is in no address.
#[utoipa::path(post, path = "/auth/link", tag = "Account", security(()),
    request_body(content = LinkBody),
    responses((status = 200, description = "What the link is for", body = LinkInfo)))]
async fn look_at_link(
    State(AppState { services, .. }): State<AppState>,
    JsonBody(body): JsonBody<LinkBody>,
) -> Reply<LinkInfo> {
    Ok(Json(services.accounts().link_info(body.token.expose()).await?))
}

/// Set up the server
///
/// Makes the first account and its workspace with the link that the server printed at its start.
#[utoipa::path(post, path = "/auth/setup", tag = "Account", security(()),
    request_body(content = AccountBody),
    responses((status = 200, description = "The tokens of a session", body = Tokens)))]
async fn set_up(
    State(AppState { services, .. }): State<AppState>,
    RequestOrigin(origin): RequestOrigin,
    JsonBody(body): JsonBody<AccountBody>,
) -> Reply<Tokens> {
    let draft = AccountDraft { email: body.email, name: body.name, password: body.password };
    let signed_in = services.accounts().setup(body.token.expose(), draft, &body.workspace, &origin).await?;
    Ok(Json(signed_in.into()))
}

/// Accept an invitation with a new account
///
/// The account gets the address that was invited.
#[utoipa::path(post, path = "/auth/invitation", tag = "Account", security(()),
    request_body(content = AccountBody),
    responses((status = 200, description = "The tokens of a session", body = Tokens)))]
async fn accept_invitation(
    State(AppState { services, .. }): State<AppState>,
    RequestOrigin(origin): RequestOrigin,
    JsonBody(body): JsonBody<AccountBody>,
) -> Reply<Tokens> {
    let draft = AccountDraft { email: body.email, name: body.name, password: body.password };
    let signed_in = services.accounts().accept_invitation(body.token.expose(), draft, &origin).await?;
    Ok(Json(signed_in.into()))
}

/// Accept an invitation with one's own account
///
/// The invitation must have been made for the account's address.
#[utoipa::path(post, path = "/auth/account/workspaces", tag = "Account", security(("session" = [])),
    request_body(content = LinkBody),
    responses((status = 200, description = "The workspace", body = Workspace)))]
async fn join_workspace(
    State(AppState { services, .. }): State<AppState>,
    PersonCaller(person): PersonCaller,
    RequestOrigin(origin): RequestOrigin,
    JsonBody(body): JsonBody<LinkBody>,
) -> Reply<Workspace> {
    Ok(Json(services.accounts().join(&person, body.token.expose(), &origin).await?))
}

/// Set a new password with a reset link
///
/// Every session of the account ends; sign in with the new password.
#[utoipa::path(post, path = "/auth/password/reset", tag = "Account", security(()),
    request_body(content = ResetBody),
    responses((status = 204, description = "Changed")))]
async fn reset_password(
    State(AppState { services, .. }): State<AppState>,
    RequestOrigin(origin): RequestOrigin,
    JsonBody(body): JsonBody<ResetBody>,
) -> Result<StatusCode, ApiError> {
    services.accounts().reset_password(body.token.expose(), body.password, &origin).await?;
    Ok(StatusCode::NO_CONTENT)
}
