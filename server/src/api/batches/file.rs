//! A file of rows as a request body: as it is, or inside JSON.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::http::{StatusCode, header};
use domain::Kind;
use domain::batches::{BatchDraft, Format, MAX_BYTES};

use crate::caller::{JsonBody, QueryMap};
use crate::reply::ApiError;

/// The largest body: a file of the largest size, inside JSON with its quotes escaped.
pub(super) const MAX_FILE_BODY: usize = 2 * MAX_BYTES;

/// A batch as asked for.
#[derive(Debug, Clone)]
pub(super) struct FileBody(pub(super) BatchDraft);

impl<S: Send + Sync> FromRequest<S> for FileBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let query = QueryMap::from_request_parts(&mut parts, state).await?;
        let announced = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media = announced.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_lowercase();
        let format = match media.as_str() {
            "text/csv" => Format::Csv,
            "application/x-ndjson" | "application/jsonl" => Format::Jsonl,
            "text/plain" | "application/octet-stream" => {
                let message = "Say how the file is written: Content-Type: text/csv or application/x-ndjson.";
                return Err(ApiError::new(Kind::UnsupportedMediaType, message));
            }
            _ => {
                query.known(&[])?;
                let JsonBody(draft) = JsonBody::from_request(Request::from_parts(parts, body), state).await?;
                return Ok(Self(draft));
            }
        };
        let query = query.known(&["agent", "name", "rows_at_once"])?;
        let bytes =
            Bytes::from_request(Request::from_parts(parts, body), state).await.map_err(|rejection| {
                let kind = if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                    Kind::BodyTooLarge
                } else {
                    Kind::MalformedBody
                };
                ApiError::new(
                    kind,
                    "The file did not arrive in full, or is too large. Split it, and send it again.",
                )
            })?;
        let data = String::from_utf8(bytes.into()).map_err(|_| {
            ApiError(domain::Problem::field("data", "The file is not UTF-8 text. Save it as UTF-8."))
        })?;
        let [agent, name, rows_at_once] =
            ["agent", "name", "rows_at_once"].map(|name| query.text(name).to_owned());
        Ok(Self(BatchDraft { name, agent, format: format.word().to_owned(), rows_at_once, data }))
    }
}
