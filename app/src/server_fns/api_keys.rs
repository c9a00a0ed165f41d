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
    let shown = format!("{}\n{}", text.expose(), key.name);
    server_context::show_once(&services, &actor, "api key", &shown)?;
    server_context::after_form(&format!("/w/{workspace}/settings/api-keys"));
    Ok(NewKey { key, text: text.expose().to_owned() })
}

/// The name and the text of a key that a form without a script has just made.
#[server(prefix = "/fn", endpoint = "api_keys/take_new_key")]
pub async fn take_new_key(workspace: String) -> Result<Option<(String, String)>, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(actor.require(domain::Permission::KeysWrite))?;
    let shown = server_context::shown_once(&services, &actor, "api key");
    Ok(shown
        .as_deref()
        .and_then(|s| s.split_once('\n'))
        .map(|(text, name)| (name.to_owned(), text.to_owned())))
}
