//! REST under `/api/v1` for API keys, and sessions over plain HTTP under `/auth` for people.
//!
//! Handlers translate and delegate. Each module registers its routes together with their
//! description, so the OpenAPI document cannot forget one.

mod accounts;
mod agents;
mod api_keys;
mod audit;
mod auth;
mod batches;
mod docs;
mod executions;
mod me;
mod open_api;
mod overview;
mod queue;
mod saved_filters;
mod schedules;
mod secrets;
mod toolhouse;
mod tools;
mod upkeep;
mod workspaces;

use std::future::{Ready, ready};

use axum::response::Response;
use domain::{Kind, Problem};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::reply::problem_response;
use crate::state::AppState;

pub use docs::{docs_css, docs_page, openapi_json};

/// Everything under `/api/v1`.
pub fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .merge(agents::router())
        .merge(executions::router())
        .merge(schedules::router())
        .merge(batches::router())
        .merge(tools::router())
        .merge(secrets::router())
        .merge(api_keys::router())
        .merge(me::router())
        .merge(audit::router())
        .merge(toolhouse::router())
        .merge(overview::router())
        .merge(queue::router())
        .merge(saved_filters::router())
        .merge(upkeep::router())
}

/// What people do with a session; the paths begin with `/auth`.
pub fn auth() -> OpenApiRouter<AppState> {
    auth::router().merge(accounts::router()).merge(workspaces::router())
}

/// The OpenAPI document of both.
pub fn open_api() -> OpenApi {
    open_api::document()
}

/// What an unknown address answers.
pub fn not_found() -> Ready<Response> {
    ready(problem_response(Problem::new(
        Kind::NotFound,
        "There is nothing at this address. The reference at /api/docs lists every address.",
    )))
}

/// What a known address answers to a method it does not have.
pub fn method_not_allowed() -> Ready<Response> {
    ready(problem_response(Problem::new(
        Kind::MethodNotAllowed,
        "This address does not answer this method. The header Allow and the reference at /api/docs name those it does.",
    )))
}
