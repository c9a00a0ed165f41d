//! A process is gone in the middle. What it held is taken up, and nothing is done twice.

use std::time::Duration;

use domain::Timestamp;
use domain::events::EventBody;
use domain::executions::{Reason, Status};
use domain::ids::ExecutionId;
use engine::{Engine, Options};
use services::Services;
use storage::queue::{Asking, Begin, Claim, End, Job, Versions};
use toolhouse::{Format, RunRequest};

use super::support::{Floor, LEASE, gone, quick};

both!(
    a_run_whose_id_is_stored_ends_with_its_real_outcome_and_is_not_sent_again,
    a_step_that_may_have_been_sent_is_not_repeated,
    what_an_earlier_process_held_is_taken_over_at_the_start_where_nobody_else_can_hold_it,
    a_late_worker_can_write_nothing,
    a_worker_that_lost_its_lease_stops_within_a_renewal,
    a_late_write_is_refused_and_counted,
    a_shutdown_hands_back_and_the_next_process_goes_on,
    a_stream_cut_off_is_read_again_and_not_started_twice,
    the_database_remembers_after_everything_else_is_gone,
);

/// Takes the execution as a worker that will never be heard of again.
async fn claimed(services: &Services, asking: Asking) -> Job {
    let tx = services.store().begin().await.expect("begin");
    let taken = storage::queue::claim(&tx, asking, &Versions::default()).await.expect("claim");
    tx.commit().await.expect("commit");
    taken.jobs.into_iter().next().expect("a job")
}

/// The same with a lease that goes on.
fn lasting(services: &Services) -> Asking {
    let asking = gone(services);
    Asking { lease_until: asking.now.plus(LEASE), ..asking }
}

/// The step that such a worker does.
fn sending() -> Begin {
    Begin::plain("toolhouse_run", "Toolhouse run")
}

/// The same up to its first step.
async fn taken(services: &Services) -> (Job, u32) {
    let job = claimed(services, gone(services)).await;
    let tx = services.store().begin().await.expect("begin");
    let step = storage::queue::start_step(&tx, job.claim, &sending(), &[], services.now()).await;
    tx.commit().await.expect("commit");
    (job, step.expect("step"))
}

/// Sends the run upstream and stores its id, as that worker did before it was gone.
async fn sent(floor: &Floor, job: &Job, step: u32) {
    let toolhouse = floor.services.toolhouse();
    let connection = toolhouse.connection(job.claim.workspace).await.expect("connection");
    let copy =
        toolhouse.ensure_copy(&connection, job.claim.workspace, job.agent, &job.config).await.expect("copy");
    let request = RunRequest { message: Some(job.input.message.clone()), ..RunRequest::default() };
    let run =
        connection.client.run(uuid::Uuid::from_bytes(copy), &request, Format::Text).await.expect("runs");
    let tx = floor.services.store().begin().await.expect("begin");
    let now = floor.services.now();
    storage::queue::mark_remote(&tx, job.claim, step, copy, run.run_id.as_deref(), now)
        .await
        .expect("stored");
    storage::queue::append(&tx, job.claim, now, &[EventBody::Output { text: Some("half".to_owned()) }])
        .await
        .expect("stored");
    tx.commit().await.expect("commit");
}

async fn lost_execution(floor: &Floor) -> ExecutionId {
    let agent = floor.agent(|draft| "1".clone_into(&mut draft.limits.attempts)).await;
    floor.start(&agent, "Where is my parcel?").await
}

async fn a_run_whose_id_is_stored_ends_with_its_real_outcome_and_is_not_sent_again() {
    let floor = Floor::new().await;
    let id = lost_execution(&floor).await;
    let (job, step) = taken(&floor.services).await;
    sent(&floor, &job, step).await;
    let engine = floor.engine().await;
    let detail = floor.ended(id).await;
    assert_eq!(detail.row.status, Status::Succeeded, "{:?}", detail.row.message);
    assert_eq!(floor.upstream_runs(), 1, "the run was not started twice");
    let output = detail.output.expect("output");
    assert!(output.len() > 20 && output == floor.streamed(id).await);
    engine.shutdown().await;
}

async fn a_step_that_may_have_been_sent_is_not_repeated() {
    let floor = Floor::new().await;
    let id = lost_execution(&floor).await;
    taken(&floor.services).await;
    let engine = floor.engine().await;
    let detail = floor.ended(id).await;
    assert_eq!((detail.row.status, detail.row.reason), (Status::Crashed, Some(Reason::StepInDoubt)));
    assert_eq!(floor.upstream_runs(), 0);
    engine.shutdown().await;
}

async fn what_an_earlier_process_held_is_taken_over_at_the_start_where_nobody_else_can_hold_it() {
    let floor = Floor::new().await;
    let id = lost_execution(&floor).await;
    claimed(&floor.services, lasting(&floor.services)).await;
    // It takes no work, so nothing but the take-over is seen.
    let options = Options { workers: 0, ..quick() };
    let engine = Engine::start(floor.services.clone(), options).await.expect("engine");
    let is_lost = |body: &EventBody| *body == EventBody::Requeued { reason: Reason::LeaseLost };
    if floor.services.store().is_shared() {
        // The earlier process may well live: its lease is respected.
        tokio::time::sleep(3 * quick().reap).await;
        assert_eq!(floor.get(id).await.row.status, Status::Running);
        assert!(!floor.story(id).await.iter().any(is_lost));
    } else {
        // Long before the lease would have ended.
        floor.until(id, is_lost).await;
        assert_eq!(floor.get(id).await.row.status, Status::Queued);
    }
    engine.shutdown().await;
}

async fn a_late_worker_can_write_nothing() {
    let floor = Floor::new().await;
    let id = lost_execution(&floor).await;
    let (late, step) = taken(&floor.services).await;
    sent(&floor, &late, step).await;
    take_away(&floor, late.claim, floor.services.now()).await;
    // Somebody else runs it by now, so the state alone would not keep the late worker out.
    let holds = claimed(&floor.services, lasting(&floor.services)).await.claim;
    let (before, now, late) = (floor.story(id).await, floor.services.now(), late.claim);
    let end = End { status: Status::Succeeded, reason: None, message: None, output: Some("late".to_owned()) };
    let output = EventBody::Output { text: Some("late".to_owned()) };
    let back = EventBody::Requeued { reason: Reason::HandedBack };
    let tx = floor.services.store().begin().await.expect("begin");
    let writes = [
        ("an event", storage::queue::append(&tx, late, now, &[output]).await),
        ("a step", storage::queue::start_step(&tx, late, &sending(), &[], now).await.map(drop)),
        ("a run", storage::queue::mark_remote(&tx, late, step, [7; 16], Some("late"), now).await),
        ("an end", storage::queue::finish(&tx, late, Status::Running, &end, &[], None, now).await),
        ("a hand-back", storage::queue::requeue(&tx, late, back, None, true, now).await),
    ];
    tx.commit().await.expect("commit");
    for (what, written) in writes {
        let is_refused = matches!(
            written,
            Err(storage::Error::Moved { found: Status::Running, fence }) if fence == holds.fence
        );
        assert!(is_refused, "{what}: {written:?}");
    }
    assert_eq!(floor.story(id).await, before);
    assert_eq!(floor.get(id).await.row.status, Status::Running, "nothing was taken from who holds it");
}

/// Gives an execution back to the queue, as the reaper does when a lease has ended.
async fn take_away(floor: &Floor, claim: Claim, not_before: Timestamp) {
    let tx = floor.services.store().begin().await.expect("begin");
    let event = EventBody::Requeued { reason: Reason::LeaseLost };
    let now = floor.services.now();
    storage::queue::requeue(&tx, claim, event, Some(not_before), true, now).await.expect("taken");
    tx.commit().await.expect("commit");
}

/// An execution that was taken from its worker amid the work, as soon as an event fits.
async fn taken_away(floor: &Floor, message: &str, fits: impl Fn(&EventBody) -> bool) -> ExecutionId {
    let agent = floor.agent(|_| {}).await;
    let id = floor.start(&agent, message).await;
    floor.until(id, fits).await;
    let attempt = floor.get(id).await.row.attempt;
    let claim = Claim { workspace: floor.actor.workspace, execution: id, fence: 1, attempt };
    take_away(floor, claim, floor.services.now().plus(Duration::from_mins(1))).await;
    id
}

async fn idle(engine: &Engine) {
    let idle = async {
        while engine.busy() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(4), idle).await.expect("it stops");
}

async fn a_worker_that_lost_its_lease_stops_within_a_renewal() {
    let floor = Floor::with(simulator::Options::default()).await;
    let engine = floor.engine().await;
    // The answer begins after a minute: until then there is nothing to write, and only the renewal can
    // tell that the lease is lost.
    let id = taken_away(&floor, "/slow 3000", |body| matches!(body, EventBody::RunIdentified { .. })).await;
    idle(&engine).await;
    assert_eq!(floor.get(id).await.row.status, Status::Queued);
    let story = floor.story(id).await;
    assert!(matches!(story.last(), Some(EventBody::Requeued { .. })), "nothing was written after that");
    engine.shutdown().await;
}

async fn a_late_write_is_refused_and_counted() {
    let floor = Floor::with(simulator::Options::default()).await;
    // It does not renew, so it finds out by writing.
    let options = Options { renew: Duration::from_hours(1), ..quick() };
    let engine = Engine::start(floor.services.clone(), options).await.expect("engine");
    let id = taken_away(&floor, "/slow 30", |body| matches!(body, EventBody::Output { .. })).await;
    idle(&engine).await;
    assert_eq!(engine.refused_writes(), 1);
    let story = floor.story(id).await;
    assert!(matches!(story.last(), Some(EventBody::Requeued { .. })), "the late write changed nothing");
    engine.shutdown().await;
}

async fn a_shutdown_hands_back_and_the_next_process_goes_on() {
    let floor = Floor::with(simulator::Options::default()).await;
    let agent = floor.agent(|_| {}).await;
    let engine = floor.engine().await;
    let id = floor.start(&agent, "/slow 3").await;
    floor.until(id, |body| matches!(body, EventBody::RunIdentified { .. })).await;
    engine.shutdown().await;
    let between = floor.get(id).await;
    assert_eq!(between.row.status, Status::Queued);
    assert!(floor.story(id).await.contains(&EventBody::Requeued { reason: Reason::HandedBack }));
    let next = floor.engine().await;
    let detail = floor.ended(id).await;
    assert_eq!(detail.row.status, Status::Succeeded, "{:?}", detail.row.message);
    assert_eq!(floor.upstream_runs(), 1);
    assert_eq!(detail.output.as_deref(), Some(floor.streamed(id).await.as_str()));
    next.shutdown().await;
}

async fn a_stream_cut_off_is_read_again_and_not_started_twice() {
    let floor = Floor::new().await;
    let engine = floor.engine().await;
    let agent = floor.agent(|_| {}).await;
    let id = floor.start(&agent, "/truncate tell me all").await;
    let detail = floor.ended(id).await;
    assert_eq!(detail.row.status, Status::Succeeded, "{:?}", detail.row.message);
    assert_eq!(floor.upstream_runs(), 1);
    assert_eq!(detail.output.as_deref(), Some(floor.streamed(id).await.as_str()));
    engine.shutdown().await;
}

async fn the_database_remembers_after_everything_else_is_gone() {
    let floor = Floor::new().await;
    let engine = floor.engine().await;
    let agent = floor.agent(|_| {}).await;
    let id = floor.start(&agent, "Where is my parcel?").await;
    floor.ended(id).await;
    engine.shutdown().await;
    let again = floor.scratch.open().await;
    let stored =
        storage::executions::get(&again, floor.actor.workspace, id).await.expect("reads").expect("is there");
    assert_eq!(stored.row.status, Status::Succeeded);
}

#[tokio::test]
async fn an_attempt_whose_execution_is_taken_again_by_its_own_process_stops() {
    let floor = Floor::with(simulator::Options::default()).await;
    // Nothing but the new claim tells the old attempt: it writes nothing and renews nothing.
    let options = Options { renew: Duration::from_hours(1), stops: Duration::from_hours(1), ..quick() };
    let engine = Engine::start(floor.services.clone(), options).await.expect("engine");
    let agent = floor.agent(|_| {}).await;
    let id = floor.start(&agent, "/slow 3000").await;
    floor.until(id, |body| matches!(body, EventBody::RunIdentified { .. })).await;
    let claim = Claim { workspace: floor.actor.workspace, execution: id, fence: 1, attempt: 1 };
    let tx = floor.services.store().begin().await.expect("begin");
    let now = floor.services.now();
    let event = EventBody::Requeued { reason: Reason::LeaseLost };
    storage::queue::requeue(&tx, claim, event, None, true, now).await.expect("taken");
    tx.commit().await.expect("commit");
    floor.until(id, |body| matches!(body, EventBody::AttemptStarted { attempt: 2, .. })).await;
    // An attempt that nobody can reach would be waited for until its stream ends.
    tokio::time::timeout(Duration::from_secs(4), engine.shutdown())
        .await
        .expect("the old attempt has stopped");
}

#[tokio::test]
async fn a_lease_that_was_renewed_meanwhile_is_not_lost() {
    let floor = Floor::new().await;
    let id = lost_execution(&floor).await;
    let (job, _) = taken(&floor.services).await;
    let now = floor.services.now();
    let past = now.plus(Duration::from_hours(1));
    let tx = floor.services.store().begin().await.expect("begin");
    assert!(storage::queue::lost(&tx, job.claim, past).await.expect("reads").is_some());
    assert_eq!(storage::queue::lost(&tx, job.claim, now).await.expect("reads"), None, "it still holds");
    let late = Claim { fence: job.claim.fence - 1, ..job.claim };
    assert_eq!(storage::queue::lost(&tx, late, past).await.expect("reads"), None, "somebody else's");
    drop(tx);
    assert_eq!(floor.get(id).await.row.status, Status::Running);
}
