//! How executions leave a worker: they end, go back to the queue, or are found to be somebody else's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::Timestamp;
use domain::events::EventBody;
use domain::executions::Status;
use services::Services;
use services::hub::News;
use storage::queue::{Claim, End, StepEnd};

use crate::attempt::Halt;

/// Counts the writes of this process that came too late and were refused.
#[derive(Debug, Clone, Default)]
pub(crate) struct Refused(Arc<AtomicU64>);

impl Refused {
    /// How many so far.
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// One more.
    pub(crate) fn note(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The last words of an execution.
#[derive(Debug, Clone)]
pub(crate) struct Last {
    /// The state it must be in.
    pub(crate) from: Status,
    /// How it ends.
    pub(crate) end: End,
    /// Events of its work that are not stored yet.
    pub(crate) story: Vec<EventBody>,
    /// The step that is over.
    pub(crate) step: Option<(u32, StepEnd)>,
}

/// Gives an execution back to the queue.
pub(crate) async fn requeue(
    services: &Services,
    claim: Claim,
    event: EventBody,
    not_before: Option<Timestamp>,
    extra_attempt: bool,
) -> Result<(), Halt> {
    let now = services.now();
    let write = services.store().write(move |tx| {
        let event = event.clone();
        Box::pin(
            async move { storage::queue::requeue(tx, claim, event, not_before, extra_attempt, now).await },
        )
    });
    write.await?;
    services.hub().wake();
    services.hub().tell(News::Execution(claim.execution));
    Ok(())
}

/// What became of a last write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// It is stored.
    Kept,
    /// The claim was lost in the meantime, and nothing changed.
    Refused,
    /// The database did not take it; the lease ends by itself and the reaper looks after the rest.
    Failed,
}

/// Ends an execution.
pub(crate) async fn finish(services: &Services, claim: Claim, last: Last) -> Written {
    let (now, status) = (services.now(), last.end.status);
    let write = services.store().write(move |tx| {
        let last = last.clone();
        Box::pin(async move {
            storage::queue::finish(tx, claim, last.from, &last.end, &last.story, last.step, now).await
        })
    });
    match write.await {
        Ok(()) => {
            tracing::info!(execution.id = %claim.execution, status = %status, "execution ended");
            services.hub().wake();
            services.hub().tell(News::Execution(claim.execution));
            Written::Kept
        }
        Err(storage::Error::Moved { found, fence }) => {
            tracing::warn!(%found, fence, "refused a late end");
            Written::Refused
        }
        Err(error) => {
            tracing::error!(error = %error, source = ?std::error::Error::source(&error), "could not store an end");
            Written::Failed
        }
    }
}
