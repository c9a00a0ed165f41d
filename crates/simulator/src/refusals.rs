//! Answers that say no, in the words and shapes of the service and of the edge in front of it.

use axum::{
    Json,
    response::{Html, IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use serde_json::{Value, json};

/// `{"detail": "…"}` with the given status.
pub(crate) fn detail(status: u16, text: &str) -> Response {
    (code(status), Json(json!({ "detail": text }))).into_response()
}

pub(crate) fn no_key() -> Response {
    detail(401, "Not authenticated")
}

pub(crate) fn bad_key() -> Response {
    detail(401, "Invalid API key")
}

pub(crate) fn not_yours() -> Response {
    detail(403, "You don't have permission to access this chat")
}

pub(crate) fn not_found(what: &str) -> Response {
    detail(404, &format!("{what} not found"))
}

/// The validation answer of the framework the service is built on.
pub(crate) fn invalid(place: &[&str], kind: &str, message: &str, input: &Value) -> Response {
    let error = json!({ "type": kind, "loc": place, "msg": message, "input": input });
    (code(422), Json(json!({ "detail": [error] }))).into_response()
}

pub(crate) fn rate_limited(retry_after_seconds: Option<u64>) -> Response {
    let mut response = detail(429, "Too many requests");
    if let Some(seconds) = retry_after_seconds {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A page such as a proxy in front of the service shows.
pub(crate) fn page(status: u16) -> Response {
    let page = format!(
        "<!DOCTYPE html>\n<html><head><title>{status}</title></head>\n\
         <body><h1>Error {status}</h1><p>The web server reported a problem.</p></body></html>\n"
    );
    (code(status), Html(page)).into_response()
}

/// What the service says with a status that a script asked for.
pub(crate) fn scripted(status: u16) -> Response {
    match status {
        401 => bad_key(),
        402 => detail(402, "You have run out of credits"),
        403 => not_yours(),
        404 => not_found("Chat"),
        408 => detail(408, "The request took too long to arrive"),
        422 => invalid(
            &["body", "message"],
            "string_type",
            "Input should be a valid string",
            &Value::Null,
        ),
        425 => detail(425, "Too early"),
        502 => page(502),
        503 => detail(503, "The service is temporarily unavailable"),
        other => detail(other, "Something went wrong"),
    }
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
