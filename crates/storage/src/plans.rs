//! Query plans of everything that reads executions and events: no full scans, with any number of
//! rows. A new public query without a call here fails as well.

use std::cell::RefCell;

use domain::Timestamp;
use domain::executions::{ExecutionFilter, Span, Status, empty_bars};
use domain::ids::{AgentId, BulkId, ExecutionId, Id as _, WorkerId, WorkspaceId};
use domain::paging::PageRequest;
use domain::upkeep::Retention;
use sea_orm::Statement;
use uuid::Uuid;

use crate::{Store, agents, approvals, bulk, db, events, executions, queue, upkeep};

thread_local! {
    static NOTED: RefCell<Vec<Statement>> = const { RefCell::new(Vec::new()) };
}

/// Remembers a statement for the test that runs on this thread.
pub(crate) fn note(statement: &Statement) {
    NOTED.with_borrow_mut(|noted| noted.push(statement.clone()));
}

/// Sources whose public queries must be called below, or be named in [`WRITES`].
const SOURCES: &[&str] = &[
    include_str!("executions/list.rs"),
    include_str!("executions/detail.rs"),
    include_str!("executions/cache.rs"),
    include_str!("executions/cancel.rs"),
    include_str!("executions/histogram.rs"),
    include_str!("executions/idempotency.rs"),
    include_str!("approvals.rs"),
    include_str!("bulk.rs"),
    include_str!("events.rs"),
    include_str!("queue/claim.rs"),
    include_str!("queue/leases.rs"),
    include_str!("queue/view.rs"),
    include_str!("upkeep.rs"),
    include_str!("upkeep/records.rs"),
];

/// Writes by key; their plans are not lists.
const WRITES: &[&str] = &[
    "insert",
    "add_idempotency_key",
    "request_cancel",
    "purge",
    "answer",
    "advance",
    "stop",
    "let_go",
    "sign_in",
    "sign_off",
    "vacuum",
    "sizes",
    "cut_log",
];

/// The names of what [`call_all`] calls.
const CALLED: &[&str] = &[
    "list",
    "latest_in",
    "counts",
    "count_in",
    "get",
    "turns",
    "reruns",
    "attempts",
    "steps",
    "by_idempotency_key",
    "after",
    "cancelled",
    "expired",
    "overdue",
    "overslept",
    "lanes",
    "workers",
    "busy_agents",
    "held",
    "count",
    "fill_bars",
    "cached",
    "cache_counts",
    "approved",
    "open",
    "waiting",
    "rows",
    "claim",
    "renew",
    "hand_back_all",
    "remove_old_idempotency_keys",
    "ended_before",
    "removal",
    "told_before",
    "open_at",
    "old_records",
    "remove_events",
    "remove_records",
    "remove_workers",
    "remove_execution",
];

/// Calls every query.
async fn call_all(store: &Store) {
    let (workspace, execution) = (WorkspaceId::from_bytes([1; 16]), ExecutionId::from_bytes([2; 16]));
    let (agent, worker, now) =
        (AgentId::from_bytes([3; 16]), WorkerId::from_bytes([4; 16]), Timestamp::from_millis(1));
    let page = PageRequest { after: Some([9; 16]), limit: 50 };
    let filters = [
        ExecutionFilter::default(),
        ExecutionFilter { status: vec![Status::Failed], ..ExecutionFilter::default() },
        ExecutionFilter {
            status: vec![Status::Failed, Status::Crashed],
            agent: Some(agent),
            ..ExecutionFilter::default()
        },
        ExecutionFilter { agent: Some(agent), from: Some(now), to: Some(now), ..ExecutionFilter::default() },
        ExecutionFilter { ids: vec![execution; 3], ..ExecutionFilter::default() },
        ExecutionFilter { text: Some("parcel".to_owned()), ..ExecutionFilter::default() },
    ];
    for filter in &filters {
        executions::list(store, workspace, filter, page).await.expect("list");
    }
    executions::latest_in(store, workspace, &[Status::Running, Status::Queued], 8).await.expect("latest_in");
    executions::counts(store, workspace, now).await.expect("counts");
    executions::count_in(store, workspace, &[Status::Running, Status::Waiting]).await.expect("count_in");
    executions::get(store, workspace, execution).await.expect("get");
    executions::turns(store, workspace, execution).await.expect("turns");
    executions::reruns(store, workspace, execution).await.expect("reruns");
    executions::attempts(store, workspace, execution).await.expect("attempts");
    executions::steps(store, workspace, execution).await.expect("steps");
    executions::by_idempotency_key(store, workspace, "me", agent, "key", now)
        .await
        .expect("by_idempotency_key");
    events::after(store, workspace, execution, 0, 100).await.expect("after");
    agents::list(store, workspace, false, page).await.expect("agents");
    queue::cancelled(store, worker).await.expect("cancelled");
    queue::expired(store, now).await.expect("expired");
    queue::overdue(store, now).await.expect("overdue");
    queue::overslept(store, now).await.expect("overslept");
    queue::lanes(store).await.expect("lanes");
    queue::workers(store, now).await.expect("workers");
    queue::busy_agents(store, workspace, now).await.expect("busy_agents");
    queue::held(store, workspace).await.expect("held");
    for filter in &filters {
        let mut bars = empty_bars(filter, Span::Week, Timestamp::from_millis(1_768_441_583_568));
        executions::fill_bars(store, workspace, filter, &mut bars).await.expect("fill_bars");
        executions::count(store, workspace, filter, 100).await.expect("count");
    }
    executions::cached(store, workspace, agent, &[1], now).await.expect("cached");
    executions::cache_counts(store, workspace, now).await.expect("cache_counts");
    approvals::open(store, workspace, now, 50).await.expect("open");
    approvals::approved(store, workspace, execution, "start").await.expect("approved");
    bulk::rows(store, workspace, BulkId::from_bytes([5; 16]), 0, 100).await.expect("rows");
    let setting = Retention { executions_days: Some(9), events_days: Some(1) };
    upkeep::ended_before(store, workspace, now, Some(execution), 100).await.expect("ended_before");
    upkeep::told_before(store, workspace, now, Some(execution), 100).await.expect("told_before");
    upkeep::open_at(store, workspace, now, Some(execution)).await.expect("open_at");
    upkeep::removal(store, workspace, setting, now).await.expect("removal");
    for records in upkeep::Records::ALL {
        upkeep::old_records(store, workspace, records, now, 100).await.expect("old_records");
    }
    let tx = store.begin().await.expect("begin");
    upkeep::remove_events(&tx, workspace, execution, 100).await.expect("remove_events");
    for records in upkeep::Records::ALL {
        let line = upkeep::Line { owner: Uuid::nil(), place: 1 };
        upkeep::remove_records(&tx, workspace, records, &[line; 3]).await.expect("remove_records");
    }
    upkeep::remove_workers(&tx, now).await.expect("remove_workers");
    upkeep::remove_execution(&tx, workspace, execution).await.expect("remove_execution");
    let asking = queue::Asking { worker, slots: 8, last: None, now, lease_until: now };
    queue::claim(&tx, asking, &queue::Versions::default()).await.expect("claim");
    approvals::waiting(&tx, workspace, execution).await.expect("waiting");
    queue::renew(&tx, worker, now).await.expect("renew");
    queue::hand_back_all(&tx, worker).await.expect("hand_back_all");
    executions::remove_old_idempotency_keys(&tx, now).await.expect("remove_old_idempotency_keys");
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the plans are there to be read")]
async fn no_query_scans_executions_or_events() {
    let folder = tempfile::tempdir().expect("folder");
    let store = Store::open(&format!("sqlite://{}/plans.db", folder.path().display())).await.expect("opens");
    call_all(&store).await;
    let declared = SOURCES
        .iter()
        .flat_map(|source| source.split("pub async fn ").skip(1))
        .filter_map(|rest| rest.split('(').next());
    for name in declared {
        assert!(CALLED.contains(&name) || WRITES.contains(&name), "{name} is a query without a plan here");
    }
    let mut scans = Vec::new();
    for statement in NOTED.with_borrow_mut(std::mem::take) {
        let sql = format!("explain query plan {}", statement.sql);
        let values = statement.values.clone().map(|values| values.0).unwrap_or_default();
        let rows = db::all(&store, &sql, values).await.expect("explains");
        println!("{}", statement.sql);
        for row in rows {
            let step: String = row.try_get("", "detail").expect("a step");
            println!("    {step}");
            // A partial index that holds only the rows in question is walked whole on purpose.
            let whole = ["e", "b", "r", "q", "n", "p", "executions", "events"].iter().any(|table| {
                step == format!("SCAN {table}")
                    || step.starts_with(&format!("SCAN {table} USING INDEX executions_list"))
            });
            // Bars look up their own time only.
            let unbounded = statement.sql.starts_with("with bars")
                && step.starts_with("SEARCH e ")
                && !step.contains(" AND id");
            if whole || unbounded {
                scans.push(format!("{step}: {}", statement.sql));
            }
        }
    }
    assert!(scans.is_empty(), "{scans:#?}");
}
