//! What keeps anything from being stuck: lost leases go back to the queue, waits that are too long
//! end, old keys and unused copies are removed.

use domain::events::EventBody;
use domain::executions::{Reason, Status};
use services::{Fault as _, Services};
use storage::queue::{Claim, End};

use crate::attempt::Halt;
use crate::clockwork;
use crate::endings::{Last, Written, finish, requeue};

/// An execution whose worker was lost this often does not get another.
const MOST_FENCES: i64 = 60;

/// Looks at everything that may be stuck, until nothing is.
pub(crate) async fn look(services: &Services) {
    let (store, now) = (services.store(), services.now());
    loop {
        let lost = storage::queue::expired(store, now).await.log_and_continue("look for lost leases");
        let overdue = storage::queue::overdue(store, now).await.log_and_continue("look for long waits");
        let asleep = storage::queue::overslept(store, now).await.log_and_continue("look for old questions");
        let (lost, overdue, asleep) =
            (lost.unwrap_or_default(), overdue.unwrap_or_default(), asleep.unwrap_or_default());
        let mut moved = false;
        for claim in &lost {
            moved |= recover(services, *claim).await;
        }
        for (claim, has_run) in &overdue {
            let reason = if *has_run { Reason::RunDeadline } else { Reason::QueueDeadline };
            moved |= end(services, *claim, Status::Queued, Status::TimedOut, reason).await;
        }
        for claim in &asleep {
            let reason = Reason::ApprovalExpired;
            moved |= end(services, *claim, Status::Waiting, Status::TimedOut, reason).await;
        }
        // What could not be moved now is looked at again the next time.
        if !moved {
            break;
        }
    }
}

async fn end(services: &Services, claim: Claim, from: Status, status: Status, reason: Reason) -> bool {
    let message = Some(reason.sentence().to_owned());
    let end = End { status, reason: Some(reason), message, output: None };
    finish(services, claim, Last { from, end, story: Vec::new(), step: None }).await == Written::Kept
}

/// Gives a lost execution to another worker; true when that changed something.
async fn recover(services: &Services, claim: Claim) -> bool {
    if claim.fence >= MOST_FENCES {
        return end(services, claim, Status::Running, Status::Crashed, Reason::LeaseLost).await;
    }
    tracing::warn!(execution.id = %claim.execution, "a worker was lost; giving its execution to another");
    // The lost attempt is not one of those the agent's policy counts: nothing upstream failed.
    let event = EventBody::Requeued { reason: Reason::LeaseLost };
    match requeue(services, claim, event, None, true).await {
        Ok(()) => true,
        // A stop was asked for before the worker was lost, or somebody else was quicker.
        Err(Halt::Stale) => {
            end(services, claim, Status::Running, Status::Cancelled, Reason::CancelledBy).await
        }
        Err(Halt::Failed(_) | Halt::Paused) => false,
        Err(Halt::Storage(error)) => {
            tracing::error!(error = %error, "could not give a lost execution back");
            false
        }
    }
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
