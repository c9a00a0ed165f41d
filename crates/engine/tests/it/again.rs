//! Running again, results used again, and actions on many.

use std::time::Duration;

use domain::bulk::{BulkAction, BulkChoice, BulkKind, BulkOutcome, BulkStatus};
use domain::executions::{CacheUse, ExecutionFilter, RerunDraft, StartDraft, Status};
use domain::ids::BulkId;
use domain::{Actor, Kind};
use engine::{Engine, Options};
use serde_json::json;

use super::support::{Floor, quick};

both!(
    an_execution_runs_again_as_it_was_or_edited,
    a_result_is_used_again_only_where_it_was_asked_for,
    many_are_cancelled_and_run_again_by_filter,
    results_of_many_are_stored_with_their_page_and_a_page_counts_once,
);

fn rerun(value: serde_json::Value) -> RerunDraft {
    serde_json::from_value(value).expect("a draft")
}

async fn an_execution_runs_again_as_it_was_or_edited() {
    let floor = Floor::new().await;
    let engine = floor.engine().await;
    let agent = floor.agent(|_| {}).await;
    let first = floor.start(&agent, "Where is my parcel?").await;
    let before = floor.ended(first).await;
    let edit = json!({ "instructions": "Other words." }).as_object().expect("object").clone();
    floor.services.agents().patch(&floor.actor, agent.id, Some(1), edit).await.expect("edited");
    let publish = domain::agents::PublishDraft::default();
    floor.services.agents().publish(&floor.actor, agent.id, &publish).await.expect("published");
    let executions = floor.services.executions();
    let same = executions.rerun(&floor.actor, first, &RerunDraft::default()).await.expect("runs again");
    assert_eq!((same.row.version, same.row.rerun_of), (Some(1), Some(first)));
    assert_eq!(floor.ended(same.row.id).await.output, before.output, "the same version on the same input");
    let other = rerun(json!({"version": "current", "message": "Where is my other parcel?"}));
    let other = executions.rerun(&floor.actor, first, &other).await.expect("runs again");
    assert_eq!(other.row.version, Some(2));
    assert_eq!(other.input.expect("input").message, "Where is my other parcel?");
    let wrong = executions.rerun(&floor.actor, first, &rerun(json!({"version": "newest"}))).await;
    assert!(wrong.expect_err("no such choice").for_field("version").is_some());
    floor.ended(other.row.id).await;
    engine.shutdown().await;
}

async fn a_result_is_used_again_only_where_it_was_asked_for() {
    let floor = Floor::new().await;
    let engine = floor.engine().await;
    let agent = floor.agent(|draft| "60".clone_into(&mut draft.limits.cache_ttl_s)).await;
    let executions = floor.services.executions();
    let actor = &floor.actor;
    let ask = |no_cache| {
        let draft =
            StartDraft { message: Some("Where is my parcel?".to_owned()), no_cache, ..StartDraft::default() };
        async move { executions.start(actor, agent.id, &draft, None).await.expect("accepted").row }
    };
    let miss = ask(false).await;
    assert_eq!(miss.cache, Some(CacheUse::Miss));
    let first = floor.ended(miss.id).await;
    let hit = ask(false).await;
    assert_eq!(
        (hit.status, hit.cache, hit.copied_from),
        (Status::Succeeded, Some(CacheUse::Hit), Some(miss.id))
    );
    assert_eq!(floor.get(hit.id).await.output, first.output);
    assert_eq!(floor.streamed(hit.id).await, first.output.expect("output"));
    assert_eq!(floor.upstream_runs(), 1);
    let bypass = ask(true).await;
    assert_eq!(bypass.cache, Some(CacheUse::Bypass));
    floor.ended(bypass.id).await;
    assert_eq!(floor.upstream_runs(), 2);
    assert_eq!(ask(false).await.copied_from, Some(bypass.id), "the newest result");
    executions.purge_cache(&floor.actor, agent.id).await.expect("purged");
    let again = ask(false).await;
    assert_eq!(again.cache, Some(CacheUse::Miss));
    floor.ended(again.id).await;
    let other = floor.agent(|_| {}).await;
    let plain = floor.start(&other, "Where is my parcel?").await;
    assert_eq!(floor.ended(plain).await.row.cache, None, "nobody asked for it here");
    engine.shutdown().await;
}

async fn finished(floor: &Floor, id: BulkId) -> BulkAction {
    let done = async {
        loop {
            let action = floor.services.bulk().get(&floor.actor, id).await.expect("is there");
            if action.status != BulkStatus::Running {
                break action;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), done).await.expect("it ends")
}

async fn results_of_many_are_stored_with_their_page_and_a_page_counts_once() {
    let floor = Floor::new().await;
    let agent = floor.agent(|_| {}).await;
    for n in 0..130 {
        floor.start(&agent, &format!("Parcel {n}?")).await;
    }
    let (bulk, actor) = (floor.services.bulk(), &floor.actor);
    let all = ExecutionFilter::default();
    let action =
        bulk.start(actor, BulkKind::Cancel, &all, BulkChoice::Original, None).await.expect("accepted");
    let tx = floor.services.store().begin().await.expect("begin");
    let now = floor.services.now();
    let held = storage::bulk::claim(&tx, now, now.plus(Duration::from_secs(30))).await.expect("claims");
    tx.commit().await.expect("commit");
    let held = held.expect("the action");
    // Whoever comes with the same page later finds it done.
    for _ in 0..2 {
        bulk.work_page(&held).await.expect("works");
        let seen = bulk.get(actor, action.id).await.expect("is there");
        assert_eq!((seen.status, seen.done, seen.changed), (BulkStatus::Running, 100, 100));
        assert_eq!(bulk.rows(actor, action.id, 0, 1_000).await.expect("rows").len(), 100);
    }
    let queued = ExecutionFilter { status: vec![Status::Queued], ..ExecutionFilter::default() };
    assert_eq!(bulk.preview(actor, &queued).await.expect("counts").count, 30);
}

async fn many_are_cancelled_and_run_again_by_filter() {
    let floor = Floor::new().await;
    let agent = floor.agent(|_| {}).await;
    for n in 0..230 {
        floor.start(&agent, &format!("Parcel {n}?")).await;
    }
    let bulk = floor.services.bulk();
    let queued = ExecutionFilter { status: vec![Status::Queued], ..ExecutionFilter::default() };
    assert_eq!(bulk.preview(&floor.actor, &queued).await.expect("counts").count, 230);
    let actor = &floor.actor;
    let start = |kind, filter: ExecutionFilter, expected| async move {
        bulk.start(actor, kind, &filter, BulkChoice::Original, expected).await
    };
    let wrong = start(BulkKind::Cancel, queued.clone(), Some(7)).await.expect_err("another number");
    assert_eq!(wrong.kind, Kind::Conflict);
    let accepted = start(BulkKind::Cancel, queued.clone(), Some(230)).await.expect("accepted");
    // Nothing works yet: this one came later and is not meant.
    tokio::time::sleep(Duration::from_millis(5)).await;
    let later = floor.start(&agent, "Later").await;
    // Nobody takes work yet, so all of them still fit when their turn comes.
    let idle =
        Engine::start(floor.services.clone(), Options { workers: 0, ..quick() }).await.expect("starts");
    let action = finished(&floor, accepted.id).await;
    assert_eq!((action.done, action.changed, action.refused), (230, 230, 0));
    idle.shutdown().await;
    let engine = floor.engine().await;
    assert_eq!(floor.ended(later).await.row.status, Status::Succeeded);
    let rows = bulk.rows(&floor.actor, accepted.id, 0, 1_000).await.expect("rows");
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), (1..=230).collect::<Vec<_>>());
    assert!(rows.iter().all(|row| (row.outcome == BulkOutcome::Refused) == row.message.is_some()));
    let cancelled = ExecutionFilter { status: vec![Status::Cancelled], ..ExecutionFilter::default() };
    let count = bulk.preview(&floor.actor, &cancelled).await.expect("counts").count;
    assert_eq!(count, 230);
    let again = start(BulkKind::Rerun, cancelled, Some(count)).await.expect("accepted");
    let again = finished(&floor, again.id).await;
    assert_eq!((again.changed, again.refused), (count, 0));
    let rows = bulk.rows(&floor.actor, again.id, 0, 1).await.expect("rows");
    let new = rows[0].new_execution.expect("a new one");
    assert_eq!(floor.get(new).await.row.rerun_of, Some(rows[0].execution));
    let stranger = Actor::system(domain::ids::Id::from_bytes([9; 16]));
    assert_eq!(bulk.preview(&stranger, &ExecutionFilter::default()).await.expect("counts").count, 0);
    let none = bulk.start(&stranger, BulkKind::Cancel, &queued, BulkChoice::Original, None).await;
    assert_eq!(none.expect_err("another workspace").kind, Kind::Conflict);
    assert_eq!(bulk.get(&stranger, accepted.id).await.expect_err("another workspace").kind, Kind::NotFound);
    engine.shutdown().await;
}
