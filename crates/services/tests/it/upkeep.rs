//! What is kept, what is removed, and who must say so first.

use std::time::Duration;

use domain::agents::TEMPLATES;
use domain::batches::{Batch, BatchDraft, BatchState};
use domain::bulk::{BulkChoice, BulkKind};
use domain::executions::{ExecutionFilter, Input, StartDraft};
use domain::ids::{AgentId, BatchId, BulkId, ExecutionId, Id as _, ScheduleId, WorkerId};
use domain::paging::PageRequest;
use domain::schedules::{FiringOutcome, ScheduleDraft};
use domain::secrets::SecretText;
use domain::upkeep::{Removal, RetentionDraft};
use domain::{Actor, Kind, Permission, Timestamp};
use services::toolhouse::Upstream;
use storage::batches::NewBatch;
use storage::queue::Working;
use storage::schedules::NewFiring;
use toolhouse::{Endpoints, Timeouts};

use crate::it::support::{House, OWNER, draft, origin};

const DAY: Duration = Duration::from_hours(24);

/// A house whose upstream is never asked, and an agent in it.
pub(super) async fn floor() -> (House, Actor, AgentId) {
    // Fails only when one is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut upstream = Upstream::new(Endpoints::default(), Timeouts::default());
    upstream.key = Some(SecretText::new("th-never-used"));
    let house = House::with(upstream).await;
    let token = house.setup_token().await;
    let accounts = house.services.accounts();
    let signed_in = accounts.setup(&token, draft(OWNER), "Home", &origin()).await.expect("sets up");
    let actor = house.actor(&signed_in).await;
    let agents = house.services.agents();
    let agent = agents.create(&actor, &TEMPLATES[0].draft()).await.expect("an agent");
    (house, actor, agent.id)
}

async fn started(house: &House, actor: &Actor, agent: AgentId) -> ExecutionId {
    let start = StartDraft {
        message: Some("Hello".to_owned()),
        version: "draft".to_owned(),
        ..StartDraft::default()
    };
    house.services.executions().start(actor, agent, &start, None).await.expect("starts").row.id
}

async fn ended(house: &House, actor: &Actor, agent: AgentId) -> ExecutionId {
    let execution = started(house, actor, agent).await;
    house.services.executions().cancel(actor, execution).await.expect("cancels");
    execution
}

/// A schedule with two lines in its log, one of an execution that goes on, and a batch of two rows that ended.
async fn logs(house: &House, actor: &Actor, agent: AgentId, running: ExecutionId) -> (ScheduleId, BatchId) {
    let (schedule, batch) = (ScheduleId::from_bytes([7; 16]), BatchId::from_bytes([8; 16]));
    let (agent, now, by) = (agent.to_string(), house.services.now(), actor.name.as_str());
    let draft = ScheduleDraft {
        name: "Nightly".to_owned(),
        agent: agent.clone(),
        cron: "0 3 1 1 *".to_owned(),
        ..ScheduleDraft::default()
    };
    let rule = draft.parse(now).expect("a rule");
    let draft = BatchDraft { agent, data: "message\nA\nB\n".to_owned(), ..BatchDraft::default() };
    let plan = draft.parse().expect("a plan");
    let inputs = ["A", "B"].map(|message| Input { message: message.to_owned(), ..Input::default() });
    let columns = vec!["message".to_owned()];
    let new = NewBatch { id: batch, plan, version: 1, columns, rows: 2, at: now, by: by.to_owned() };
    let store = house.services.store();
    let tx = store.begin().await.expect("begins");
    storage::batches::announce(&tx, actor.workspace, &new).await.expect("a batch");
    tx.commit().await.expect("commits");
    storage::batches::add_rows(store, actor.workspace, batch, &inputs).await.expect("rows");
    let tx = house.services.store().begin().await.expect("begins");
    storage::schedules::insert(&tx, actor.workspace, schedule, &rule, now, by).await.expect("a schedule");
    storage::batches::begin(&tx, actor.workspace, batch).await.expect("begins");
    for (place, execution) in [None, Some(running)].into_iter().enumerate() {
        let due = now.plus(Duration::from_secs(place as u64));
        let line = NewFiring {
            due,
            outcome: FiringOutcome::Started,
            reason: None,
            message: None,
            execution,
            asked_by: None,
        };
        storage::schedules::add_firing(&tx, actor.workspace, schedule, due, &line).await.expect("logs");
    }
    let whole = storage::batches::get(&tx, actor.workspace, batch).await.expect("reads").expect("is there");
    let over = Batch { state: BatchState::Finished, finished_at: Some(now), ..whole };
    storage::batches::save(&tx, actor.workspace, &over).await.expect("ends");
    tx.commit().await.expect("commits");
    (schedule, batch)
}

fn keep(executions: &str, events: &str, confirmed: bool) -> RetentionDraft {
    RetentionDraft { executions_days: executions.to_owned(), events_days: events.to_owned(), confirmed }
}

#[tokio::test]
async fn old_ended_executions_go_and_nothing_else() {
    let (house, actor, agent) = floor().await;
    let mut old = Vec::new();
    for _ in 0..40 {
        old.push(ended(&house, &actor, agent).await);
    }
    let waiting = started(&house, &actor, agent).await;
    let (schedule, batch) = logs(&house, &actor, agent, waiting).await;
    house.clock.advance(20 * DAY);
    let fresh = ended(&house, &actor, agent).await;
    let upkeep = house.services.upkeep();
    assert_eq!(upkeep.prune().await.expect("prunes"), Removal::default(), "everything is kept by default");

    let audited = house.audited(&actor).await.len();
    let unconfirmed = upkeep.set(&actor, &keep("10", "", false)).await.expect_err("wants a confirmation");
    assert_eq!(unconfirmed.kind, Kind::Conflict);
    assert!(unconfirmed.message.contains("removes 40 ended executions"), "{}", unconfirmed.message);
    assert_eq!(upkeep.prune().await.expect("prunes"), Removal::default(), "a refusal changes nothing");

    upkeep.set(&actor, &keep("10", "", true)).await.expect("sets");
    let removed = upkeep.prune().await.expect("prunes");
    assert_eq!((removed.executions, removed.firings, removed.batch_rows), (40, 1, 2));
    let page = PageRequest { after: None, limit: 50 };
    let log = house.services.schedules().firings(&actor, schedule, page).await.expect("lists");
    assert_eq!(log.items.len(), 1, "the line whose execution goes on is kept");
    let batches = house.services.batches();
    assert!(batches.rows(&actor, batch, None, page).await.expect("lists").items.is_empty());
    assert_eq!(batches.get(&actor, batch).await.expect("is kept").counts.all(), 2, "the counts stay");
    let executions = house.services.executions();
    for gone in old {
        assert_eq!(executions.get(&actor, gone).await.expect_err("is gone").kind, Kind::NotFound);
    }
    for kept in [waiting, fresh] {
        executions.get(&actor, kept).await.expect("is kept");
    }
    assert_eq!(house.audited(&actor).await.len(), audited + 1, "the audit log only grows");
}

#[tokio::test]
async fn stories_go_before_their_executions_but_for_the_end() {
    let (house, actor, agent) = floor().await;
    let old = ended(&house, &actor, agent).await;
    let waiting = started(&house, &actor, agent).await;
    house.clock.advance(5 * DAY);
    let upkeep = house.services.upkeep();
    upkeep.set(&actor, &keep("", "3", true)).await.expect("sets");
    let last = house.services.executions().get(&actor, old).await.expect("is there").last_event;
    assert_eq!(upkeep.prune().await.expect("prunes"), Removal { events: last - 1, ..Removal::default() });
    let events = house.services.executions().events(&actor, old, 0, 100).await.expect("reads");
    let numbers: Vec<_> = events.iter().map(|event| event.number).collect();
    assert_eq!(numbers, [last], "a reader of the stream still meets the end");
    let kept = house.services.executions().events(&actor, waiting, 0, 100).await.expect("reads");
    assert_eq!(kept.len(), 1, "what has not ended keeps its story");
    assert_eq!(upkeep.prune().await.expect("prunes"), Removal::default(), "once is enough");
}

#[tokio::test]
async fn a_story_that_ended_late_goes_too() {
    let (house, actor, agent) = floor().await;
    let upkeep = house.services.upkeep();
    upkeep.set(&actor, &keep("", "1", true)).await.expect("sets");
    let events = async |execution| {
        house.services.executions().events(&actor, execution, 0, 100).await.expect("reads").len()
    };
    let question = started(&house, &actor, agent).await;
    let mut short = Vec::new();
    for _ in 0..3 {
        short.push(ended(&house, &actor, agent).await);
    }
    house.clock.advance(2 * DAY);
    assert!(upkeep.prune().await.expect("prunes").events > 0);
    assert_eq!(events(short[2]).await, 1);
    assert_eq!(events(question).await, 1, "it goes on");
    house.services.executions().cancel(&actor, question).await.expect("ends");
    let told = events(question).await as u64;
    assert!(told > 1);
    assert_eq!(upkeep.prune().await.expect("prunes"), Removal::default(), "it has only just ended");
    house.clock.advance(2 * DAY);
    assert_eq!(upkeep.prune().await.expect("prunes"), Removal { events: told - 1, ..Removal::default() });
    assert_eq!(events(question).await, 1);
}

/// An action that cancelled everything there was, with a result for each.
async fn bulk(house: &House, actor: &Actor) -> BulkId {
    let (bulk, filter) = (house.services.bulk(), ExecutionFilter::default());
    let action = bulk.start(actor, BulkKind::Cancel, &filter, BulkChoice::Original, None).await;
    let action = action.expect("starts").id;
    let (now, later) = (house.services.now(), house.services.now().plus(DAY));
    let claimed = house
        .services
        .store()
        .write(move |tx| Box::pin(async move { storage::bulk::claim(tx, now, later).await }));
    bulk.work_page(&claimed.await.expect("claims").expect("is there")).await.expect("works");
    action
}

#[tokio::test]
async fn results_of_actions_on_many_go_with_executions() {
    let (house, actor, agent) = floor().await;
    let waiting = [started(&house, &actor, agent).await, started(&house, &actor, agent).await];
    house.clock.advance(Duration::from_millis(1));
    let action = bulk(&house, &actor).await;
    let results = async || house.services.bulk().rows(&actor, action, 0, 100).await.expect("lists").len();
    assert_eq!(results().await, waiting.len());
    let upkeep = house.services.upkeep();
    upkeep.set(&actor, &keep("10", "", true)).await.expect("sets");
    upkeep.prune().await.expect("prunes");
    assert_eq!(results().await, waiting.len(), "it has only just ended");
    house.clock.advance(20 * DAY);
    let counted = upkeep.set(&actor, &keep("9", "", false)).await.expect_err("wants a confirmation");
    assert!(counted.message.contains("and 2 results of actions on many"), "{}", counted.message);
    let removed = upkeep.prune().await.expect("prunes");
    assert_eq!((removed.executions, removed.bulk_rows), (2, 2));
    assert_eq!(results().await, 0);
    let kept = house.services.bulk().get(&actor, action).await.expect("is kept");
    assert_eq!((kept.done, kept.changed), (2, 2), "the counts stay");
}

#[tokio::test]
async fn a_process_that_ended_without_a_word_is_forgotten_after_a_day() {
    let (house, _, _) = floor().await;
    let seen = async |worker: u8| {
        let now = house.services.now();
        let working = Working {
            worker: WorkerId::from_bytes([worker; 16]),
            name: format!("process {worker}"),
            version: "1",
            slots: 1,
            busy: 0,
            refused_writes: 0,
        };
        let signed = house.services.store().write(move |tx| {
            let working = working.clone();
            Box::pin(async move { storage::queue::sign_in(tx, &working, now).await })
        });
        signed.await.expect("signs in");
    };
    seen(1).await;
    house.clock.advance(DAY);
    seen(2).await;
    house.services.upkeep().prune().await.expect("prunes");
    let names = async || {
        let known = storage::queue::workers(house.services.store(), Timestamp::from_millis(0)).await;
        known.expect("lists").into_iter().map(|worker| worker.name).collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["process 1", "process 2"]);
    house.clock.advance(Duration::from_millis(1));
    house.services.upkeep().prune().await.expect("prunes");
    assert_eq!(names().await, ["process 2"]);
}

#[tokio::test]
async fn sizes_name_the_tables_and_need_the_right() {
    let (house, actor, _) = floor().await;
    let status = house.services.upkeep().status(&actor).await.expect("measures");
    assert!(status.sizes.database_bytes > 0 && status.sizes.log_bytes.is_some());
    assert!(status.sizes.tables.iter().any(|table| table.name == "executions" && table.bytes > 0));
    let mut other = actor.clone();
    other.grants = domain::access::Grants::of_scopes([Permission::ExecutionsRead]);
    let refused = house.services.upkeep().status(&other).await.expect_err("lacks the right");
    assert_eq!(refused.kind, Kind::Forbidden);
    let refused =
        house.services.upkeep().set(&other, &keep("1", "", true)).await.expect_err("lacks the right");
    assert_eq!(refused.kind, Kind::Forbidden);
}

#[tokio::test]
async fn sizes_are_measured_once_a_minute() {
    let (house, actor, _) = floor().await;
    let sizes = async || house.services.upkeep().status(&actor).await.expect("measures").sizes;
    let first = sizes().await;
    let tx = house.services.store().begin().await.expect("begins");
    let value = serde_json::to_string(&"x".repeat(1 << 20)).expect("a text");
    let now = house.services.now();
    storage::settings::set(&tx, actor.workspace, "large", &value, now, "me").await.expect("sets");
    tx.commit().await.expect("commits");
    house.clock.advance(Duration::from_secs(59));
    assert_eq!(sizes().await, first, "nobody looks again");
    house.clock.advance(Duration::from_secs(1));
    assert!(sizes().await.database_bytes >= first.database_bytes + (1 << 20));
}

#[tokio::test]
async fn a_cut_log_is_empty() {
    let (house, actor, agent) = floor().await;
    ended(&house, &actor, agent).await;
    let store = house.services.store();
    assert!(store.log_bytes().is_some_and(|bytes| bytes > 0));
    assert!(store.cut_log().await.expect("cuts"));
    assert_eq!(store.log_bytes(), Some(0));
}
