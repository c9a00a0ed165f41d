//! What an attempt has produced so far, and how it gets into the story: pieces of text are
//! collected for about 50 ms before they are stored, so that a fast stream does not mean a write
//! for each word. What is collected when the work is over goes with the write of the end.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::events::EventBody;
use domain::executions::{Failure, Reason, Status};
use services::Services;
use services::hub::News;
use storage::queue::Claim;
use tokio::time::Instant;

use crate::attempt::Halt;

/// How long text is collected before it is stored.
const COLLECT: Duration = Duration::from_millis(50);

/// The text so far and what of it is not stored yet, also when the attempt is dropped in the middle.
#[derive(Debug, Clone, Default)]
pub(crate) struct Text(Arc<Mutex<Collected>>);

#[derive(Debug, Default)]
struct Collected {
    whole: String,
    pending: Vec<EventBody>,
}

impl Text {
    /// The text, if there is any.
    pub(crate) fn get(&self) -> Option<String> {
        self.change(|text| (!text.whole.is_empty()).then(|| text.whole.clone()))
    }

    /// Takes what is not stored yet.
    pub(crate) fn take_pending(&self) -> Vec<EventBody> {
        self.change(|text| std::mem::take(&mut text.pending))
    }

    fn change<T>(&self, change: impl FnOnce(&mut Collected) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Stores the output of one attempt.
pub(crate) struct Output<'a> {
    services: &'a Services,
    claim: Claim,
    limit_bytes: usize,
    text: Text,
    due: Option<Instant>,
}

impl<'a> Output<'a> {
    /// Begins with nothing.
    pub(crate) fn new(services: &'a Services, claim: Claim, limit_bytes: u32, text: Text) -> Self {
        let limit_bytes = usize::try_from(limit_bytes).unwrap_or(usize::MAX);
        Self { services, claim, limit_bytes, text, due: None }
    }

    /// Takes a piece; it is stored when it is due, or with the end.
    pub(crate) async fn push(&mut self, piece: &str) -> Result<(), Halt> {
        let size = self.text.change(|text| {
            text.whole.push_str(piece);
            if let Some(EventBody::Output { text: Some(last) }) = text.pending.last_mut() {
                last.push_str(piece);
            } else {
                text.pending.push(EventBody::Output { text: Some(piece.to_owned()) });
            }
            text.whole.len()
        });
        let due = *self.due.get_or_insert_with(|| Instant::now() + COLLECT);
        self.check(size)?;
        // A stream that never pauses must be seen as well.
        if due <= Instant::now() { self.flush().await } else { Ok(()) }
    }

    fn check(&self, size: usize) -> Result<(), Halt> {
        let limit = self.limit_bytes;
        if size <= limit {
            return Ok(());
        }
        let message = format!("The output grew larger than the agent's limit of {limit} bytes.");
        let failure = Failure::failed(Reason::OutputLimit).with_message(message);
        Err(Failure { status: Status::TimedOut, ..failure }.into())
    }

    /// When what is collected must be stored.
    pub(crate) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Stores what is collected.
    pub(crate) async fn flush(&mut self) -> Result<(), Halt> {
        self.due = None;
        let bodies = self.text.take_pending();
        if bodies.is_empty() {
            return Ok(());
        }
        let (claim, now) = (self.claim, self.services.now());
        let write = self.services.store().write(move |tx| {
            let bodies = bodies.clone();
            Box::pin(async move { storage::queue::append(tx, claim, now, &bodies).await })
        });
        write.await?;
        self.services.hub().tell(News::Execution(self.claim.execution));
        Ok(())
    }

    /// Makes the whole output this text, with as little change to the story as possible; not when it is
    /// larger than the limit.
    pub(crate) fn settle(&mut self, whole: &str) -> Result<(), Halt> {
        self.check(whole.len())?;
        self.text.change(|text| {
            let body = match whole.strip_prefix(text.whole.as_str()) {
                Some("") => return,
                Some(rest) if !text.whole.is_empty() => EventBody::Output { text: Some(rest.to_owned()) },
                _ => EventBody::OutputReplaced { text: Some(whole.to_owned()) },
            };
            whole.clone_into(&mut text.whole);
            text.pending.push(body);
        });
        Ok(())
    }

    /// Takes back what earlier attempts have shown.
    pub(crate) fn start_over(&mut self) -> Vec<EventBody> {
        self.text.change(|text| {
            text.whole.clear();
            text.pending.clear();
        });
        vec![EventBody::OutputReplaced { text: Some(String::new()) }]
    }
}
