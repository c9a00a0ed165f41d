//! Which path leads where.

use axum::{
    Router, middleware,
    routing::{get, post, put},
};

use crate::{account, agent_runs, agents, chat, refusals, requests, state::State, workers};

pub(crate) fn router(state: State) -> Router {
    Router::new()
        .route("/v1/me", get(account::me))
        .route("/v1/agents", get(agents::list).post(agents::upsert))
        .route(
            "/v1/agents/{id}",
            get(agents::get).put(agents::replace).patch(agents::patch).delete(agents::remove),
        )
        .route("/v1/agent-runs", get(agent_runs::list).post(agent_runs::start))
        .route("/v1/agent-runs/{run_id}", get(agent_runs::get).put(agent_runs::proceed))
        .route("/v1/chat/completions", post(chat::completions))
        .route("/v1/models", get(chat::models))
        .route("/ndjson/{agent_id}", post(workers::start_ndjson))
        .route("/ndjson/{agent_id}/{run_id}", put(workers::proceed_ndjson))
        .route("/{agent_id}", post(workers::start_text))
        .route("/{agent_id}/{run_id}", put(workers::proceed_text).get(workers::history))
        .fallback(async || refusals::not_found("Page"))
        .layer(middleware::from_fn_with_state(state.clone(), requests::record))
        .with_state(state)
}
