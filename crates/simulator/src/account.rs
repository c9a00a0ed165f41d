//! `GET /v1/me`. Repeats the key, as the real one does, so that a client which logs it is caught.

use axum::{Json, extract::State as Shared};
use http::HeaderMap;
use serde_json::{Value, json};

use crate::{access, refusals::Refusal, state::State};

pub(crate) async fn me(Shared(state): Shared<State>, headers: HeaderMap) -> Result<Json<Value>, Refusal> {
    let account = access::required(&headers)?;
    Ok(Json(json!({
        "user_id": account.user_id,
        "api_key": account.key,
        "authorization_header": format!("Bearer {}", account.key),
        "tier": state.options().tier.name(),
    })))
}
