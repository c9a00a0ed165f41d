//! Removing much, beside others who write.

use std::time::{Duration, Instant};

use domain::upkeep::RetentionDraft;

use crate::it::upkeep::floor;

/// Ended executions; each with an attempt, a step and seven events: 50,000 rows.
const EXECUTIONS: u32 = 5_000;
/// The longest that a writer may wait. It guards against a step that holds the writer for all rows, which
/// takes several times as long; it is no measure of speed, so it is generous.
const MOST: Duration = Duration::from_secs(1);

#[expect(clippy::print_stdout, reason = "the measured wait is there to be read")]
async fn a_writer_beside_pruning_never_waits_long() {
    let (house, actor, agent) = floor().await;
    let (services, workspace) = (&house.services, actor.workspace);
    storage::scratch::fill(services.store(), workspace, agent, EXECUTIONS).await.expect("fills");
    let keep =
        RetentionDraft { executions_days: "1".to_owned(), confirmed: true, ..RetentionDraft::default() };
    services.upkeep().set(&actor, &keep).await.expect("sets");
    let mut waits = Vec::new();
    let writing = async {
        loop {
            let asked = Instant::now();
            let now = services.now();
            let written = services.store().write(move |tx| {
                Box::pin(
                    async move { storage::settings::set(tx, workspace, "written", "true", now, "me").await },
                )
            });
            written.await.expect("writes");
            waits.push(asked.elapsed());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let removed = tokio::select! {
        removed = async { services.upkeep().prune().await } => removed.expect("prunes"),
        () = writing => unreachable!("it writes on"),
    };
    assert_eq!(removed.executions, u64::from(EXECUTIONS));
    let longest = waits.iter().max().copied().unwrap_or_default();
    println!("{} writes beside the removal of 50,000 rows; the longest took {longest:?}", waits.len());
    assert!(waits.len() > 10, "there were writes beside it");
    assert!(longest < MOST, "a writer waited {longest:?}");
}

both!(a_writer_beside_pruning_never_waits_long);
