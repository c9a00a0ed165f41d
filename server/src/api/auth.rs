//! Sessions over plain HTTP, for people who work without a browser. No cookie is ever set here:
//! browsers sign in through their pages.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::Timestamp;
use domain::accounts::{Session, User};
use domain::ids::SessionId;
use domain::paging::Page;
use domain::secrets::SecretText;
use serde::{Deserialize, Serialize};
use services::accounts::{SignedIn, Stay};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::{JsonBody, PathId, PersonCaller, RequestOrigin};
use crate::reply::{ApiError, Reply};
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(sign_in))
        .routes(routes!(refresh))
        .routes(routes!(sign_out))
        .routes(routes!(list_sessions, revoke_other_sessions))
        .routes(routes!(revoke_session))
}

/// Who wants to sign in.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SignInBody {
    /// E-mail address.
    email: String,
    /// Password.
    #[schema(value_type = String, format = Password)]
    password: SecretText,
    /// True for a session of 30 days without use instead of 12 hours.
    #[serde(default)]
    keep_signed_in: bool,
}

/// A refresh token to exchange.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RefreshBody {
    /// The refresh token of the last answer.
    #[schema(value_type = String)]
    refresh_token: SecretText,
}

/// The tokens of a session.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Tokens {
    /// Send this as `Authorization: Bearer` under `/auth`.
    access_token: String,
    /// When the access token ends.
    access_expires_at: Timestamp,
    /// Gets the next pair of tokens, once.
    refresh_token: String,
    /// When the refresh token ends.
    refresh_expires_at: Timestamp,
    /// Who signed in.
    user: User,
}

impl From<SignedIn> for Tokens {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            access_token: signed_in.access.expose().to_owned(),
            access_expires_at: signed_in.access_expires_at,
            refresh_token: signed_in.refresh.expose().to_owned(),
            refresh_expires_at: signed_in.refresh_expires_at,
            user: signed_in.user,
        }
    }
}

/// Sign in
///
/// With address and password. Begins a session.
#[utoipa::path(post, path = "/auth/sign-in", tag = "Sessions", security(()),
    request_body(content = SignInBody, example = json!({"email": "ada@example.com", "password": "a long password"})),
    responses((status = 200, description = "The tokens of the session", body = Tokens)))]
async fn sign_in(
    State(AppState { services, .. }): State<AppState>,
    RequestOrigin(origin): RequestOrigin,
    JsonBody(body): JsonBody<SignInBody>,
) -> Reply<Tokens> {
    let stay = Stay::chosen(body.keep_signed_in);
    Ok(Json(services.accounts().sign_in(&body.email, body.password, stay, &origin).await?.into()))
}

/// Refresh a session
///
/// Each refresh token works once. One that comes again within 10 seconds gets the same next one; later it ends its
/// session.
#[utoipa::path(post, path = "/auth/refresh", tag = "Sessions", security(()),
    request_body(content = RefreshBody),
    responses((status = 200, description = "The next tokens", body = Tokens)))]
async fn refresh(
    State(AppState { services, .. }): State<AppState>,
    RequestOrigin(origin): RequestOrigin,
    JsonBody(body): JsonBody<RefreshBody>,
) -> Reply<Tokens> {
    Ok(Json(services.accounts().refresh(body.refresh_token.expose(), &origin).await?.into()))
}

/// Sign out
///
/// Ends the session of the access token, at once.
#[utoipa::path(post, path = "/auth/sign-out", tag = "Sessions", security(("session" = [])),
    responses((status = 204, description = "Signed out")))]
async fn sign_out(
    State(AppState { services, .. }): State<AppState>,
    PersonCaller(person): PersonCaller,
    RequestOrigin(origin): RequestOrigin,
) -> Result<StatusCode, ApiError> {
    services.accounts().sign_out(person.session, &origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List one's sessions
///
/// Newest first, those that still live.
#[utoipa::path(get, path = "/auth/sessions", tag = "Sessions", security(("session" = [])),
    responses((status = 200, description = "The sessions", body = Page<Session>)))]
async fn list_sessions(
    State(AppState { services, .. }): State<AppState>,
    PersonCaller(person): PersonCaller,
) -> Reply<Page<Session>> {
    let items = services.sessions().list(&person).await?;
    Ok(Json(Page { items, next_cursor: None }))
}

/// How many sessions ended.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Ended {
    /// How many.
    ended: usize,
}

/// End one's other sessions
///
/// Every session but the one that asks.
#[utoipa::path(delete, path = "/auth/sessions", tag = "Sessions", security(("session" = [])),
    responses((status = 200, description = "How many ended", body = Ended)))]
async fn revoke_other_sessions(
    State(AppState { services, .. }): State<AppState>,
    PersonCaller(person): PersonCaller,
    RequestOrigin(origin): RequestOrigin,
) -> Reply<Ended> {
    Ok(Json(Ended { ended: services.sessions().revoke_others(&person, &origin).await? }))
}

/// End one of one's sessions
///
/// It ends at once, its open streams too.
#[utoipa::path(delete, path = "/auth/sessions/{id}", tag = "Sessions", security(("session" = [])),
    params(("id" = SessionId, Path, description = "The session")),
    responses((status = 204, description = "Ended")))]
async fn revoke_session(
    State(AppState { services, .. }): State<AppState>,
    PersonCaller(person): PersonCaller,
    RequestOrigin(origin): RequestOrigin,
    PathId(session): PathId<SessionId>,
) -> Result<StatusCode, ApiError> {
    services.sessions().revoke(&person, session, &origin).await?;
    Ok(StatusCode::NO_CONTENT)
}
