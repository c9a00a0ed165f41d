//! The queue.

use domain::queue::QueueView;
use leptos::prelude::*;

use crate::error::AppError;
#[cfg(feature = "ssr")]
use crate::server_context;

/// What waits and what runs now, by agent, and who works.
#[server(prefix = "/fn", endpoint = "queue/get_queue")]
pub async fn get_queue(workspace: String) -> Result<QueueView, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.queue(&actor).await)
}
