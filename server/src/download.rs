//! What people take away as a file: the results of a batch, one body behind the browser's download and
//! the API's, and the input or output of an execution.
//!
//! Rows of a batch are read a page at a time while the reader takes them. A page ends with its two hundredth row, or
//! with the row that fills a megabyte of input and output, so a file of any size costs a few megabytes, or a few times
//! its longest row where that is longer. The input or output of one execution is held whole: an agent's limit bounds it.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use domain::batches::{Format, csv_header, csv_row, jsonl_row};
use domain::ids::{BatchId, ExecutionId};
use domain::{Actor, Kind, Problem, text};
use futures::Stream;
use services::Services;

use crate::caller::{PathId, PersonCaller, QueryMap, RequestOrigin};
use crate::reply::ApiError;
use crate::state::AppState;

/// The most rows read at once.
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

/// What went into an execution or came out of it:
/// `/download/executions/{id}?w=workspace&part=output`, with the session's cookie. The input is JSON;
/// the output is as it came.
pub async fn payload_for_people(
    State(state): State<AppState>,
    PersonCaller(person): PersonCaller,
    RequestOrigin(origin): RequestOrigin,
    PathId(execution): PathId<ExecutionId>,
    query: QueryMap,
) -> Result<Response, ApiError> {
    let query = query.known(&["w", "part"])?;
    let actor = state.services.accounts().enter(&person, query.text("w"), &origin).await?;
    let (input, output) = state.services.executions().payload(&actor, execution).await?;
    let (part, text, is_json) = match query.text("part") {
        "" | "input" => ("input", serde_json::to_string_pretty(&input).unwrap_or_default(), true),
        "output" => {
            let text = output.unwrap_or_default();
            let is_json =
                serde_json::from_str::<serde_json::Value>(&text).is_ok_and(|value| !value.is_string());
            ("output", text, is_json)
        }
        _ => return Err(Problem::new(Kind::InvalidQuery, "part: Say input or output.").into()),
    };
    let (media, ending) =
        if is_json { ("application/json", "json") } else { ("text/plain; charset=utf-8", "txt") };
    Ok(as_file(Body::from(text), media, &format!("{execution}-{part}.{ending}")))
}

/// A body that is saved under a name and kept by nobody else.
fn as_file(body: Body, media: &'static str, name: &str) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    let disposition = format!("attachment; filename=\"{name}\"");
    headers.extend(HeaderValue::from_str(&disposition).map(|value| (header::CONTENT_DISPOSITION, value)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
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
    let rows = rows(services, actor, batch, format, found.columns, first, header_line);
    Ok(as_file(Body::from_stream(rows), media, &format!("{name}.{}", format.word())))
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
