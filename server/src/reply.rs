//! What leaves: JSON, or a problem as `application/problem+json` (RFC 9457).
//!
//! A problem is also put into the extensions of its response, so that the layer that knows the
//! request's id can write the body again with the id in it. [`problem_response`] is the one place
//! where the body is made.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{FieldError, Kind, Problem};
use serde::Serialize;

/// What a handler answers with.
pub type Reply<T> = Result<Json<T>, ApiError>;

/// A problem on its way out of a handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError(pub Problem);

impl ApiError {
    /// A problem of a kind with a sentence.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Problem::new(kind, message))
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        problem_response(self.0)
    }
}

/// Why a request was refused or failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Address of this code's description.
    #[schema(example = "/api/docs#code-not_found")]
    pub r#type: String,
    /// Short title, the same for every problem of this code.
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// Stable code for programs.
    #[schema(value_type = Kind)]
    pub code: &'static str,
    /// What happened and what to do next.
    pub detail: String,
    /// The fields concerned, if any.
    pub errors: Vec<FieldError>,
    /// Id of the request, as in the header `x-request-id` and in the log.
    pub request_id: Option<String>,
}

impl From<&Problem> for ProblemBody {
    fn from(problem: &Problem) -> Self {
        Self {
            r#type: format!("/api/docs#code-{}", problem.kind.code()),
            title: problem.kind.title(),
            status: problem.kind.status(),
            code: problem.kind.code(),
            detail: problem.message.clone(),
            errors: problem.fields.clone(),
            request_id: problem.reference.clone(),
        }
    }
}

/// The response that tells a problem. Its extensions hold the problem.
pub fn problem_response(problem: Problem) -> Response {
    let status = StatusCode::from_u16(problem.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(ProblemBody::from(&problem))).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = problem.retry_after_s {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response.extensions_mut().insert(problem);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_carries_its_headers_and_itself() {
        let problem = Problem { retry_after_s: Some(7), ..Problem::new(Kind::LockedOut, "Wait.") };
        let response = problem_response(problem.clone());
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(response.headers()[header::RETRY_AFTER], "7");
        assert_eq!(response.extensions().get::<Problem>(), Some(&problem));
    }

    #[test]
    fn every_401_says_how_to_sign_in() {
        for kind in Kind::ALL {
            let response = problem_response(Problem::new(*kind, "x"));
            assert_eq!(
                response.headers().contains_key(header::WWW_AUTHENTICATE),
                kind.status() == 401,
                "{kind:?}"
            );
        }
    }
}
