//! The time a request's body may take to arrive, so that a caller who sends a byte now and then holds
//! nothing for long, and a large file over a thin line arrives all the same; and what is done with the
//! rest of a body nobody wants.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use futures::StreamExt as _;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep};

/// How much of a refused body is still read, in bytes, and for how long.
const DRAINED: usize = 8 * 1024 * 1024;
const DRAINING: Duration = Duration::from_secs(2);

/// What arrives buys more time: bytes for which there is one more second.
const BYTES_PER_SECOND: f64 = 32.0 * 1024.0;

/// The body was not there in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("read a request body in time")]
pub struct TooLate;

/// What became of a request's body, for the layer that answers.
#[derive(Clone, Default)]
pub struct Fate(Arc<Shared>);

#[derive(Default)]
struct Shared {
    late: AtomicBool,
    arrived: Mutex<Option<Instant>>,
    left: Mutex<Option<Body>>,
}

impl std::fmt::Debug for Fate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fate").field("late", &self.is_late()).finish_non_exhaustive()
    }
}

impl Fate {
    /// True when the body did not arrive in time. What read it may have taken that for an error of
    /// its own.
    pub fn is_late(&self) -> bool {
        self.0.late.load(Ordering::Relaxed)
    }

    /// Ready when nothing of the body has arrived for this long, counted from now at first.
    pub async fn idle_for(&self, span: Duration) {
        let begin = Instant::now();
        loop {
            let last = self.0.arrived.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or(begin);
            if last.elapsed() >= span {
                return;
            }
            tokio::time::sleep_until(last + span).await;
        }
    }

    /// Reads on where somebody stopped, within bounds. A connection that is closed while its caller
    /// still sends is reset, and the caller never sees why.
    pub async fn drain(&self) {
        let left = self.0.left.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(left) = left.filter(|_| !self.is_late()) else { return };
        let mut pieces = left.into_data_stream();
        let mut read = 0;
        let rest = async {
            while let Some(Ok(piece)) = pieces.next().await {
                read += piece.len();
                if read > DRAINED {
                    break;
                }
            }
        };
        // Whoever sends still more, or slowly, is cut off.
        let _ = tokio::time::timeout(DRAINING, rest).await;
    }
}

struct Timed {
    body: Body,
    end: Pin<Box<Sleep>>,
    /// False while the caller waits to be asked for the body.
    is_coming: bool,
    fate: Fate,
}

/// The body with an end to the waiting for it: `limit` from now, and a second more for every 32 KiB
/// that arrive. `waits` says that the
/// caller sends nothing before it is asked, as `Expect: 100-continue` does.
pub fn within(body: Body, limit: Duration, waits: bool) -> (Body, Fate) {
    let fate = Fate::default();
    if body.is_end_stream() {
        return (body, fate);
    }
    let end = Box::pin(tokio::time::sleep(limit));
    (Body::new(Timed { body, end, is_coming: !waits, fate: fate.clone() }), fate)
}

impl HttpBody for Timed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.is_coming = true;
        // What has arrived counts, so the body is looked at first; the clock also when bytes come
        // without a pause.
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            let Some(Ok(arrived)) = &frame else { return Poll::Ready(frame) };
            if !self.end.is_elapsed() {
                let bytes = arrived.data_ref().map_or(0, Bytes::len);
                #[expect(clippy::cast_precision_loss, reason = "a piece is small")]
                let more = Duration::from_secs_f64(bytes as f64 / BYTES_PER_SECOND);
                let end = self.end.deadline() + more;
                self.end.as_mut().reset(end);
                *self.fate.0.arrived.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                return Poll::Ready(frame);
            }
        } else {
            ready!(self.end.as_mut().poll(cx));
        }
        self.fate.0.late.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Err(axum::Error::new(TooLate))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        if self.is_coming && !self.body.is_end_stream() {
            let left = std::mem::replace(&mut self.body, Body::empty());
            *self.fate.0.left.lock().unwrap_or_else(PoisonError::into_inner) = Some(left);
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    fn pieces(every: Option<Duration>) -> Body {
        Body::from_stream(futures::stream::iter(0..100).then(move |_| async move {
            if let Some(every) = every {
                tokio::time::sleep(every).await;
            }
            Ok::<_, std::io::Error>(Bytes::from_static(b"x"))
        }))
    }

    #[tokio::test]
    async fn a_trickle_ends_at_the_deadline_and_a_quick_body_arrives() {
        let (slow, fate) = within(pieces(Some(Duration::from_millis(20))), Duration::from_millis(100), false);
        assert!(slow.collect().await.is_err() && fate.is_late());
        let (quick, fate) = within(pieces(None), LONG, false);
        assert_eq!(quick.collect().await.expect("arrives").to_bytes().len(), 100);
        assert!(!fate.is_late());
    }

    #[tokio::test]
    async fn a_thin_line_has_the_time_it_needs() {
        let piece = Bytes::from(vec![b'x'; 16 * 1024]);
        let body = Body::from_stream(futures::stream::iter(0..6).then(move |_| {
            let piece = piece.clone();
            async move {
                tokio::time::sleep(Duration::from_millis(40)).await;
                Ok::<_, std::io::Error>(piece)
            }
        }));
        let (body, fate) = within(body, Duration::from_millis(100), false);
        assert_eq!(body.collect().await.expect("arrives").to_bytes().len(), 6 * 16 * 1024);
        assert!(!fate.is_late());
    }

    #[tokio::test]
    async fn the_rest_of_a_refused_body_is_read_unless_nobody_sends_it() {
        let count = |fate: &Fate| fate.0.left.lock().expect("nobody panics").is_some();
        let (mut refused, fate) = within(pieces(None), LONG, false);
        refused.frame().await.expect("a piece").expect("arrives");
        drop(refused);
        assert!(count(&fate));
        fate.drain().await;
        assert!(!count(&fate));
        let (unasked, fate) = within(pieces(None), LONG, true);
        drop(unasked);
        assert!(!count(&fate), "asking for it now would only cost");
    }
}
