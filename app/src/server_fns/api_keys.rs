//! API keys of a workspace.

use domain::api_keys::{ApiKey, ApiKeyDraft};
use domain::ids::ApiKeyId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
#[cfg(feature = "ssr")]
use crate::server_context;

/// The keys.
#[server(prefix = "/fn", endpoint = "api_keys/list_api_keys")]
pub async fn list_api_keys(workspace: String) -> Result<Vec<ApiKey>, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.api_keys().list(&actor).await)
}

/// Ends a key.
#[server(prefix = "/fn", endpoint = "api_keys/revoke_api_key")]
pub async fn revoke_api_key(workspace: String, key: ApiKeyId) -> Result<(), AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.api_keys().revoke(&actor, key).await)
}

/// A new key with its text, which is shown this once.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewKey {
    /// The key as listed.
    pub key: ApiKey,
    /// What the machine sends.
    pub text: String,
}

/// Makes a key.
#[server(prefix = "/fn", endpoint = "api_keys/create_api_key")]
pub async fn create_api_key(workspace: String, draft: ApiKeyDraft) -> Result<NewKey, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let (key, text) = server_context::reply(services.api_keys().create(&actor, draft).await)?;
    Ok(NewKey { key, text: text.expose().to_owned() })
}
