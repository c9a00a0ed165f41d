//! The story of one execution as server-sent events: one body behind the browser's stream and the
//! API's.
//!
//! News from the hub only saves waiting; what is sent always comes from the database, in the order
//! of the events' numbers, from the number the reader names. So a reader that connects again, to
//! any process, misses nothing and sees nothing twice. A stream ends after the event `finished`, at
//! shutdown, when the session behind it ends, when anybody's rights in the workspace were cut, and after
//! half an hour at the latest: then the reader connects again and shows its credentials again. Every few
//! seconds it also asks the database whether session or key still live and may what they could, because
//! news from another process can get lost and nobody tells of a key that expires. A reader who has seen
//! the end gets 204, which tells `EventSource` to stop.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::events::{Event, EventBody};
use domain::ids::{ExecutionId, SessionId, WorkspaceId};
use domain::{Actor, Kind, Problem};
use futures::Stream;
use services::hub::{Follower, News};
use services::{Fault as _, Services};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::caller::{PathId, PersonCaller, QueryMap, RequestOrigin};
use crate::reply::ApiError;
use crate::state::AppState;

/// Events read at once.
const PAGE: u32 = 200;
/// How often to look without news: another process may do the work.
const LOOK: Duration = Duration::from_secs(1);
/// How often a silent stream shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often a stream asks whether its reader may go on.
pub const ASK_AGAIN: Duration = Duration::from_secs(5);
/// How long a stream lasts before its reader has to show who they are again.
const LONGEST: Duration = Duration::from_mins(30);

/// Streams the events after the given number. `session` is the reader's session, for people.
pub async fn stream(
    state: AppState,
    actor: Actor,
    execution: ExecutionId,
    after: u64,
    session: Option<SessionId>,
) -> Result<Response, Problem> {
    let AppState { services, stop, ask_again: every, .. } = state;
    // Listening begins before the first look, so nothing falls between the two.
    let (news, follower) = (services.hub().listen(), services.hub().follow(execution));
    let first = services.executions().events(&actor, execution, after, PAGE).await?;
    if first.is_empty() {
        let now = services.executions().get(&actor, execution).await?;
        if after > now.last_event {
            let message = format!("There is no event {after} yet. The last one is {}.", now.last_event);
            return Err(Problem::new(Kind::InvalidQuery, message));
        }
        if now.row.status.is_final() && after == now.last_event {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
    }
    let asked = Instant::now();
    let reader = Reader { services, actor, execution, after, stop, session, news, follower, every, asked };
    let events =
        Sse::new(reader.follow(first)).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("alive"));
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    Ok((headers, events).into_response())
}

/// The browser's stream: `/live/executions/{id}?w=workspace`, with the session's cookie.
pub async fn for_people(
    State(state): State<AppState>,
    PersonCaller(person): PersonCaller,
    RequestOrigin(origin): RequestOrigin,
    PathId(execution): PathId<ExecutionId>,
    query: QueryMap,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let query = query.known(&["w", "after"])?;
    let after = resume_after(&headers, query.number("after", 0, i64::MAX.unsigned_abs())?)?;
    let actor = state.services.accounts().enter(&person, query.text("w"), &origin).await?;
    Ok(stream(state, actor, execution, after, Some(person.session)).await?)
}

/// The number to go on after: `Last-Event-ID` of a reader that connects again, else `after`.
pub fn resume_after(headers: &HeaderMap, after: Option<u64>) -> Result<u64, Problem> {
    let Some(value) = headers.get("last-event-id").filter(|value| !value.is_empty()) else {
        return Ok(after.unwrap_or_default());
    };
    let number = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    number.ok_or_else(|| {
        Problem::new(Kind::InvalidQuery, "Last-Event-ID: Give the number of the last event you have.")
    })
}

/// Somebody who reads along.
struct Reader {
    services: Services,
    actor: Actor,
    execution: ExecutionId,
    after: u64,
    stop: CancellationToken,
    session: Option<SessionId>,
    news: Receiver<News>,
    follower: Follower,
    /// How often to ask whether the reader may go on, and when that was done.
    every: Duration,
    asked: Instant,
}

/// Why a reader stopped waiting.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    Look,
    End,
}

impl Reader {
    fn follow(mut self, first: Vec<Event>) -> impl Stream<Item = Result<SseEvent, Infallible>> + Send {
        async_stream::stream! {
            let end = Instant::now() + LONGEST;
            let mut page = first;
            loop {
                let full = page.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
                for event in page {
                    self.after = event.number;
                    let last = matches!(event.body, EventBody::Finished { .. });
                    let Some(sent) = wire(&event) else { return };
                    yield Ok(sent);
                    if last {
                        return;
                    }
                }
                if self.stop.is_cancelled() || (!full && self.wait(end).await == Heard::End) {
                    return;
                }
                if !self.may_go_on().await {
                    return;
                }
                let next = self.services.executions().events(&self.actor, self.execution, self.after, PAGE).await;
                let Some(next) = next.log_and_continue("read events for an open stream") else { return };
                page = next;
            }
        }
    }

    /// Whether the reader may still read, as far as it was asked lately. Without an answer they may not.
    async fn may_go_on(&mut self) -> bool {
        if self.asked.elapsed() < self.every {
            return true;
        }
        self.asked = Instant::now();
        let stands = self.services.still_stands(&self.actor).await;
        stands.log_and_continue("ask whether a reader may go on") == Some(true)
    }

    /// Waits until it is worth looking, or until the stream has to end.
    async fn wait(&mut self, end: Instant) -> Heard {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Heard::End,
            () = sleep_until(end) => Heard::End,
            () = ended(&mut self.news, self.session, self.actor.workspace) => Heard::End,
            () = self.follower.changed() => Heard::Look,
            () = sleep(LOOK) => Heard::Look,
        }
    }
}

/// Waits until the reader has to show again who they are: their session ended, or rights were changed.
async fn ended(news: &mut Receiver<News>, session: Option<SessionId>, workspace: WorkspaceId) {
    loop {
        match news.recv().await {
            Ok(News::SessionEnded(ended)) if Some(ended) == session => return,
            Ok(News::AccessChanged(changed)) if changed == workspace => return,
            Ok(News::Execution(_) | News::Cancel(_) | News::SessionEnded(_) | News::AccessChanged(_)) => {}
            // What ends the stream may be among the news that were missed.
            Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// An event as it is sent; `None` when it cannot be written as JSON, which is logged.
fn wire(event: &Event) -> Option<SseEvent> {
    let data = serde_json::to_string(event).log_and_continue("write an event as JSON")?;
    Some(SseEvent::default().id(event.number.to_string()).event(event.body.name()).data(data))
}

#[cfg(test)]
mod tests {
    use domain::ids::Id as _;
    use services::hub::Hub;

    use super::*;

    #[tokio::test]
    async fn only_its_own_session_or_workspace_ends_a_reader() {
        let hub = Hub::default();
        let (session, stranger) = (SessionId::from_bytes([3; 16]), SessionId::from_bytes([4; 16]));
        let (workspace, other) = (WorkspaceId::from_bytes([5; 16]), WorkspaceId::from_bytes([6; 16]));
        let mut news = hub.listen();
        hub.tell(News::SessionEnded(stranger));
        hub.tell(News::AccessChanged(other));
        let moment = Duration::from_millis(5);
        let waits = tokio::time::timeout(moment, ended(&mut news, Some(session), workspace));
        assert!(waits.await.is_err());
        hub.tell(News::SessionEnded(session));
        ended(&mut news, Some(session), workspace).await;
        hub.tell(News::AccessChanged(workspace));
        ended(&mut news, None, workspace).await;
    }

    #[test]
    fn a_reader_goes_on_after_what_it_has() {
        let mut headers = HeaderMap::new();
        assert_eq!(resume_after(&headers, None), Ok(0));
        assert_eq!(resume_after(&headers, Some(4)), Ok(4));
        headers.insert("last-event-id", HeaderValue::from_static("9"));
        assert_eq!(resume_after(&headers, Some(4)), Ok(9));
        headers.insert("last-event-id", HeaderValue::from_static("nine"));
        assert!(resume_after(&headers, None).is_err());
    }
}
