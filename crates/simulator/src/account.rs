//! `GET /v1/me`. Repeats the key, as the real one does, so that a client which logs it is caught.

use axum::{
    Json,
    extract::State as Shared,
    response::{IntoResponse, Response},
};
use http::HeaderMap;
use serde_json::json;

use crate::{access, state::State};

pub(crate) async fn me(Shared(state): Shared<State>, headers: HeaderMap) -> Response {
    match access::required(&headers) {
        Err(refusal) => refusal,
        Ok(account) => Json(json!({
            "user_id": account.user_id,
            "api_key": account.key,
            "authorization_header": format!("Bearer {}", account.key),
            "tier": state.options().tier.name(),
        }))
        .into_response(),
    }
}
