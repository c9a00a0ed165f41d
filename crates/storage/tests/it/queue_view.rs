//! The queue as people see it, on both databases.

use std::time::Duration;

use domain::events::EventBody;
use domain::executions::Reason;
use domain::ids::{Id as _, WorkerId};
use storage::Store;

use super::queue::Floor;
use super::support::{NOW, person, workspace};

both!(the_queue_is_counted_by_agent_and_by_who_holds_it);

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
