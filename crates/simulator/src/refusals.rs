//! Answers that say no, in the words and shapes of the service and of the edge in front of it.

use axum::{
    Json,
    response::{Html, IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use serde_json::{Value, json};

/// An answer that ends a request early. Handlers return it with `?`.
pub(crate) struct Refusal(Box<Response>);

impl Refusal {
    fn new(status: u16, body: impl IntoResponse) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self(Box::new((status, body).into_response()))
    }

    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self::new(status, Json(body))
    }

    /// Adds `Retry-After`.
    pub(crate) fn retry_after(mut self, seconds: Option<u64>) -> Self {
        if let Some(seconds) = seconds {
            let headers = self.0.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// `{"detail": "…"}` with the given status.
pub(crate) fn detail(status: u16, text: &str) -> Refusal {
    Refusal::json(status, json!({ "detail": text }))
}

pub(crate) fn no_key() -> Refusal {
    detail(401, "Not authenticated")
}

pub(crate) fn bad_key() -> Refusal {
    detail(401, "Invalid API key")
}

pub(crate) fn not_yours() -> Refusal {
    detail(403, "You don't have permission to access this chat")
}

pub(crate) fn not_found(what: &str) -> Refusal {
    detail(404, &format!("{what} not found"))
}

pub(crate) fn not_completed() -> Refusal {
    detail(406, "The run is not completed")
}

/// The validation answer of the framework the service is built on.
pub(crate) fn invalid(place: &[&str], kind: &str, message: &str, input: &Value) -> Refusal {
    let error = json!({ "type": kind, "loc": place, "msg": message, "input": input });
    Refusal::json(422, json!({ "detail": [error] }))
}

/// A page such as a proxy in front of the service shows.
pub(crate) fn page(status: u16) -> Refusal {
    let page = format!(
        "<!DOCTYPE html>\n<html><head><title>{status}</title></head>\n\
         <body><h1>Error {status}</h1><p>The web server reported a problem.</p></body></html>\n"
    );
    Refusal::new(status, Html(page))
}

/// What the service says with a status that a script asked for.
pub(crate) fn scripted(status: u16) -> Refusal {
    match status {
        401 => bad_key(),
        402 => detail(402, "You have run out of credits"),
        403 => not_yours(),
        404 => not_found("Chat"),
        408 => detail(408, "The request took too long to arrive"),
        422 => invalid(&["body", "message"], "string_type", "Input should be a valid string", &Value::Null),
        425 => detail(425, "Too early"),
        429 => detail(429, "Too many requests"),
        502 => page(502),
        503 => detail(503, "The service is temporarily unavailable"),
        other => detail(other, "Something went wrong"),
    }
}
