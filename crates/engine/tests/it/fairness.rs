//! One agent's flood does not hold up another.

use std::time::Duration;

use domain::events::EventBody;
use domain::executions::{ExecutionFilter, Input, Priority, Status, Trigger, VersionChoice};
use domain::paging::PageRequest;
use services::executions::Origin;

use super::support::Floor;

both!(one_of_another_agent_begins_before_ten_more_of_a_flood,);

async fn one_of_another_agent_begins_before_ten_more_of_a_flood() {
    let floor = Floor::with(simulator::Options::default()).await;
    let many = floor.agent(|_| {}).await;
    let other = floor.agent(|_| {}).await;
    let executions = floor.services.executions();
    let prepared =
        executions.prepare(&floor.actor, many.id, VersionChoice::Published).await.expect("prepares");
    let input = Input { message: "/slow 5".to_owned(), ..Input::default() };
    let origin = Origin { trigger: Trigger::Batch, priority: Priority::Normal };
    let tx = floor.services.store().begin().await.expect("begin");
    for _ in 0..10_000 {
        executions.start_within(&tx, &floor.actor, &prepared, &input, origin).await.expect("accepted");
    }
    tx.commit().await.expect("commit");
    // Sixteen slots, and the flood may have a hundred and twenty-eight: all are busy with it.
    let engine = floor.engine().await;
    let busy = async {
        while engine.busy() < 16 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), busy).await.expect("all slots are busy");
    let alone = floor.start(&other, "hello").await;
    let accepted = floor.get(alone).await.row.created_at;
    floor.until(alone, |body| matches!(body, EventBody::AttemptStarted { .. })).await;
    let begun = floor.get(alone).await.row.started_at.expect("has begun");
    let mut before = 0;
    for status in [Status::Running, Status::Succeeded] {
        let filter =
            ExecutionFilter { agent: Some(many.id), status: vec![status], ..ExecutionFilter::default() };
        let page = PageRequest { after: None, limit: 200 };
        let rows = executions.list(&floor.actor, &filter, page).await.expect("lists").items;
        before += rows
            .iter()
            .filter_map(|row| row.started_at)
            .filter(|started| *started > accepted && *started < begun)
            .count();
    }
    assert!(before < 10, "{before} of the flood began first");
    engine.shutdown().await;
}
