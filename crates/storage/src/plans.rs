//! Query plans of everything that reads executions and events: no full scans of what grows with use,
//! with any number of rows. A new public query without a call here fails as well.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use domain::Timestamp;
use domain::executions::{ExecutionFilter, Span, Status, empty_bars};
use domain::ids::{AgentId, BatchId, BulkId, ExecutionId, Id as _, ScheduleId, WorkerId, WorkspaceId};
use domain::paging::PageRequest;
use domain::upkeep::Retention;
use sea_orm::Statement;
use uuid::Uuid;

use crate::{Store, agents, approvals, batches, bulk, db, events, executions, queue, schedules, upkeep};

thread_local! {
    static NOTED: RefCell<Vec<Statement>> = const { RefCell::new(Vec::new()) };
}

/// Remembers a statement for the test that runs on this thread.
pub(crate) fn note(statement: &Statement) {
    NOTED.with_borrow_mut(|noted| noted.push(statement.clone()));
}

/// Files whose SQL names one of these are sources: each of their public queries is called below, or
/// named in [`WRITES`].
const READ: [&str; 3] = ["executions", "events", "idempotency_keys"];

/// Tables whose rows grow with use: nothing may walk through one of them.
const GROWING: [&str; 10] = [
    "executions",
    "events",
    "attempts",
    "steps",
    "schedule_firings",
    "batch_rows",
    "bulk_rows",
    "idempotency_keys",
    "approvals",
    "audit",
];

/// Partial indexes that hold only the rows in question; walked whole on purpose.
const WALKED: [&str; 8] = [
    "executions_lanes",
    "executions_busy",
    "executions_lease",
    "executions_cancel",
    "executions_overdue",
    "executions_waiting",
    "schedule_firings_waiting",
    "approvals_open",
];

/// Writes by key; their plans are not lists.
const WRITES: &[&str] = &[
    "agents::add_copy",
    "agents::archive",
    "agents::insert",
    "agents::publish",
    "agents::remove_copy",
    "agents::update_draft",
    "agents::use_copy",
    "approvals::answer",
    "batches::mark_started",
    "executions::add_idempotency_key",
    "executions::insert",
    "executions::purge",
    "executions::request_cancel",
    "queue::append",
    "queue::end_step",
    "queue::finish",
    "queue::finish_step",
    "queue::let_go",
    "queue::lost",
    "queue::mark_remote",
    "queue::pause",
    "queue::requeue",
    "queue::resume",
    "queue::sign_in",
    "queue::sign_off",
    "queue::start_step",
    "schedules::add_firing",
    "schedules::advance",
    "schedules::decide",
    "schedules::delete",
    "schedules::insert",
    "schedules::set_state",
    "schedules::update",
    "schedules::withdraw_waiting",
    "upkeep::cut_log",
    "upkeep::sizes",
    "upkeep::vacuum",
];

/// The sources, with the names of the modules that show their queries.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut found) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let place = path.strip_prefix(&root).expect("below it").to_string_lossy().into_owned();
            let module = place.split(['/', '\\', '.']).next().unwrap_or_default().to_owned();
            // This test itself, and what fills and moves whole databases.
            if ["plans", "scratch", "transfer"].contains(&module.as_str()) {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a source");
            if READ.iter().any(|table| names(&text, table)) {
                found.push((module, text));
            }
        }
    }
    found
}

/// Whether SQL in a source names a table.
fn names(source: &str, table: &str) -> bool {
    ["from", "join", "update", "into"].iter().any(|verb| {
        let named = format!("{verb} {table}");
        source.match_indices(&named).any(|(at, _)| {
            let rest = &source[at + named.len()..];
            !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_')
        })
    })
}

/// The growing tables of a statement, by every name it has for them.
fn aliases(sql: &str) -> BTreeSet<&str> {
    let words: Vec<&str> = sql
        .split(|c: char| c.is_whitespace() || "(),".contains(c))
        .map(|word| word.trim_matches('"'))
        .filter(|word| !word.is_empty())
        .collect();
    let mut found = BTreeSet::new();
    for (place, word) in words.iter().enumerate() {
        let verb = word.to_ascii_lowercase();
        let Some(table) = words.get(place + 1).filter(|table| GROWING.contains(table)) else { continue };
        if ["from", "join", "update", "into"].contains(&verb.as_str()) {
            found.insert(*table);
            found.extend(words.get(place + 2));
        }
    }
    found
}

/// Whether a step of a plan walks through a growing table.
fn walks(step: &str, sql: &str) -> bool {
    let Some(rest) = step.strip_prefix("SCAN ") else { return false };
    let (name, how) = rest.split_once(' ').unwrap_or((rest, ""));
    let index = how.rsplit_once("INDEX ").map_or("", |(_, index)| index);
    !how.starts_with("VIRTUAL") && aliases(sql).contains(name) && !WALKED.contains(&index)
}

/// Calls every query of executions and what stands beside them.
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
    approvals::list(store, workspace, execution).await.expect("approvals");
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

/// Calls every query of agents, batches and schedules.
async fn call_around(store: &Store) {
    let (workspace, agent) = (WorkspaceId::from_bytes([1; 16]), AgentId::from_bytes([3; 16]));
    let (batch, schedule) = (BatchId::from_bytes([6; 16]), ScheduleId::from_bytes([7; 16]));
    let (now, page) = (Timestamp::from_millis(1), PageRequest { after: Some([9; 16]), limit: 50 });
    agents::list(store, workspace, false, page).await.expect("agents");
    agents::get(store, workspace, agent).await.expect("agent");
    agents::by_slug(store, workspace, "triage").await.expect("by_slug");
    agents::runnable(store, workspace).await.expect("runnable");
    agents::count_live(store, workspace).await.expect("count_live");
    agents::slug_taken(store, workspace, "triage").await.expect("slug_taken");
    agents::versions(store, workspace, agent).await.expect("versions");
    agents::version(store, workspace, agent, 1).await.expect("version");
    agents::stale_copies(store, now).await.expect("stale_copies");
    batches::has_news(store, workspace, batch).await.expect("has_news");
    batches::failed(store, workspace, batch).await.expect("failed");
    batches::started(store, workspace, batch).await.expect("started");
    batches::rows(store, workspace, batch, None, 0, 50).await.expect("rows of a batch");
    batches::results(store, workspace, batch, 0, 50).await.expect("results");
    schedules::firings(store, workspace, schedule, "UTC", None, 50).await.expect("firings");
    schedules::next_waiting(store, workspace, schedule).await.expect("next_waiting");
    schedules::count_waiting(store, workspace, schedule).await.expect("count_waiting");
    schedules::waiting(store).await.expect("waiting");
    schedules::busy(store, workspace, schedule).await.expect("busy");
    schedules::get(store, workspace, schedule).await.expect("schedule");
    schedules::list(store, workspace, page).await.expect("schedules");
    schedules::due(store, now).await.expect("due");
    schedules::next_due(store).await.expect("next_due");
    let tx = store.begin().await.expect("begin");
    batches::settle(&tx, workspace, batch).await.expect("settle");
    batches::pending(&tx, workspace, batch, 50).await.expect("pending");
    batches::withdraw_pending(&tx, workspace, batch, 50).await.expect("withdraw_pending");
    schedules::lock(&tx, workspace, schedule).await.expect("lock");
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the plans are there to be read")]
async fn no_query_scans_executions_or_events() {
    let folder = tempfile::tempdir().expect("folder");
    let store = Store::open(&format!("sqlite://{}/plans.db", folder.path().display())).await.expect("opens");
    call_all(&store).await;
    call_around(&store).await;
    let here = include_str!("plans.rs");
    let sources = sources();
    assert!(sources.len() > 10, "sources are found by their SQL");
    for (module, source) in sources {
        for rest in source.split("pub async fn ").skip(1) {
            let name = rest.split(['(', '<']).next().unwrap_or_default();
            let query = format!("{module}::{name}");
            let known = here.contains(&format!("{query}(")) || WRITES.contains(&query.as_str());
            assert!(known, "{query} is a query without a plan here");
        }
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
            // Bars look up their own time only.
            let unbounded = statement.sql.starts_with("with bars")
                && step.starts_with("SEARCH e ")
                && !step.contains(" AND id");
            if walks(&step, &statement.sql) || unbounded {
                scans.push(format!("{step}: {}", statement.sql));
            }
        }
    }
    assert!(scans.is_empty(), "{scans:#?}");
}

#[test]
fn a_scan_is_known_by_the_name_its_table_has_in_the_statement() {
    let rows = "select r.number from batch_rows r left join executions e on e.id = r.execution_id";
    for (step, sql, is_walk) in [
        ("SCAN r", rows, true),
        ("SCAN e USING COVERING INDEX executions_status", rows, true),
        ("SCAN executions USING INDEX executions_list", "delete from executions where id > $1", true),
        ("SCAN audit", "SELECT \"audit\".\"id\" FROM \"audit\" WHERE \"at\" > $1", true),
        ("SCAN q USING INDEX executions_lanes", "select q.id from executions q", false),
        ("SEARCH r USING INDEX batch_rows_state (batch_id=?)", rows, false),
        ("SCAN f", "select e.id from (select 1) f join executions e on e.id = f.id", false),
        ("SCAN workers", "select id from workers", false),
        ("SCAN executions_text VIRTUAL TABLE INDEX 0:M1", "select 1 from executions_text", false),
    ] {
        assert_eq!(walks(step, sql), is_walk, "{step} of {sql}");
    }
    assert!(names("\"select 1 from events v\"", "events") && !names("from events_log", "events"));
}
