//! The audit log, settings, secrets and facts about the installation.

use domain::audit::{AuditFilter, AuditRow};
use domain::ids::WorkspaceId;
use domain::paging::{List, PageRequest};
use serde_json::json;
use storage::secrets::Sealed;
use storage::{Store, audit, instance, secrets, settings};

use super::support::{NOW, nth, person, workspace};

both!(
    audit_rows_are_paged_newest_first_and_filtered,
    later_changes_of_a_thing_are_found,
    settings_are_replaced_and_removed,
    a_secret_keeps_its_row,
    the_first_writer_of_a_fact_wins,
);

fn row(n: u8, action: &str) -> AuditRow {
    AuditRow {
        id: nth(n),
        at: NOW,
        actor_kind: "person".to_owned(),
        actor: "1@example.com".to_owned(),
        action: action.to_owned(),
        target: "agt_1".to_owned(),
        target_name: "Agent".to_owned(),
        detail: json!({ "revision": n }),
        address: Some("192.0.2.1".to_owned()),
        request_id: None,
    }
}

async fn rows(store: &Store, workspace: WorkspaceId, numbers: std::ops::RangeInclusive<u8>) {
    let tx = store.begin().await.expect("begins");
    for n in numbers {
        let action = if n % 2 == 0 { "agent.update" } else { "agent.publish" };
        audit::insert(&tx, workspace, &row(n, action)).await.expect("inserts");
    }
    tx.commit().await.expect("commits");
}

async fn audit_rows_are_paged_newest_first_and_filtered(store: Store) {
    let ada = person(&store, 1).await;
    let (here, there) = (workspace(&store, 1, ada).await, workspace(&store, 2, ada).await);
    rows(&store, here, 1..=5).await;
    rows(&store, there, 6..=7).await;
    let list =
        async |filter: AuditFilter, page| audit::list(&store, here, &filter, page).await.expect("lists");
    let first = list(AuditFilter::default(), PageRequest { after: None, limit: 3 }).await;
    assert_eq!(first.items.iter().map(|row| row.id).collect::<Vec<_>>(), [nth(5), nth(4), nth(3)]);
    assert_eq!(first.items[0], row(5, "agent.publish"));
    let page =
        PageRequest::parse(List::Audit, first.next_cursor.as_deref(), Some("3")).expect("its own cursor");
    let second = list(AuditFilter::default(), page).await;
    assert_eq!(second.items.iter().map(|row| row.id).collect::<Vec<_>>(), [nth(2), nth(1)]);
    assert_eq!(second.next_cursor, None);

    let only = |action: &str| AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
    assert_eq!(list(only("agent.update"), PageRequest::default()).await.items.len(), 2);
    let nobody = AuditFilter { actor: Some("nobody".to_owned()), ..AuditFilter::default() };
    assert!(list(nobody, PageRequest::default()).await.items.is_empty());
}

async fn later_changes_of_a_thing_are_found(store: Store) {
    let ada = person(&store, 1).await;
    let here = workspace(&store, 1, ada).await;
    rows(&store, here, 1..=5).await;
    let later = audit::latest_for_target(&store, here, "agt_1", 3).await.expect("asks");
    assert_eq!(later.iter().map(|row| row.id).collect::<Vec<_>>(), [nth(5), nth(4)]);
    assert!(audit::latest_for_target(&store, here, "agt_2", 0).await.expect("asks").is_empty());
}

async fn settings_are_replaced_and_removed(store: Store) {
    let ada = person(&store, 1).await;
    let (here, there) = (workspace(&store, 1, ada).await, workspace(&store, 2, ada).await);
    let tx = store.begin().await.expect("begins");
    settings::set(&tx, here, "tier", "\"basic\"", NOW, "ada").await.expect("sets");
    settings::set(&tx, here, "tier", "\"pro\"", NOW, "ada").await.expect("replaces");
    assert_eq!(settings::get(&tx, here, "tier").await.expect("asks").as_deref(), Some("\"pro\""));
    assert_eq!(settings::get(&tx, there, "tier").await.expect("asks"), None);
    assert!(!settings::remove(&tx, there, "tier").await.expect("elsewhere"));
    assert!(settings::remove(&tx, here, "tier").await.expect("removes"));
    assert_eq!(settings::get(&tx, here, "tier").await.expect("asks"), None);
}

async fn a_secret_keeps_its_row(store: Store) {
    let ada = person(&store, 1).await;
    let (here, there) = (workspace(&store, 1, ada).await, workspace(&store, 2, ada).await);
    let sealed = |ciphertext: &[u8]| Sealed {
        id: nth(1),
        name: "key".to_owned(),
        nonce: vec![1; 24],
        ciphertext: ciphertext.to_vec(),
        created_at: NOW,
        updated_at: NOW,
        last_used_at: None,
    };
    let tx = store.begin().await.expect("begins");
    secrets::set(&tx, here, &sealed(b"one")).await.expect("sets");
    secrets::touch(&tx, here, nth(1), NOW).await.expect("touches");
    let used = secrets::get(&tx, here, "key").await.expect("asks").expect("there");
    assert_eq!(used, Sealed { last_used_at: Some(NOW), ..sealed(b"one") });
    secrets::set(&tx, here, &sealed(b"two")).await.expect("replaces");
    assert_eq!(secrets::get(&tx, here, "key").await.expect("asks"), Some(sealed(b"two")));
    assert!(secrets::get(&tx, there, "key").await.expect("asks").is_none());
    assert!(!secrets::remove(&tx, there, "key").await.expect("elsewhere"));
    assert!(secrets::remove(&tx, here, "key").await.expect("removes"));
}

async fn the_first_writer_of_a_fact_wins(store: Store) {
    let tx = store.begin().await.expect("begins");
    instance::set_once(&tx, "check", "first").await.expect("writes");
    instance::set_once(&tx, "check", "second").await.expect("changes nothing");
    tx.commit().await.expect("commits");
    assert_eq!(instance::get(&store, "check").await.expect("asks").as_deref(), Some("first"));
    assert_eq!(instance::get(&store, "other").await.expect("asks"), None);
}
