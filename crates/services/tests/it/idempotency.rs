//! An idempotency key stands for its request as long as it is kept, and no longer.

use std::time::Duration;

use domain::Kind;
use domain::executions::StartDraft;

use crate::it::upkeep::floor;

async fn a_key_can_be_used_again_after_its_end() {
    let (house, actor, agent) = floor().await;
    let start = async |message: &str| {
        let draft = StartDraft {
            message: Some(message.to_owned()),
            version: "draft".to_owned(),
            ..StartDraft::default()
        };
        let started = house.services.executions().start(&actor, agent, &draft, Some("order-17")).await;
        started.map(|execution| execution.row.id)
    };
    let first = start("Hello").await.expect("starts");
    house.clock.advance(Duration::from_hours(24) - Duration::from_millis(1));
    assert_eq!(start("Hello").await.expect("is known"), first);
    assert_eq!(start("Goodbye").await.expect_err("is kept").kind, Kind::IdempotencyConflict);

    house.clock.advance(Duration::from_millis(1));
    let second = start("Goodbye").await.expect("the first use is over, though its row is still there");
    assert_ne!(second, first);
    assert_eq!(start("Goodbye").await.expect("is known"), second);
    assert_eq!(start("Hello").await.expect_err("is kept anew").kind, Kind::IdempotencyConflict);
}

both!(a_key_can_be_used_again_after_its_end);
