//! The story of an execution: as JSON, a page at a time, or as a stream of server-sent events.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use domain::events::Event;
use domain::ids::ExecutionId;
use domain::paging::{DEFAULT_LIMIT, MAX_LIMIT};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::{Key, PathId, QueryMap};
use crate::live;
use crate::reply::ApiError;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(read_events))
}

/// A page of events.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct EventPage {
    /// The events, in order.
    items: Vec<Event>,
    /// Give this as `after` for the next page; absent when there is none yet.
    next_cursor: Option<String>,
    /// Number of the last event here: give it as `after` to ask for news later.
    last: u64,
}

impl EventPage {
    fn new(items: Vec<Event>, after: u64, limit: u32) -> Self {
        let last = items.last().map_or(after, |event| event.number);
        let full = u32::try_from(items.len()).is_ok_and(|count| count >= limit);
        Self { items, next_cursor: full.then(|| last.to_string()), last }
    }
}

/// Read or follow an execution's events
///
/// As JSON what is stored now; with `Accept: text/event-stream` a stream that ends after the event
/// `finished`. A reader that connects again with `Last-Event-ID`, or `after`, misses nothing and
/// sees nothing twice; 204 says that nothing follows. Streams last half an hour at most.
#[utoipa::path(get, path = "/executions/{id}/events", tag = "Executions",
    params(
        ("id" = ExecutionId, Path, description = "The execution"),
        ("after" = Option<u64>, Query, description = "Events after this number; from the first unless given"),
        ("limit" = Option<u32>, Query, description = "Events wanted as JSON, 1 to 200; 50 unless given"),
        ("Last-Event-ID" = Option<u64>, Header, description = "Goes before `after`"),
    ),
    responses(
        (status = 200, description = "The events", content(
            (EventPage = "application/json"),
            (String = "text/event-stream", example = json!("id: 1\nevent: queued\ndata: {\"number\":1,\"at\":\"2026-01-15T01:46:23.568Z\",\"kind\":\"queued\"}\n\n")))),
        (status = 204, description = "As a stream: the reader has seen the end")))]
async fn read_events(
    State(state): State<AppState>,
    Key(actor): Key,
    PathId(execution): PathId<ExecutionId>,
    query: QueryMap,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let query = query.known(&["after", "limit"])?;
    let after = live::resume_after(&headers, query.number("after", 0, LARGEST)?)?;
    let limit = limit(&query)?;
    if wants_stream(&headers) {
        return Ok(live::stream(state, actor, execution, after, None).await?);
    }
    let items = state.services.executions().events(&actor, execution, after, limit).await?;
    Ok(Json(EventPage::new(items, after, limit)).into_response())
}

/// The largest number of an event: what databases can count to.
const LARGEST: u64 = i64::MAX.unsigned_abs();

fn limit(query: &QueryMap) -> Result<u32, ApiError> {
    let limit = query.number("limit", 1, u64::from(MAX_LIMIT))?;
    Ok(limit.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(DEFAULT_LIMIT))
}

/// Whether the caller asks for a stream.
fn wants_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|text| text.split(',')).any(|part| {
        part.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/event-stream")
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_stream_is_asked_for_by_accept() {
        let check = |accept: &'static str| {
            wants_stream(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]))
        };
        assert!(check("text/event-stream"));
        assert!(check("application/json;q=0.5, Text/Event-Stream;q=1"));
        assert!(!check("*/*"));
        assert!(!check("application/json"));
    }

    #[test]
    fn a_page_without_events_goes_on_where_it_began() {
        let page = EventPage::new(Vec::new(), 7, 50);
        assert_eq!((page.last, page.next_cursor), (7, None));
    }
}
