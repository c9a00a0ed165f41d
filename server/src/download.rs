//! Results of a batch as a file, streamed: one body behind the browser's download and the API's.
//!
//! Rows are read a page at a time while the reader takes them, so a file of any size costs the memory
//! of one page.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use domain::batches::{Format, csv_header, csv_row, jsonl_row};
use domain::ids::BatchId;
use domain::{Actor, Kind, Problem, text};
use futures::Stream;
use services::Services;

use crate::caller::{PathId, PersonCaller, QueryMap, RequestOrigin};
use crate::reply::ApiError;
use crate::state::AppState;

/// Rows read at once.
const PAGE: u32 = 200;

/// Reads the name of a format; CSV when there is none.
pub fn format(word: &str) -> Result<Format, Problem> {
    match word {
        "" => Ok(Format::Csv),
        word => {
            word.parse().map_err(|message| Problem::new(Kind::InvalidQuery, format!("format: {message}")))
        }
    }
}

/// The browser's download: `/download/batches/{id}?w=workspace&format=csv`, with the session's cookie.
pub async fn for_people(
    State(state): State<AppState>,
    PersonCaller(person): PersonCaller,
    RequestOrigin(origin): RequestOrigin,
    PathId(batch): PathId<BatchId>,
    query: QueryMap,
) -> Result<Response, ApiError> {
    let query = query.known(&["w", "format"])?;
    let actor = state.services.accounts().enter(&person, query.text("w"), &origin).await?;
    let format = format(query.text("format"))?;
    Ok(results(state.services, actor, batch, format).await?)
}

/// Every row of a batch in the order of its file.
pub async fn results(
    services: Services,
    actor: Actor,
    batch: BatchId,
    format: Format,
) -> Result<Response, Problem> {
    let found = services.batches().get(&actor, batch).await?;
    // The first page is read before the answer begins, so that a refusal has its own status.
    let first = services.batches().results(&actor, batch, 0, PAGE).await?;
    let (media, header_line) = match format {
        Format::Csv => ("text/csv; charset=utf-8", csv_header(&found.columns)),
        Format::Jsonl => ("application/x-ndjson", Vec::new()),
    };
    let name = text::slugify(&found.name, "batch");
    let disposition = format!("attachment; filename=\"{name}.{}\"", format.word());
    let rows = rows(services, actor, batch, format, found.columns, first, header_line);
    let mut response = Body::from_stream(rows).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.extend(HeaderValue::from_str(&disposition).map(|value| (header::CONTENT_DISPOSITION, value)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn rows(
    services: Services,
    actor: Actor,
    batch: BatchId,
    format: Format,
    columns: Vec<String>,
    first: Vec<domain::batches::ResultRow>,
    header_line: Vec<u8>,
) -> impl Stream<Item = Result<Bytes, Problem>> {
    async_stream::try_stream! {
        let mut page = first;
        let mut text = header_line;
        while let Some(last) = page.last().map(|row| row.row) {
            for row in &page {
                text.extend(match format {
                    Format::Csv => csv_row(&columns, row),
                    Format::Jsonl => jsonl_row(row),
                });
            }
            yield Bytes::from(std::mem::take(&mut text));
            page = services.batches().results(&actor, batch, last, PAGE).await?;
        }
    }
}
