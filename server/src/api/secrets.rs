//! Secrets for tools over REST: set, listed by name, removed. A value never comes back out.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::paging::Page;
use domain::secrets::{NamedSecret, SecretText};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::{JsonBody, Key, PathName};
use crate::reply::{ApiError, Reply};
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(list_secrets)).routes(routes!(set_secret, remove_secret))
}

/// A value to keep.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SecretBody {
    /// The value, at most 16 KiB. It is stored encrypted and never shown.
    #[schema(value_type = String)]
    value: SecretText,
}

/// List secrets
///
/// By name, with when they were set and last used; never their values.
#[utoipa::path(get, path = "/secrets", tag = "Tools",
    responses((status = 200, description = "The secrets", body = Page<NamedSecret>)))]
async fn list_secrets(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
) -> Reply<Page<NamedSecret>> {
    Ok(Json(Page { items: services.secrets().list_named(&actor).await?, next_cursor: None }))
}

/// Set a secret
///
/// In place of an earlier value. Tools use it as `${secret.NAME}` in headers, query and body.
#[utoipa::path(put, path = "/secrets/{name}", tag = "Tools",
    params(("name" = String, Path, description = "1 to 64 letters, digits, underscores and dashes")),
    request_body(content = SecretBody, example = json!({"value": "sk-…"})),
    responses((status = 204, description = "Set")))]
async fn set_secret(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathName(name): PathName,
    JsonBody(body): JsonBody<SecretBody>,
) -> Result<StatusCode, ApiError> {
    services.secrets().set_named(&actor, &name, body.value).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a secret
///
/// Tools that use it fail with `secret_missing` until it is set again.
#[utoipa::path(delete, path = "/secrets/{name}", tag = "Tools",
    params(("name" = String, Path, description = "Name of the secret")),
    responses((status = 204, description = "Removed")))]
async fn remove_secret(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathName(name): PathName,
) -> Result<StatusCode, ApiError> {
    services.secrets().remove_named(&actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
