//! What keeps anything from being stuck: lost leases go back to the queue, waits that are too long
//! end, old keys and unused copies are removed.

use domain::events::EventBody;
use domain::executions::{Reason, Status};
use services::{Fault as _, Services};
use storage::queue::{Claim, End};

use crate::runner::{Halt, finish, requeue};

/// An execution whose worker was lost this often does not get another.
const MOST_FENCES: i64 = 20;

/// Looks once at everything that may be stuck.
pub(crate) async fn look(services: &Services) {
    let now = services.now();
    let expired =
        storage::queue::expired(services.store(), now).await.log_and_continue("look for lost leases");
    for claim in expired.into_iter().flatten() {
        recover(services, claim).await;
    }
    let overdue =
        storage::queue::overdue(services.store(), now).await.log_and_continue("look for long waits");
    for claim in overdue.into_iter().flatten() {
        let reason = if claim.attempt == 0 { Reason::QueueDeadline } else { Reason::RunDeadline };
        finish(services, claim, Status::Queued, &end(Status::TimedOut, reason)).await;
    }
}

fn end(status: Status, reason: Reason) -> End {
    End { status, reason: Some(reason), message: Some(reason.sentence().to_owned()), output: None }
}

async fn recover(services: &Services, claim: Claim) {
    if claim.fence >= MOST_FENCES {
        finish(services, claim, Status::Running, &end(Status::Crashed, Reason::LeaseLost)).await;
        return;
    }
    tracing::warn!(execution.id = %claim.execution, "a worker was lost; giving its execution to another");
    // The lost attempt is not one of those the agent's policy counts: nothing upstream failed.
    let event = EventBody::Requeued { reason: Reason::LeaseLost };
    match requeue(services, claim, event, None, true).await {
        Ok(()) | Err(Halt::Failed(_)) => {}
        // A stop was asked for before the worker was lost.
        Err(Halt::Stale) => {
            finish(services, claim, Status::Running, &end(Status::Cancelled, Reason::CancelledBy)).await;
        }
        Err(Halt::Storage(error)) => {
            tracing::error!(error = %error, "could not give a lost execution back");
        }
    }
}

/// Removes what is no longer needed.
pub(crate) async fn tidy(services: &Services) {
    let removed: Result<u64, storage::Error> = async {
        let tx = services.store().begin().await?;
        let removed = storage::executions::remove_old_idempotency_keys(&tx, services.now()).await?;
        tx.commit().await?;
        Ok(removed)
    }
    .await;
    removed.log_and_continue("remove old idempotency keys");
    services.toolhouse().remove_unused_copies().await.log_and_continue("remove unused copies at Toolhouse");
}
