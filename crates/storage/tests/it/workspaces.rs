//! Workspaces, members and API keys.

use domain::Permission;
use domain::api_keys::ApiKey;
use domain::workspaces::{Role, Workspace};
use storage::{Error, Store, api_keys, workspaces};

use super::support::{NOW, nth, person, workspace};

both!(
    members_belong_to_their_workspace,
    a_slug_belongs_to_one_workspace,
    owners_are_counted_while_members_stay_still,
    a_key_is_read_back_and_belongs_to_its_workspace,
);

async fn members_belong_to_their_workspace(store: Store) {
    let (ada, bob) = (person(&store, 1).await, person(&store, 2).await);
    let (here, there) = (workspace(&store, 1, ada).await, workspace(&store, 2, ada).await);
    let tx = store.begin().await.expect("begins");
    workspaces::add_member(&tx, here, bob, Role::Viewer, false, NOW).await.expect("adds");
    tx.commit().await.expect("commits");

    let members = workspaces::members(&store, here).await.expect("lists");
    let shown: Vec<_> = members.iter().map(|m| (m.email.as_str(), m.role, m.sees_payloads)).collect();
    assert_eq!(shown, [("1@example.com", Role::Owner, true), ("2@example.com", Role::Viewer, false)]);
    assert!(workspaces::member(&store, there, bob).await.expect("asks").is_none());
    assert_eq!(workspaces::memberships(&store, ada).await.expect("lists").len(), 2);
    let membership = workspaces::membership(&store, bob, "workspace-1").await.expect("asks").expect("there");
    assert_eq!((membership.workspace.id, membership.sees_payloads), (here, false));
    assert!(workspaces::membership(&store, bob, "workspace-2").await.expect("asks").is_none());

    let tx = store.begin().await.expect("begins");
    assert!(!workspaces::set_role(&tx, there, bob, Role::Admin).await.expect("elsewhere"));
    assert!(workspaces::set_payload_right(&tx, here, bob, true).await.expect("sets"));
    assert!(!workspaces::remove_member(&tx, there, bob).await.expect("elsewhere"));
    assert!(workspaces::member(&tx, here, bob).await.expect("asks").expect("there").sees_payloads);
    let twice = workspaces::add_member(&tx, here, bob, Role::Viewer, true, NOW).await;
    assert!(matches!(twice, Err(Error::Duplicate(_))));
}

async fn a_slug_belongs_to_one_workspace(store: Store) {
    let ada = person(&store, 1).await;
    let here = workspace(&store, 1, ada).await;
    let found = workspaces::by_slug(&store, "workspace-1").await.expect("asks").expect("there");
    assert_eq!(Some(&found), workspaces::get(&store, here).await.expect("asks").as_ref());
    let tx = store.begin().await.expect("begins");
    let twin = Workspace { id: nth(9), ..found };
    assert!(matches!(workspaces::insert(&tx, &twin).await, Err(Error::Duplicate(_))));
}

async fn owners_are_counted_while_members_stay_still(store: Store) {
    let (ada, bob) = (person(&store, 1).await, person(&store, 2).await);
    let here = workspace(&store, 1, ada).await;
    let tx = store.begin().await.expect("begins");
    workspaces::add_member(&tx, here, bob, Role::Owner, true, NOW).await.expect("adds");
    tx.commit().await.expect("commits");
    // Both owners leave at the same time; only one of them can.
    let leave = |person| {
        let store = store.clone();
        async move {
            let tx = store.begin().await.expect("begins");
            workspaces::lock(&tx, here).await.expect("locks");
            if workspaces::owners(&tx, here).await.expect("counts") > 1 {
                workspaces::remove_member(&tx, here, person).await.expect("leaves");
                tx.commit().await.expect("commits");
            }
        }
    };
    tokio::join!(leave(ada), leave(bob));
    assert_eq!(workspaces::owners(&store, here).await.expect("counts"), 1);
}

async fn a_key_is_read_back_and_belongs_to_its_workspace(store: Store) {
    let ada = person(&store, 1).await;
    let (here, there) = (workspace(&store, 1, ada).await, workspace(&store, 2, ada).await);
    let key = ApiKey {
        id: nth(1),
        name: "ci".to_owned(),
        prefix: "sf_0123".to_owned(),
        scopes: vec![Permission::AgentsRead, Permission::KeysWrite],
        requests_per_minute: Some(60),
        created_by: "1@example.com".to_owned(),
        created_at: NOW,
        expires_at: Some(NOW),
        last_used_at: None,
        revoked_at: None,
    };
    let tx = store.begin().await.expect("begins");
    api_keys::insert(&tx, here, &key, b"hash").await.expect("inserts");
    api_keys::touch(&tx, there, key.id, NOW).await.expect("touches nothing");
    assert!(!api_keys::revoke(&tx, there, key.id, NOW).await.expect("elsewhere"));
    assert_eq!(api_keys::get(&tx, here, key.id).await.expect("asks").as_ref(), Some(&key));
    assert!(api_keys::get(&tx, there, key.id).await.expect("asks").is_none());
    assert!(api_keys::revoke(&tx, here, key.id, NOW).await.expect("revokes"));
    assert!(!api_keys::revoke(&tx, here, key.id, NOW).await.expect("once"));
    tx.commit().await.expect("commits");
    let stored = api_keys::for_token(&store, key.id).await.expect("asks").expect("there");
    assert_eq!(
        (stored.workspace, stored.hash.as_slice(), stored.shown.revoked_at),
        (here, b"hash".as_slice(), Some(NOW))
    );
    assert_eq!(api_keys::list(&store, here).await.expect("lists").len(), 1);
}
