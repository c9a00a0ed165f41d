//! Several processes on one PostgreSQL.

use std::time::{Duration, Instant};

use domain::events::EventBody;
use domain::executions::Status;
use engine::{Engine, Options};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::scratch::on_postgres;
use super::support::{Floor, quick};

#[tokio::test]
async fn news_and_stops_reach_other_processes_and_a_rolling_restart_loses_nothing() {
    on_postgres(Box::pin(three_processes())).await;
}

async fn three_processes() {
    let floor = Floor::with(simulator::Options::default()).await;
    // Looking is slow here, so that only what is told between processes can be quick.
    let slow = || Options { poll: Duration::from_secs(30), stops: Duration::from_secs(30), ..quick() };
    let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
    tracker.spawn(floor.services.clone().relay(stop.clone()));
    let (left, right) = (floor.second().await, floor.second().await);
    for house in [&left, &right] {
        tracker.spawn(house.clone().relay(stop.clone()));
    }
    let first = Engine::start(left.clone(), slow()).await.expect("starts");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let agent = floor.agent(|_| {}).await;

    // Accepted here, run there, followed here.
    let asked = Instant::now();
    let id = floor.start(&agent, "/slow 30").await;
    let mut news = floor.services.hub().follow(id);
    let heard = async {
        while !floor.story(id).await.iter().any(|body| matches!(body, EventBody::Output { .. })) {
            news.changed().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), heard).await.expect("the story is heard of here");
    assert!(asked.elapsed() < Duration::from_secs(5), "work was woken, not found: {:?}", asked.elapsed());

    // Stopped here, within a second there.
    let asked = Instant::now();
    floor.services.executions().cancel(&floor.actor, id).await.expect("asks");
    let ended = floor.ended(id).await;
    assert_eq!(ended.row.status, Status::Cancelled);
    assert!(asked.elapsed() < Duration::from_secs(1), "took {:?}", asked.elapsed());

    // One process after the other is replaced under load.
    let mut ids = Vec::new();
    for n in 0..40 {
        ids.push(floor.start(&agent, &format!("/slow 1 parcel {n}")).await);
    }
    let runs = floor.upstream_runs();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let second = Engine::start(right, quick()).await.expect("starts");
    first.shutdown().await;
    for id in &ids {
        let ended = floor.ended(*id).await;
        assert_eq!(ended.row.status, Status::Succeeded, "{:?}", ended.row.message);
        floor.story(*id).await;
        let runs = ended.steps.iter().filter(|step| step.kind == "toolhouse_run").count();
        assert_eq!(runs, 1, "no step was doubled");
    }
    assert!(floor.upstream_runs() - runs <= 40, "each was sent once");
    second.shutdown().await;
    stop.cancel();
    tracker.close();
    tracker.wait().await;
}
