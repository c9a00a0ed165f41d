//! What keeps anything from being stuck: lost leases go back to the queue, waits that are too long
//! end, old keys and unused copies are removed.

use domain::Timestamp;
use domain::events::EventBody;
use domain::executions::{Reason, Status};
use futures::stream::{self, StreamExt as _};
use services::hub::News;
use services::{Fault as _, Services};
use storage::queue::{Claim, End};
use tokio_util::sync::CancellationToken;

use crate::clockwork;
use crate::endings::{Last, Written, finish};

/// An execution that lost its worker this often does not get another: it may be what ends them.
const MOST_LOST: u32 = 20;
/// How many are moved at the same time, so that they share commits.
const AT_ONCE: usize = 64;

/// Looks at everything that may be stuck, until nothing is or the process stops.
pub(crate) async fn look(services: &Services, stop: &CancellationToken) {
    let (store, now) = (services.store(), services.now());
    while !stop.is_cancelled() {
        let lost = storage::queue::expired(store, now).await.log_and_continue("look for lost leases");
        let overdue = storage::queue::overdue(store, now).await.log_and_continue("look for long waits");
        let asleep = storage::queue::overslept(store, now).await.log_and_continue("look for old questions");
        let lost = lost.unwrap_or_default().into_iter().map(Stuck::Lost);
        let overdue = overdue.unwrap_or_default().into_iter().map(|(claim, has_run)| {
            let reason = if has_run { Reason::RunDeadline } else { Reason::QueueDeadline };
            Stuck::TooLong(claim, Status::Queued, reason)
        });
        let asleep = asleep.unwrap_or_default().into_iter();
        let asleep = asleep.map(|claim| Stuck::TooLong(claim, Status::Waiting, Reason::ApprovalExpired));
        let work = lost.chain(overdue).chain(asleep).map(|stuck| stuck.moves_on(services));
        let moved = stream::iter(work).buffer_unordered(AT_ONCE).filter(|moved| std::future::ready(*moved));
        // What could not be moved now is looked at again the next time.
        if moved.count().await == 0 {
            break;
        }
    }
}

/// What does not go on by itself.
enum Stuck {
    /// A running execution whose lease has ended.
    Lost(Claim),
    /// One that has been in a state for too long, and why that ends it.
    TooLong(Claim, Status, Reason),
}

impl Stuck {
    /// Moves it on; true when that changed something.
    async fn moves_on(self, services: &Services) -> bool {
        match self {
            Self::Lost(claim) => recover(services, claim).await,
            Self::TooLong(claim, from, reason) => {
                let last = Last { from, end: end(Status::TimedOut, reason), story: Vec::new(), step: None };
                finish(services, claim, last).await == Written::Kept
            }
        }
    }
}

fn end(status: Status, reason: Reason) -> End {
    End { status, reason: Some(reason), message: Some(reason.sentence().to_owned()), output: None }
}

/// Gives a lost execution to another worker, or ends it; true when that changed something.
async fn recover(services: &Services, claim: Claim) -> bool {
    let now = services.now();
    let written = services.store().write(move |tx| Box::pin(recover_in(tx, claim, now)));
    match written.await {
        Ok(moved) => {
            if moved {
                tracing::warn!(execution.id = %claim.execution, "a worker was lost; its execution goes on without it");
                services.hub().wake();
                services.hub().tell(News::Execution(claim.execution));
            }
            moved
        }
        Err(error) => {
            tracing::error!(error = %error, "could not give a lost execution back");
            false
        }
    }
}

/// The same in one transaction, so that a lease renewed meanwhile is seen.
async fn recover_in(tx: &storage::Tx, claim: Claim, now: Timestamp) -> Result<bool, storage::Error> {
    let Some(lost) = storage::queue::lost(tx, claim, now).await? else { return Ok(false) };
    let end = match lost.cancelled_by {
        Some(by) => {
            let message = Some(format!("Cancelled by {by}."));
            End { message, ..end(Status::Cancelled, Reason::CancelledBy) }
        }
        None if lost.times >= MOST_LOST => end(Status::Crashed, Reason::LeaseLost),
        None => {
            // The lost attempt is not one of those the agent's policy counts: nothing upstream failed.
            let event = EventBody::Requeued { reason: Reason::LeaseLost };
            storage::queue::requeue(tx, claim, event, None, true, now).await?;
            return Ok(true);
        }
    };
    storage::queue::finish(tx, claim, Status::Running, &end, &[], None, now).await?;
    Ok(true)
}

/// Removes what is no longer needed.
pub(crate) async fn tidy(services: &Services) {
    let now = services.now();
    let removed = services.store().write(move |tx| {
        Box::pin(async move { storage::executions::remove_old_idempotency_keys(tx, now).await })
    });
    removed.await.log_and_continue("remove old idempotency keys");
    clockwork::sweep(services, None).await;
    services.toolhouse().remove_unused_copies().await.log_and_continue("remove unused copies at Toolhouse");
}
