//! How executions end, and what a reader of their story sees.

use std::time::{Duration, Instant};

use domain::events::EventBody;
use domain::executions::{Reason, Status};

use super::support::Floor;

both!(
    an_execution_succeeds_and_its_story_has_its_whole_output,
    a_model_answers_through_the_chat_endpoint,
    a_follow_up_continues_the_same_upstream_run,
    cancel_drops_the_upstream_within_a_second_and_nothing_changes_it_later,
    a_fast_stream_is_stored_in_few_events,
    a_queued_execution_is_cancelled_at_once,
    the_run_deadline_ends_an_execution,
    too_much_output_ends_an_execution_and_keeps_what_came,
    an_agent_runs_no_more_at_once_than_its_limit,
    what_ran_is_what_the_execution_says_it_ran,
);

async fn an_execution_succeeds_and_its_story_has_its_whole_output() {
    let floor = Floor::new().await;
    let engine = floor.engine().await;
    let agent = floor.agent(|_| {}).await;
    let id = floor.start(&agent, "Where is my parcel?").await;
    let detail = floor.ended(id).await;
    assert_eq!(detail.row.status, Status::Succeeded, "{:?}", detail.row.message);
    assert!(detail.row.simulated);
    assert!(detail.row.started_at.is_some() && detail.row.finished_at.is_some());
    assert_eq!(detail.output.as_deref(), Some(floor.streamed(id).await.as_str()));
    assert!(matches!(
        floor.story(id).await.last(),
        Some(EventBody::Finished { status: Status::Succeeded, .. })
    ));
    engine.shutdown().await;
}

async fn a_model_answers_through_the_chat_endpoint() {
    let floor = Floor::new().await;
    let engine = floor.engine().await;
    let agent = floor
        .agent(|draft| {
            "model".clone_into(&mut draft.runtime);
            "simulated-model".clone_into(&mut draft.model);
        })
        .await;
    let first = floor.start(&agent, "Plan a picnic").await;
    let detail = floor.ended(first).await;
    assert_eq!(detail.row.status, Status::Succeeded, "{:?}", detail.row.message);
    assert!(detail.row.simulated && detail.output.is_some_and(|output| !output.is_empty()));
    let again = floor
        .services
        .executions()
        .follow_up(&floor.actor, first, "And if it rains?")
        .await
        .expect("follows");
    assert_eq!(floor.ended(again.row.id).await.row.status, Status::Succeeded);
    assert_eq!(floor.get(again.row.id).await.turns, [first, again.row.id]);
    engine.shutdown().await;
}

async fn a_follow_up_continues_the_same_upstream_run() {
    let floor = Floor::new().await;
    let engine = floor.engine().await;
    let agent = floor.agent(|_| {}).await;
    let first = floor.start(&agent, "Where is my parcel?").await;
    floor.ended(first).await;
    let again =
        floor.services.executions().follow_up(&floor.actor, first, "It is late").await.expect("follows");
    assert_eq!(floor.ended(again.row.id).await.row.status, Status::Succeeded);
    assert_eq!(floor.upstream_runs(), 1, "the conversation is one run");
    engine.shutdown().await;
}

async fn cancel_drops_the_upstream_within_a_second_and_nothing_changes_it_later() {
    let floor = Floor::with(simulator::Options::default()).await;
    let engine = floor.engine().await;
    let agent = floor.agent(|_| {}).await;
    let id = floor.start(&agent, "/slow 30").await;
    floor.until(id, |body| matches!(body, EventBody::Output { .. })).await;
    assert_eq!(floor.simulator.open_streams(), 1);
    let asked = Instant::now();
    floor.services.executions().cancel(&floor.actor, id).await.expect("accepted");
    let detail = floor.ended(id).await;
    assert_eq!((detail.row.status, detail.row.reason), (Status::Cancelled, Some(Reason::CancelledBy)));
    while floor.simulator.open_streams() > 0 {
        assert!(asked.elapsed() < Duration::from_secs(1), "the upstream still streams to us");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(asked.elapsed() < Duration::from_secs(1), "took {:?}", asked.elapsed());
    let length = floor.story(id).await.len();
    engine.shutdown().await;
    assert_eq!(floor.story(id).await.len(), length);
    let twice = floor.services.executions().cancel(&floor.actor, id).await.expect_err("has ended");
    assert_eq!(twice.kind, domain::Kind::AlreadyFinished);
}

async fn a_fast_stream_is_stored_in_few_events() {
    let floor = Floor::new().await;
    let engine = floor.engine().await;
    let agent = floor.agent(|_| {}).await;
    let id = floor.start(&agent, "/long 100").await;
    let output = floor.ended(id).await.output.expect("output");
    // The simulator sends one to four words at a time.
    let pieces = output.split_whitespace().count() / 4;
    let stored = floor.story(id).await;
    let stored = stored.iter().filter(|body| matches!(body, EventBody::Output { .. })).count();
    assert!(pieces > 400, "{pieces} pieces are no fast stream");
    assert!(stored * 10 < pieces, "{stored} events of at least {pieces} pieces");
    assert_eq!(floor.streamed(id).await, output);
    engine.shutdown().await;
}

async fn a_queued_execution_is_cancelled_at_once() {
    let floor = Floor::new().await;
    let agent = floor.agent(|_| {}).await;
    let id = floor.start(&agent, "never runs").await;
    let detail = floor.services.executions().cancel(&floor.actor, id).await.expect("cancelled");
    assert_eq!(detail.row.status, Status::Cancelled);
    assert_eq!(floor.upstream_runs(), 0);
}

async fn the_run_deadline_ends_an_execution() {
    let floor = Floor::with(simulator::Options::default()).await;
    let engine = floor.engine().await;
    let agent = floor.agent(|draft| "1".clone_into(&mut draft.limits.run_deadline_s)).await;
    let id = floor.start(&agent, "/slow 30").await;
    let detail = floor.ended(id).await;
    assert_eq!((detail.row.status, detail.row.reason), (Status::TimedOut, Some(Reason::RunDeadline)));
    engine.shutdown().await;
}

async fn too_much_output_ends_an_execution_and_keeps_what_came() {
    let floor = Floor::new().await;
    let engine = floor.engine().await;
    let agent = floor.agent(|draft| "200".clone_into(&mut draft.limits.output_bytes)).await;
    let id = floor.start(&agent, "/long 50").await;
    let detail = floor.ended(id).await;
    assert_eq!((detail.row.status, detail.row.reason), (Status::TimedOut, Some(Reason::OutputLimit)));
    assert!(detail.output.is_some_and(|output| output.len() >= 200));
    engine.shutdown().await;
}

async fn an_agent_runs_no_more_at_once_than_its_limit() {
    let floor = Floor::with(simulator::Options::default()).await;
    let engine = floor.engine().await;
    let agent = floor.agent(|draft| "1".clone_into(&mut draft.limits.concurrency)).await;
    let first = floor.start(&agent, "/slow 30").await;
    floor.until(first, |body| matches!(body, EventBody::Output { .. })).await;
    let second = floor.start(&agent, "/slow 30").await;
    let other = floor.agent(|_| {}).await;
    let third = floor.start(&other, "hello").await;
    assert_eq!(floor.ended(third).await.row.status, Status::Succeeded, "another agent is not held up");
    assert_eq!(floor.get(second).await.row.status, Status::Queued);
    floor.services.executions().cancel(&floor.actor, first).await.expect("cancelled");
    floor.until(second, |body| matches!(body, EventBody::AttemptStarted { .. })).await;
    floor.services.executions().cancel(&floor.actor, second).await.expect("cancelled");
    floor.ended(second).await;
    engine.shutdown().await;
}

async fn what_ran_is_what_the_execution_says_it_ran() {
    let floor = Floor::new().await;
    let engine = floor.engine().await;
    let agent = floor.agent(|_| {}).await;
    let edited = serde_json::json!({ "instructions": "Draft words." }).as_object().expect("object").clone();
    let agent_now =
        floor.services.agents().patch(&floor.actor, agent.id, Some(1), edited).await.expect("edited");
    assert!(agent_now.draft_changed);
    let draft = domain::executions::StartDraft { version: "draft".to_owned(), ..Default::default() };
    let executions = floor.services.executions();
    let plain = domain::executions::StartDraft::default();
    let (drafted, published) = tokio::join!(
        executions.start(&floor.actor, agent.id, &draft, None),
        executions.start(&floor.actor, agent.id, &plain, None),
    );
    let (drafted, published) = (drafted.expect("started").row.id, published.expect("started").row.id);
    floor.ended(drafted).await;
    floor.ended(published).await;
    let prompts: Vec<_> =
        floor.simulator.agents().iter().map(|agent| agent["system_prompt"].clone()).collect();
    assert_eq!(prompts.len(), 2, "the published copy was not overwritten: {prompts:?}");
    assert!(prompts.iter().any(|prompt| prompt == "Draft words."));
    assert!(floor.simulator.agents().iter().all(|agent| agent["public"] == false));
    engine.shutdown().await;
}
