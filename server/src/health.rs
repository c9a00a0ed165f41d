//! Whether the process lives, and whether it can do its work.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use services::Fault as _;

use crate::state::AppState;

/// The process answers.
pub async fn live() -> &'static str {
    "ok\n"
}

/// Database, migrations and queue are in order.
pub async fn ready(State(state): State<AppState>) -> Response {
    let checked = state.services.store().check().await.log_and_continue("check the database");
    let (database, migrations) = (checked.is_some(), checked == Some(true));
    let stopping = state.stop.is_cancelled();
    let queue = match &state.engine {
        Some(engine) => json!({ "running": engine.busy() }),
        None => json!("no workers here"),
    };
    let status = if migrations && !stopping { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({ "ready": status == StatusCode::OK, "database": database, "migrations": migrations, "stopping": stopping, "queue": queue });
    (status, Json(body)).into_response()
}
