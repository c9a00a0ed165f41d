//! Policies of repetition, and limits that end an execution.

use std::time::Duration;

use domain::events::EventBody;
use domain::executions::{Reason, Status};

use super::support::Floor;

both!(
    a_connection_cut_after_the_request_was_taken_leads_to_one_run_upstream,
    a_policy_names_what_is_repeated_and_the_next_time_is_shown,
    each_limit_ends_with_its_own_reason,
);

async fn a_connection_cut_after_the_request_was_taken_leads_to_one_run_upstream() {
    let floor = Floor::new().await;
    let engine = floor.engine().await;
    // However often the policy would repeat: the request was taken, so it is read and not sent again.
    let agent = floor
        .agent(|draft| {
            "5".clone_into(&mut draft.limits.attempts);
            "stream_cut, upstream_busy, upstream_in_doubt".clone_into(&mut draft.limits.retry_on);
        })
        .await;
    let id = floor.start(&agent, "/truncate tell me all").await;
    let detail = floor.ended(id).await;
    assert_eq!(detail.row.status, Status::Succeeded, "{:?}", detail.row.message);
    assert_eq!((floor.upstream_runs(), detail.tries.len()), (1, 1));
    let silent = floor.start(&agent, "/hang").await;
    let detail = floor.ended(silent).await;
    assert_eq!((detail.row.status, detail.row.reason), (Status::Failed, Some(Reason::UpstreamInDoubt)));
    assert_eq!((floor.upstream_runs(), detail.tries.len()), (2, 1), "taken once and not sent again");
    engine.shutdown().await;
}

async fn a_policy_names_what_is_repeated_and_the_next_time_is_shown() {
    let floor = Floor::new().await;
    let engine = floor.engine().await;
    let agent = floor
        .agent(|draft| {
            "upstream_failed".clone_into(&mut draft.limits.retry_on);
            "2".clone_into(&mut draft.limits.attempts);
        })
        .await;
    let busy = floor.start(&agent, "/429").await;
    assert_eq!(floor.ended(busy).await.tries.len(), 1, "not among the reasons");
    let failed = floor.start(&agent, "/truncate-fail").await;
    assert_eq!(floor.ended(failed).await.tries.len(), 2, "among the reasons");
    let slow = floor.agent(|_| {}).await;
    let asked = floor.services.now();
    let id = floor.start(&slow, "/429-then-ok 1 /429 3").await;
    let other = floor.start(&slow, "/429 2").await;
    floor.until(other, |body| matches!(body, EventBody::RetryScheduled { .. })).await;
    let row = floor.get(other).await.row;
    let next = row.not_before.expect("the next attempt's time");
    assert!(next.millis_since(asked) >= 2_000, "Retry-After is obeyed");
    assert_eq!(row.status, Status::Queued);
    let cancelled = floor.services.executions().cancel(&floor.actor, other).await.expect("between attempts");
    assert_eq!(cancelled.row.status, Status::Cancelled);
    floor.ended(id).await;
    engine.shutdown().await;
}

async fn each_limit_ends_with_its_own_reason() {
    let floor = Floor::with(simulator::Options::default()).await;
    let engine = floor.engine().await;
    let slow = floor.agent(|draft| "1".clone_into(&mut draft.limits.step_deadline_s)).await;
    let long_step = floor.start(&slow, "/slow 30").await;
    let few = floor
        .agent(|draft| {
            "1".clone_into(&mut draft.limits.steps);
            "upstream_busy".clone_into(&mut draft.limits.retry_on);
        })
        .await;
    let many_steps = floor.start(&few, "/429").await;
    let busy = floor
        .agent(|draft| {
            "1".clone_into(&mut draft.limits.concurrency);
            "1".clone_into(&mut draft.limits.queue_deadline_s);
        })
        .await;
    let holds = floor.start(&busy, "/slow 30").await;
    floor.until(holds, |body| matches!(body, EventBody::AttemptStarted { .. })).await;
    let waits = floor.start(&busy, "hello").await;
    for (id, reason) in
        [(long_step, Reason::StepDeadline), (many_steps, Reason::StepLimit), (waits, Reason::QueueDeadline)]
    {
        let row = floor.ended(id).await.row;
        assert_eq!((row.status, row.reason), (Status::TimedOut, Some(reason)), "{:?}", row.message);
    }
    floor.services.executions().cancel(&floor.actor, holds).await.expect("cancels");
    floor.ended(holds).await;
    tokio::time::timeout(Duration::from_secs(5), engine.shutdown()).await.expect("stops");
}
