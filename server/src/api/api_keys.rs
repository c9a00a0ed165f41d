//! API keys over REST. A key makes only keys with a part of its own scopes and no later end.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::api_keys::{ApiKey, ApiKeyDraft};
use domain::ids::ApiKeyId;
use domain::paging::Page;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::{JsonBody, Key, PathId};
use crate::reply::{ApiError, Reply};
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(list_keys, create_key)).routes(routes!(revoke_key))
}

/// A new key. The only answer that holds its value.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct CreatedKey {
    /// The key as listed.
    #[serde(flatten)]
    key: ApiKey,
    /// What to send as `Authorization: Bearer`. Shown once.
    #[schema(example = "sf_…")]
    value: String,
}

/// List API keys
///
/// Newest first, revoked ones too, without their values.
#[utoipa::path(get, path = "/api-keys", tag = "API keys",
    responses((status = 200, description = "The keys", body = Page<ApiKey>)))]
async fn list_keys(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
) -> Reply<Page<ApiKey>> {
    let items = services.api_keys().list(&actor).await?;
    Ok(Json(Page { items, next_cursor: None }))
}

/// Make an API key
///
/// Its value is in this answer and nowhere else. The scopes must be among those of the key that
/// asks, and the end no later.
#[utoipa::path(post, path = "/api-keys", tag = "API keys",
    request_body(content = ApiKeyDraft, example = json!({
        "name": "nightly report", "scopes": ["executions:read", "payloads:read"], "expires_in_days": 30
    })),
    responses((status = 201, description = "The key with its value", body = CreatedKey)))]
async fn create_key(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    JsonBody(draft): JsonBody<ApiKeyDraft>,
) -> Result<(StatusCode, Json<CreatedKey>), ApiError> {
    let (key, value) = services.api_keys().create(&actor, draft).await?;
    Ok((StatusCode::CREATED, Json(CreatedKey { key, value: value.expose().to_owned() })))
}

/// Revoke an API key
///
/// It stops working with its next request.
#[utoipa::path(delete, path = "/api-keys/{id}", tag = "API keys",
    params(("id" = ApiKeyId, Path, description = "The key")),
    responses((status = 204, description = "Revoked")))]
async fn revoke_key(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(key): PathId<ApiKeyId>,
) -> Result<StatusCode, ApiError> {
    services.api_keys().revoke(&actor, key).await?;
    Ok(StatusCode::NO_CONTENT)
}
