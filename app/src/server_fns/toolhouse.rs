//! The connection to Toolhouse.

use domain::toolhouse::ConnectionStatus;
use leptos::prelude::*;

use crate::error::AppError;
#[cfg(feature = "ssr")]
use crate::server_context;

/// Who answers.
#[server(prefix = "/fn", endpoint = "toolhouse/toolhouse_status")]
pub async fn toolhouse_status(workspace: String) -> Result<ConnectionStatus, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.toolhouse().status(&actor).await)
}

/// Connects with a key after Toolhouse accepted it.
#[server(prefix = "/fn", endpoint = "toolhouse/connect_toolhouse")]
pub async fn connect_toolhouse(workspace: String, key: String) -> Result<(), AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.toolhouse().connect(&actor, domain::secrets::SecretText::new(key)).await)
}

/// Forgets the key.
#[server(prefix = "/fn", endpoint = "toolhouse/disconnect_toolhouse")]
pub async fn disconnect_toolhouse(workspace: String) -> Result<(), AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.toolhouse().disconnect(&actor).await)
}
