//! Errors in the form their path promises: a problem document, or what a server function's caller
//! reads. Also those that another layer made, so that no error is empty or plain text.

use app::server_context::SERVER_FN_PREFIX;
use axum::Json;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::{Kind, Problem};
use leptos::server_fn::axum::server_fn_paths;

use crate::reply::ApiError;

/// Gives an error its form. Pages that tell an error themselves stay as they are.
pub(super) fn shape(response: Response, path: &str, id: &str) -> Response {
    let is_problem = response.extensions().get::<Problem>().is_some();
    if is_problem && is_server_function(path) {
        as_refusal(response, id)
    } else if is_problem || speaks_problems(path) || is_bare(&response) {
        as_problem(response, id)
    } else {
        response
    }
}

/// True for the path of a server function there is.
pub(crate) fn is_server_function(path: &str) -> bool {
    path.starts_with(SERVER_FN_PREFIX) && server_fn_paths().any(|(known, _)| known == path)
}

/// True for an answer that says nothing, or plain text that was never meant for a person.
fn is_bare(response: &Response) -> bool {
    let media = response.headers().get(header::CONTENT_TYPE);
    media.is_none_or(|media| media.as_bytes().starts_with(b"text/plain"))
}

/// Paths whose errors are problem documents.
fn speaks_problems(path: &str) -> bool {
    ["/api/", "/auth/", "/live/"].iter().any(|prefix| path.starts_with(prefix))
}

/// Gives an error of another layer the form the API promises, and every problem the request's id.
fn as_problem(response: Response, id: &str) -> Response {
    let (parts, body) = response.into_parts();
    let kind = kind_of(parts.status);
    let problem = match parts.extensions.get::<Problem>() {
        Some(problem) if problem.reference.is_some() => return Response::from_parts(parts, body),
        Some(problem) => problem.clone(),
        None => {
            let title = kind.title();
            let message = format!("{title}. The reference at /api/docs says what this address takes.");
            Problem::new(kind, message)
        }
    };
    with_headers(ApiError(problem.with_reference(id)).into_response(), &parts.headers)
}

/// Gives a problem that did not come from a server function itself the form that pages read.
fn as_refusal(response: Response, id: &str) -> Response {
    let Some(problem) = response.extensions().get::<Problem>().cloned() else { return response };
    let (parts, _) = response.into_parts();
    let body = Json(problem.with_reference(id)).into_response();
    with_headers((parts.status, body).into_response(), &parts.headers)
}

/// Adds the headers of an answer whose body is written anew, but for those that describe the old
/// body. There may be several cookies.
fn with_headers(mut response: Response, headers: &HeaderMap) -> Response {
    const OF_THE_BODY: [HeaderName; 4] =
        [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::TRANSFER_ENCODING];
    for (name, value) in headers {
        if *name == header::SET_COOKIE {
            response.headers_mut().append(name, value.clone());
        } else if !OF_THE_BODY.contains(name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

fn kind_of(status: StatusCode) -> Kind {
    match status.as_u16() {
        400 => Kind::MalformedBody,
        401 => Kind::Unauthenticated,
        403 => Kind::Forbidden,
        404 => Kind::NotFound,
        405 => Kind::MethodNotAllowed,
        408 => Kind::RequestTimeout,
        413 => Kind::BodyTooLarge,
        415 => Kind::UnsupportedMediaType,
        422 => Kind::InvalidInput,
        429 => Kind::RateLimited,
        503 => Kind::Unavailable,
        _ if status.is_client_error() => Kind::InvalidQuery,
        _ => Kind::Internal,
    }
}
