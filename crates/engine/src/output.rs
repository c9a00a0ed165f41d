//! What an attempt has produced so far, and how it gets into the story: pieces of text are
//! collected for about 50 ms before they are stored, so that a fast stream does not mean a write
//! for each word.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::events::EventBody;
use domain::executions::{Failure, Reason, Status};
use services::Services;
use services::hub::News;
use storage::queue::Claim;
use tokio::time::Instant;

use crate::runner::Halt;

/// How long text is collected before it is stored.
const COLLECT: Duration = Duration::from_millis(50);

/// The text so far, also when the attempt is dropped in the middle.
#[derive(Debug, Clone, Default)]
pub(crate) struct Text(Arc<Mutex<String>>);

impl Text {
    /// The text, if there is any.
    pub(crate) fn get(&self) -> Option<String> {
        let text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (!text.is_empty()).then(|| text.clone())
    }

    fn change<T>(&self, change: impl FnOnce(&mut String) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Stores the output of one attempt.
pub(crate) struct Output<'a> {
    services: &'a Services,
    claim: Claim,
    limit_bytes: usize,
    text: Text,
    pending: String,
    flushed_at: Option<Instant>,
}

impl<'a> Output<'a> {
    /// Begins with nothing.
    pub(crate) fn new(services: &'a Services, claim: Claim, limit_bytes: u32, text: Text) -> Self {
        let limit_bytes = usize::try_from(limit_bytes).unwrap_or(usize::MAX);
        Self { services, claim, limit_bytes, text, pending: String::new(), flushed_at: None }
    }

    /// Takes a piece; stores it at once or with the next.
    pub(crate) async fn push(&mut self, piece: &str) -> Result<(), Halt> {
        let size = self.text.change(|text| {
            text.push_str(piece);
            text.len()
        });
        self.pending.push_str(piece);
        if size > self.limit_bytes {
            self.flush().await?;
            let limit = self.limit_bytes;
            let message = format!("The output grew larger than the agent's limit of {limit} bytes.");
            return Err(Failure {
                status: Status::TimedOut,
                ..Failure::failed(Reason::OutputLimit).with_message(message)
            }
            .into());
        }
        if self.flushed_at.is_none_or(|at| at.elapsed() >= COLLECT) { self.flush().await } else { Ok(()) }
    }

    /// When what is collected must be stored.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.flushed_at.filter(|_| !self.pending.is_empty()).map(|at| at + COLLECT)
    }

    /// Stores what is collected.
    pub(crate) async fn flush(&mut self) -> Result<(), Halt> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let text = Some(std::mem::take(&mut self.pending));
        self.flushed_at = Some(Instant::now());
        self.append(EventBody::Output { text }).await
    }

    /// Makes the whole output this text, with as little change to the story as possible.
    pub(crate) async fn settle(&mut self, whole: &str) -> Result<(), Halt> {
        self.flush().await?;
        let so_far = self.text.get().unwrap_or_default();
        let body = match whole.strip_prefix(so_far.as_str()) {
            Some("") => return Ok(()),
            Some(rest) if !so_far.is_empty() => EventBody::Output { text: Some(rest.to_owned()) },
            _ => EventBody::OutputReplaced { text: Some(whole.to_owned()) },
        };
        self.text.change(|text| whole.clone_into(text));
        self.append(body).await
    }

    /// Takes back what earlier attempts have shown.
    pub(crate) async fn start_over(&mut self) -> Result<(), Halt> {
        self.text.change(String::clear);
        self.append(EventBody::OutputReplaced { text: Some(String::new()) }).await
    }

    async fn append(&self, body: EventBody) -> Result<(), Halt> {
        let tx = self.services.store().begin().await?;
        storage::queue::append(&tx, self.claim, self.services.now(), &[body]).await?;
        tx.commit().await?;
        self.services.hub().tell(News::Execution(self.claim.execution));
        Ok(())
    }
}
