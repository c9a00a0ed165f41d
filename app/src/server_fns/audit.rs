//! The audit log.

use domain::audit::{AuditFilter, AuditRow};
use domain::paging::Page;
use leptos::prelude::*;

use crate::error::AppError;
#[cfg(feature = "ssr")]
use crate::server_context;

/// A page of rows, newest first.
#[server(prefix = "/fn", endpoint = "audit/list_audit")]
pub async fn list_audit(
    workspace: String,
    #[server(default)] filter: AuditFilter,
    cursor: Option<String>,
) -> Result<Page<AuditRow>, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(
        services
            .audit()
            .list(&actor, filter, server_context::page(domain::paging::List::Audit, cursor.as_deref())?)
            .await,
    )
}
