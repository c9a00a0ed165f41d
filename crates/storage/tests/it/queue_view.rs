//! The queue as people see it, and the histogram over the list, on both databases.

use std::time::Duration;

use domain::Timestamp;
use domain::events::EventBody;
use domain::executions::{ExecutionFilter, Reason, Span, Status, empty_bars};
use domain::ids::{Id as _, WorkerId};
use storage::Store;

use super::queue::Floor;
use super::support::{NOW, person, workspace};

both!(
    the_queue_is_counted_by_agent_and_by_who_holds_it,
    executions_are_counted_by_the_time_they_were_accepted,
);

async fn the_queue_is_counted_by_agent_and_by_who_holds_it(store: Store) {
    let floor = Floor::new(store, 3).await;
    let (busy, quiet) = (floor.agent(1).await, floor.agent(2).await);
    floor.add(busy, 0, 10).await;
    let jobs = floor.claim(8, None, NOW).await;
    assert_eq!(jobs.len(), 3, "the agent's limit");
    let later = NOW.plus(Duration::from_mins(1));
    let tx = floor.store.begin().await.expect("begins");
    let event = EventBody::RetryScheduled {
        attempt: 1,
        reason: Reason::UpstreamBusy,
        message: "busy".to_owned(),
        not_before: later,
    };
    storage::queue::requeue(&tx, jobs[0].claim, event, Some(later), false, NOW).await.expect("goes back");
    tx.commit().await.expect("commits");

    let count = |at| storage::queue::busy_agents(&floor.store, floor.workspace, at);
    let agents = count(NOW).await.expect("counts");
    assert_eq!(agents.len(), 1, "agents without work are left out: {quiet}");
    let agent = &agents[0];
    assert_eq!((agent.agent.id, agent.due, agent.later, agent.running, agent.limit), (busy, 7, 1, 2, 3));
    assert_eq!(agent.oldest, Some(NOW));
    let agents = count(later).await.expect("counts");
    assert_eq!((agents[0].due, agents[0].later), (8, 0), "its time has come");

    let held = storage::queue::held(&floor.store, floor.workspace).await.expect("looks");
    assert_eq!((held.len(), held[0].worker, held[0].count), (1, WorkerId::from_bytes([7; 16]), 2));
    assert_eq!(held[0].lease_until, NOW.plus(Duration::from_secs(30)));

    let stranger = workspace(&floor.store, 2, person(&floor.store, 2).await).await;
    assert!(storage::queue::busy_agents(&floor.store, stranger, NOW).await.expect("counts").is_empty());
    assert!(storage::queue::held(&floor.store, stranger).await.expect("looks").is_empty());
}

async fn executions_are_counted_by_the_time_they_were_accepted(store: Store) {
    let floor = Floor::new(store, 9).await;
    let agent = floor.agent(1).await;
    let ids = floor.add(agent, 0, 5).await;
    let job = floor.claim(1, None, NOW).await.remove(0);
    floor.end(&job).await;
    // Identifiers begin with the time.
    let at = i64::from_be_bytes([0, 0, 1, 0, 0, 0, 0, 0]);
    assert_eq!(ids[0].bytes()[..6], at.to_be_bytes()[2..]);
    let moment = |ms: i64| Some(Timestamp::from_millis(at + ms));
    let all = ExecutionFilter { from: moment(-48), to: moment(48), ..ExecutionFilter::default() };
    let count = async |filter: &ExecutionFilter, workspace| {
        let mut bars = empty_bars(filter, Span::Day, NOW);
        storage::executions::fill_bars(&floor.store, workspace, filter, &mut bars).await.expect("counts");
        bars.iter().map(|bar| (bar.active, bar.succeeded)).collect::<Vec<_>>()
    };
    let counted = count(&all, floor.workspace).await;
    assert_eq!(counted[24], (4, 1));
    assert_eq!(counted.iter().filter(|bar| **bar == (0, 0)).count(), 47);
    let succeeded = ExecutionFilter { status: vec![Status::Succeeded], agent: Some(agent), ..all.clone() };
    assert_eq!(count(&succeeded, floor.workspace).await[24], (0, 1));
    let words = ExecutionFilter { text: Some("hello".to_owned()), ..all.clone() };
    assert_eq!(count(&words, floor.workspace).await[24], (4, 1));
    let stranger = workspace(&floor.store, 2, person(&floor.store, 2).await).await;
    assert_eq!(count(&all, stranger).await[24], (0, 0));
}
