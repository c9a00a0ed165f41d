//! Schedules and their log, on both databases.

use std::collections::BTreeMap;

use domain::Timestamp;
use domain::agents::{AgentConfig, AgentDraft};
use domain::executions::Priority;
use domain::ids::{AgentId, ScheduleId, WorkspaceId};
use domain::paging::PageRequest;
use domain::schedules::{FiringOutcome, Missed, Overlap, ScheduleRule, ScheduleState, SkipReason, Timing};
use storage::Store;
use storage::schedules::NewFiring;

use super::support::{NOW, nth, person, workspace};

both!(
    a_schedule_is_kept_changed_and_deleted,
    only_active_schedules_are_due,
    one_of_two_moves_a_schedule_on,
    of_several_connections_at_once_one_deals_with_a_due_time,
    a_due_time_is_logged_once,
    waiting_times_are_decided_in_order,
);

fn config() -> AgentConfig {
    AgentDraft { title: "Reporter".to_owned(), runtime: "toolhouse".to_owned(), ..AgentDraft::default() }
        .parse()
        .expect("an agent")
}

/// Stores the `n`th agent.
pub(crate) async fn agent(store: &Store, n: u8, workspace: WorkspaceId) -> AgentId {
    let (config, imported) = (config(), serde_json::Map::new());
    let slug = format!("agent-{n}");
    let new = storage::agents::NewAgent {
        id: nth(n),
        slug: &slug,
        config: &config,
        imported: &imported,
        at: NOW,
        by: "ada@example.com",
    };
    let tx = store.begin().await.expect("begins");
    storage::agents::insert(&tx, workspace, &new).await.expect("inserts");
    tx.commit().await.expect("commits");
    new.id
}

fn rule(agent: AgentId) -> ScheduleRule {
    ScheduleRule {
        name: "Morning".to_owned(),
        agent,
        timing: Timing::cron("0 9 * * *", "Europe/Berlin").expect("reads"),
        end_at: None,
        message: Some("Report.".to_owned()),
        vars: BTreeMap::from([("who".to_owned(), "all".to_owned())]),
        overlap: Overlap::Queue,
        missed: Missed::All(7),
        priority: Priority::High,
        next_due: minute(1),
    }
}

fn minute(n: i64) -> Timestamp {
    Timestamp::from_millis(NOW.millis() + n * 60_000)
}

async fn schedule(store: &Store, n: u8, workspace: WorkspaceId, agent: AgentId) -> ScheduleId {
    let tx = store.begin().await.expect("begins");
    storage::schedules::insert(&tx, workspace, nth(n), &rule(agent), NOW, "ada").await.expect("inserts");
    tx.commit().await.expect("commits");
    nth(n)
}

async fn world(store: &Store) -> (WorkspaceId, ScheduleId) {
    let owner = person(store, 1).await;
    let workspace = workspace(store, 1, owner).await;
    let agent = agent(store, 1, workspace).await;
    (workspace, schedule(store, 1, workspace, agent).await)
}

async fn a_schedule_is_kept_changed_and_deleted(store: Store) {
    let (home, id) = world(&store).await;
    let stored = storage::schedules::get(&store, home, id).await.expect("reads").expect("is there");
    assert_eq!((stored.overlap, stored.missed.as_str(), stored.missed_limit), (Overlap::Queue, "all", 7));
    assert_eq!(stored.priority, Priority::High);
    assert_eq!(stored.next.as_ref().map(|due| due.at), Some(minute(1)));
    assert_eq!(stored.vars.as_ref().and_then(|vars| vars.get("who")).map(String::as_str), Some("all"));
    let owner = person(&store, 2).await;
    let away = workspace(&store, 2, owner).await;
    assert_eq!(storage::schedules::get(&store, away, id).await.expect("reads"), None);

    let (name, priority) = ("Evening".to_owned(), Priority::Low);
    let other = ScheduleRule { name, priority, next_due: minute(5), ..rule(nth(1)) };
    let tx = store.begin().await.expect("begins");
    let stale = storage::schedules::update(&tx, home, id, 7, &other, NOW, "eve").await;
    assert!(matches!(stale, Err(storage::Error::Stale)));
    storage::schedules::update(&tx, home, id, 1, &other, NOW, "eve").await.expect("updates");
    tx.commit().await.expect("commits");
    let stored = storage::schedules::get(&store, home, id).await.expect("reads").expect("is there");
    assert_eq!((stored.name.as_str(), stored.revision, stored.updated_by.as_str()), ("Evening", 2, "eve"));
    assert_eq!(stored.priority, Priority::Low);

    let page = PageRequest::default();
    assert_eq!(storage::schedules::list(&store, home, page).await.expect("lists").len(), 1);
    let tx = store.begin().await.expect("begins");
    assert!(storage::schedules::delete(&tx, home, id, NOW, "eve").await.expect("deletes"));
    assert!(!storage::schedules::delete(&tx, home, id, NOW, "eve").await.expect("asks"));
    tx.commit().await.expect("commits");
    assert!(storage::schedules::list(&store, home, page).await.expect("lists").is_empty());
    assert_eq!(storage::schedules::next_due(&store).await.expect("asks"), None);
}

async fn only_active_schedules_are_due(store: Store) {
    let (home, id) = world(&store).await;
    let due = |at: Timestamp| storage::schedules::due(&store, at);
    assert!(due(NOW).await.expect("asks").is_empty());
    assert_eq!(due(minute(1)).await.expect("asks"), [(home, id)]);
    let (active, paused) = (ScheduleState::Active, ScheduleState::Paused);
    let tx = store.begin().await.expect("begins");
    let set = |from, to, next| storage::schedules::set_state(&tx, home, id, from, to, next, NOW, "ada");
    assert!(set(active, paused, None).await.expect("pauses"));
    assert!(!set(active, paused, None).await.expect("asks"), "it is paused already");
    // A change of a paused schedule leaves it paused.
    storage::schedules::update(&tx, home, id, 2, &rule(nth(1)), NOW, "ada").await.expect("updates");
    tx.commit().await.expect("commits");
    assert!(due(minute(9)).await.expect("asks").is_empty());
    let stored = storage::schedules::get(&store, home, id).await.expect("reads").expect("is there");
    assert_eq!((stored.state, stored.next), (paused, None));
}

async fn one_of_two_moves_a_schedule_on(store: Store) {
    let (home, id) = world(&store).await;
    let tx = store.begin().await.expect("begins");
    let advance = |from, next| storage::schedules::advance(&tx, home, id, from, next);
    assert!(advance(minute(1), Some(minute(2))).await.expect("moves"));
    assert!(!advance(minute(1), Some(minute(2))).await.expect("asks"), "somebody else did");
    assert!(advance(minute(2), None).await.expect("ends"));
    tx.commit().await.expect("commits");
    let stored = storage::schedules::get(&store, home, id).await.expect("reads").expect("is there");
    assert_eq!((stored.state, stored.next), (ScheduleState::Ended, None));
}

async fn of_several_connections_at_once_one_deals_with_a_due_time(store: Store) {
    let (home, id) = world(&store).await;
    let deal = || async {
        let tx = store.begin().await.expect("begins");
        storage::schedules::lock(&tx, home, id).await.expect("locks").expect("is there");
        let moved =
            storage::schedules::advance(&tx, home, id, minute(1), Some(minute(2))).await.expect("moves");
        if moved {
            let started = firing(minute(1), FiringOutcome::Started);
            assert!(storage::schedules::add_firing(&tx, home, id, NOW, &started).await.expect("logs"));
        }
        tx.commit().await.expect("commits");
        moved
    };
    let (a, b, c, d) = tokio::join!(deal(), deal(), deal(), deal());
    assert_eq!([a, b, c, d].into_iter().filter(|won| *won).count(), 1);
    let log = storage::schedules::firings(&store, home, id, "UTC", None, 9).await.expect("lists");
    assert_eq!(log.len(), 1);
}

fn firing(due: Timestamp, outcome: FiringOutcome) -> NewFiring {
    NewFiring { due, outcome, reason: None, message: None, execution: None, asked_by: None }
}

async fn a_due_time_is_logged_once(store: Store) {
    let (home, id) = world(&store).await;
    let skipped = NewFiring {
        reason: Some(SkipReason::Missed),
        message: Some("No server.".to_owned()),
        ..firing(minute(1), FiringOutcome::Skipped)
    };
    let tx = store.begin().await.expect("begins");
    assert!(storage::schedules::add_firing(&tx, home, id, NOW, &skipped).await.expect("logs"));
    let again = firing(minute(1), FiringOutcome::Started);
    assert!(!storage::schedules::add_firing(&tx, home, id, NOW, &again).await.expect("asks"));
    for n in 2..=4 {
        let next = firing(minute(n), FiringOutcome::Started);
        assert!(storage::schedules::add_firing(&tx, home, id, NOW, &next).await.expect("logs"));
    }
    tx.commit().await.expect("commits");
    let page = storage::schedules::firings(&store, home, id, "UTC", None, 2).await.expect("lists");
    let dues = |page: &[domain::schedules::Firing]| page.iter().map(|f| f.due.at).collect::<Vec<_>>();
    assert_eq!(dues(&page), [minute(4), minute(3), minute(2)], "one more than asked for");
    let rest = storage::schedules::firings(&store, home, id, "UTC", Some(minute(2)), 2).await.expect("lists");
    assert_eq!(dues(&rest), [minute(1)]);
    assert_eq!((rest[0].outcome, rest[0].reason), (FiringOutcome::Skipped, Some(SkipReason::Missed)));
    let stored = storage::schedules::get(&store, home, id).await.expect("reads").expect("is there");
    assert_eq!(stored.last.map(|last| last.due.at), Some(minute(4)));
}

async fn waiting_times_are_decided_in_order(store: Store) {
    let (home, id) = world(&store).await;
    let tx = store.begin().await.expect("begins");
    for n in [3, 2] {
        let waits = firing(minute(n), FiringOutcome::Waiting);
        assert!(storage::schedules::add_firing(&tx, home, id, NOW, &waits).await.expect("logs"));
    }
    tx.commit().await.expect("commits");
    assert_eq!(storage::schedules::waiting(&store).await.expect("asks"), [(home, id)]);
    assert_eq!(storage::schedules::count_waiting(&store, home, id).await.expect("counts"), 2);
    assert_eq!(storage::schedules::next_waiting(&store, home, id).await.expect("asks"), Some(minute(2)));
    let started = NewFiring { execution: Some(nth(9)), ..firing(minute(2), FiringOutcome::Started) };
    let tx = store.begin().await.expect("begins");
    assert!(storage::schedules::decide(&tx, home, id, NOW, &started).await.expect("decides"));
    assert!(!storage::schedules::decide(&tx, home, id, NOW, &started).await.expect("asks"), "it has one");
    assert_eq!(storage::schedules::withdraw_waiting(&tx, home, id, NOW).await.expect("withdraws"), 1);
    tx.commit().await.expect("commits");
    assert!(storage::schedules::waiting(&store).await.expect("asks").is_empty());
    let log = storage::schedules::firings(&store, home, id, "UTC", None, 9).await.expect("lists");
    assert_eq!(log[0].reason, Some(SkipReason::Withdrawn));
    assert_eq!(log[1].execution, Some(nth(9)));
}
