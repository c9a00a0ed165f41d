//! A hundred thousand executions at once. Not run with the others, because it takes minutes:
//! `cargo test -p engine --test it hundred_thousand -- --ignored --nocapture`

use std::fs;
use std::time::{Duration, Instant};

use domain::bulk::{BulkAction, BulkChoice, BulkKind, BulkOutcome, BulkStatus};
use domain::executions::{ExecutionFilter, Input, Priority, Status, Trigger, VersionChoice};
use engine::{Engine, Options};
use services::executions::Origin;

use super::support::{Floor, quick};

const ROWS: u64 = 100_000;
/// Accepted in one transaction.
const STEP: u64 = 5_000;
/// How much more memory an action may take at its height.
const MOST_MIB: u64 = 48;

/// A line of what the kernel says of this process, in MiB.
fn memory(line: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let found = status.lines().find_map(|found| found.strip_prefix(line)).expect(line);
    found.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a number") / 1024
}

async fn queue(floor: &Floor) {
    let agent = floor.agent(|_| {}).await;
    let executions = floor.services.executions();
    let prepared = executions.prepare(&floor.actor, agent.id, VersionChoice::Published).await;
    let prepared = prepared.expect("prepares");
    let origin = Origin { trigger: Trigger::Api, priority: Priority::Normal };
    for from in (0..ROWS).step_by(usize::try_from(STEP).expect("few")) {
        let tx = floor.services.store().begin().await.expect("begin");
        for n in from..from + STEP {
            let input = Input { message: format!("Where is parcel {n}?"), ..Input::default() };
            executions.start_within(&tx, &floor.actor, &prepared, &input, origin).await.expect("accepted");
        }
        tx.commit().await.expect("commit");
    }
}

/// Looks at an action until it has ended: its results are there page by page.
async fn followed(floor: &Floor, action: &BulkAction) -> BulkAction {
    let bulk = floor.services.bulk();
    let mut looks = 0;
    loop {
        let seen = bulk.get(&floor.actor, action.id).await.expect("is there");
        if seen.status != BulkStatus::Running {
            assert!(looks > 3, "it was seen on its way {looks} times");
            return seen;
        }
        if seen.done > 0 {
            let last = bulk.rows(&floor.actor, action.id, seen.done - 1, 1).await.expect("rows");
            assert_eq!(last.first().map(|row| row.number), Some(seen.done), "results come with their page");
            looks += 1;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
#[ignore = "takes minutes"]
#[expect(clippy::print_stderr, reason = "it is run for its figures")]
async fn an_action_on_a_hundred_thousand_goes_page_by_page_in_bounded_memory() {
    let floor = Floor::new().await;
    queue(&floor).await;
    let queued = ExecutionFilter { status: vec![Status::Queued], ..ExecutionFilter::default() };
    let bulk = floor.services.bulk();
    let action = bulk.start(&floor.actor, BulkKind::Cancel, &queued, BulkChoice::Original, Some(ROWS)).await;
    let action = action.expect("accepted");
    // From here on the kernel notes the height anew.
    fs::write("/proc/self/clear_refs", "5").expect("Linux");
    let (began, before) = (Instant::now(), memory("VmRSS:"));
    let idle = Options { workers: 0, ..quick() };
    let engine = Engine::start(floor.services.clone(), idle).await.expect("engine");
    let ended = followed(&floor, &action).await;
    let (took, height) = (began.elapsed(), memory("VmHWM:"));
    eprintln!(
        "{} rows cancelled in {:.1} s; {before} MiB before, {height} MiB at the height",
        ended.done,
        took.as_secs_f64()
    );
    assert_eq!((ended.done, ended.changed, ended.refused), (ROWS, ROWS, 0));
    let mut after = 0;
    while after < ROWS {
        let page = bulk.rows(&floor.actor, action.id, after, 1_000).await.expect("rows");
        for row in &page {
            after += 1;
            assert_eq!((row.number, row.outcome), (after, BulkOutcome::Done));
        }
        assert!(!page.is_empty(), "{after} results, then none");
    }
    assert!(height.saturating_sub(before) <= MOST_MIB, "{before} MiB before, {height} MiB at the height");
    engine.shutdown().await;
}
