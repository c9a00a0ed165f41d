//! `/api/openapi.json`, and the reference page made from it: one page, no script, no other server.

mod example;
mod page;

use std::sync::LazyLock;

use axum::http::{HeaderName, header};
use axum::response::{Html, IntoResponse};
use serde_json::Value;

/// The document as it is served. It never changes while the server runs.
static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(super::open_api()).unwrap_or(Value::Null));
static JSON: LazyLock<String> = LazyLock::new(|| format!("{:#}", *DOCUMENT));
static PAGE: LazyLock<String> = LazyLock::new(|| page::render(&DOCUMENT));

/// How long browsers may keep what changes only with the program.
const KEPT: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=300");

/// The OpenAPI document.
pub async fn openapi_json() -> impl IntoResponse {
    ([KEPT, (header::CONTENT_TYPE, "application/json")], JSON.as_str())
}

/// The reference page.
pub async fn docs_page() -> impl IntoResponse {
    ([KEPT], Html(PAGE.as_str()))
}

/// The reference page's style sheet.
pub async fn docs_css() -> impl IntoResponse {
    ([KEPT, (header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("docs.css"))
}
