//! Request bodies: JSON of one shape, JSON that may be left out, and th files.
//!
//! What is no JSON is `malformed_body` with line and column; JSON that does not fit is
//! `invalid_input` with the field's path.

use std::error::Error;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use domain::{Kind, Problem};
use serde::de::DeserializeOwned;

use crate::reply::ApiError;

/// A JSON object that must be there.
#[derive(Debug, Clone)]
pub struct JsonBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let announced = media_type(request.headers());
        let bytes = read(request, state).await?;
        if announced.is_none() && bytes.is_empty() {
            return Err(ApiError::new(Kind::MalformedBody, "The body is empty. Send a JSON object."));
        }
        require_json(announced.as_deref())?;
        parse(&bytes).map(Self)
    }
}

/// A JSON object that may be left out.
#[derive(Debug, Clone)]
pub struct OptionalJson<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let announced = media_type(request.headers());
        let bytes = read(request, state).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        require_json(announced.as_deref())?;
        parse(&bytes).map(Self)
    }
}

/// A th file: the YAML itself, or JSON `{"file": "..."}`.
#[derive(Debug, Clone)]
pub struct ThFileBody(pub String);

/// A th file inside JSON.
#[derive(Debug, Clone, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ThFileJson {
    /// The file's text.
    pub file: String,
}

impl<S: Send + Sync> FromRequest<S> for ThFileBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        const YAML: [&str; 4] = ["text/yaml", "application/yaml", "application/x-yaml", "text/plain"];
        let announced = media_type(request.headers());
        let bytes = read(request, state).await?;
        match announced.as_deref() {
            Some(media) if is_json(media) => parse::<ThFileJson>(&bytes).map(|body| Self(body.file)),
            Some(media) if !YAML.contains(&media) => Err(ApiError::new(
                Kind::UnsupportedMediaType,
                "Send the file with Content-Type: text/yaml, or as JSON {\"file\": \"...\"} with Content-Type: application/json.",
            )),
            _ => String::from_utf8(bytes.into()).map(Self).map_err(|_| {
                ApiError::new(Kind::MalformedBody, "The file is not UTF-8 text. Save it as UTF-8.")
            }),
        }
    }
}

/// The announced media type in lower case, without its parameters.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?;
    let text = value.to_str().unwrap_or("unreadable");
    Some(text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn is_json(media: &str) -> bool {
    media == "application/json" || (media.starts_with("application/") && media.ends_with("+json"))
}

fn require_json(announced: Option<&str>) -> Result<(), ApiError> {
    if announced.is_some_and(is_json) {
        return Ok(());
    }
    Err(ApiError::new(
        Kind::UnsupportedMediaType,
        "Send JSON, with the header Content-Type: application/json.",
    ))
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    let coding = request.headers().get(header::CONTENT_ENCODING);
    if coding.is_some_and(|coding| coding.as_bytes() != b"identity") {
        let message = "Send the body uncompressed, without the header Content-Encoding.";
        return Err(ApiError::new(Kind::UnsupportedMediaType, message));
    }
    Bytes::from_request(request, state).await.map_err(|rejection| ApiError(unread(&rejection)))
}

/// Why the body did not arrive. That it came too late is said by the layer that keeps the time.
fn unread(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(Kind::BodyTooLarge, "The body is larger than this server accepts. Send less.");
    }
    Problem::new(Kind::MalformedBody, "The body did not arrive in full. Send it again.")
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    if let Some(first) = bytes.trim_ascii_start().first()
        && b"[\"tfn-0123456789".contains(first)
        && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
    {
        return Err(ApiError::new(
            Kind::MalformedBody,
            "The body is JSON, but no object. Send an object in { }.",
        ));
    }
    Json::<T>::from_bytes(bytes)
        .map(|Json(value)| value)
        .map_err(|rejection| ApiError(misfit(&rejection, bytes)))
}

/// Says what is wrong with a body.
fn misfit(rejection: &JsonRejection, bytes: &[u8]) -> Problem {
    // The shape is checked while reading, so rubbish after a wrong field would go unseen.
    if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
        let (line, column) = (error.line(), error.column());
        let message = format!("The body is not JSON: something is wrong at line {line}, column {column}.");
        return Problem::new(Kind::MalformedBody, message);
    }
    let mut detail = rejection.to_string();
    let mut source = rejection.source();
    while let Some(error) = source {
        detail = error.to_string();
        // Below this the path of the field is lost.
        if error.source().is_none() || detail.contains(" at line ") {
            break;
        }
        source = error.source();
    }
    domain::misfit::problem(&detail)
}

#[cfg(test)]
mod tests {
    use domain::agents::AgentDraft;

    use super::*;

    fn refused(body: &str) -> (Kind, String) {
        let problem = parse::<AgentDraft>(body.as_bytes()).expect_err(body).0;
        let place = problem.fields.first().map_or(problem.message.clone(), |error| error.field.clone());
        (problem.kind, place)
    }

    #[test]
    fn what_is_no_json_is_placed_by_line_and_column() {
        let (kind, message) = refused("{\n  \"title\": oops}");
        assert_eq!(kind, Kind::MalformedBody);
        assert!(message.contains("line 2, column 12"), "{message}");
        for body in ["", "{", "nonsense", "{} {}", "[]", "\"x\"", "7", "{\"titel\": 1} x"] {
            assert_eq!(refused(body).0, Kind::MalformedBody, "{body}");
        }
    }

    #[test]
    fn a_wrong_field_is_named_by_its_path() {
        for (body, field) in [
            ("{\"titel\": \"x\"}", "titel"),
            ("{\"limits\": {\"tries\": 1}}", "limits.tries"),
            ("{\"title\": 7}", "title"),
            ("{\"limits\": {\"attempts\": []}}", "limits.attempts"),
            ("{\"variables\": {\"who\": 1}}", "variables.who"),
            ("{\"title\": \"a\", \"title\": \"b\"}", "title"),
        ] {
            assert_eq!(refused(body), (Kind::InvalidInput, field.to_owned()), "{body}");
        }
    }

    #[test]
    fn numbers_are_read_where_forms_send_text() {
        let draft = parse::<AgentDraft>(b"{\"title\": \"x\", \"limits\": {\"attempts\": 2}}").expect("fits");
        assert_eq!(draft.limits.attempts, "2");
    }

    #[test]
    fn json_is_announced_as_json() {
        assert!(is_json("application/json") && is_json("application/merge-patch+json"));
        assert!(!is_json("text/json") && !is_json("application/x-www-form-urlencoded"));
    }
}
