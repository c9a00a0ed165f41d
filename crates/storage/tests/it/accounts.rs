//! People, sessions and one-time links.

use std::time::Duration;

use domain::accounts::{LinkKind, User};
use domain::ids::{SessionId, UserId};
use domain::workspaces::Role;
use storage::links::Link;
use storage::sessions::StoredSession;
use storage::{Error, Store, accounts, links, sessions};

use super::support::{NOW, nth, person, workspace};

both!(
    an_address_belongs_to_one_person,
    attempts_are_counted_and_forgotten,
    what_is_rolled_back_never_was,
    a_generation_moves_on_once,
    revoked_sessions_are_gone,
    a_link_is_used_once,
    invitations_remember_what_their_maker_may_give,
);

async fn an_address_belongs_to_one_person(store: Store) {
    assert!(!accounts::any(&store).await.expect("asks"));
    let ada = person(&store, 1).await;
    assert!(accounts::any(&store).await.expect("asks"));
    let found = accounts::by_email(&store, "1@example.com").await.expect("asks").expect("there");
    assert_eq!((found.id, found.created_at), (ada, NOW));
    let tx = store.begin().await.expect("begins");
    let twin = User { id: nth::<UserId>(2), ..found };
    assert!(matches!(accounts::insert(&tx, &twin, "x").await, Err(Error::Duplicate(_))));
}

async fn attempts_are_counted_and_forgotten(store: Store) {
    let ada = person(&store, 1).await;
    let tx = store.begin().await.expect("begins");
    for expected in 1..=3 {
        let counted = accounts::count_attempt(&tx, ada).await.expect("counts").expect("there");
        assert_eq!(counted.attempts, expected);
    }
    accounts::lock(&tx, ada, NOW).await.expect("locks");
    tx.commit().await.expect("commits");
    let row = accounts::credentials_of(&store, ada).await.expect("asks").expect("there");
    assert_eq!((row.attempts, row.locked_until), (3, Some(NOW)));
    let tx = store.begin().await.expect("begins");
    accounts::set_password(&tx, ada, "new").await.expect("sets");
    assert!(accounts::count_attempt(&tx, nth(9)).await.expect("counts").is_none());
    tx.commit().await.expect("commits");
    let row = accounts::credentials_by_email(&store, "1@example.com").await.expect("asks").expect("there");
    assert_eq!((row.attempts, row.locked_until, row.password_hash.as_str()), (0, None, "new"));
}

async fn what_is_rolled_back_never_was(store: Store) {
    let ada = person(&store, 1).await;
    let tx = store.begin().await.expect("begins");
    accounts::rename(&tx, ada, "Somebody else").await.expect("renames");
    drop(tx);
    let tx = store.begin().await.expect("the writer is free again");
    assert_eq!(accounts::get(&tx, ada).await.expect("asks").expect("there").name, "Person 1");
}

fn session(n: u8, user: UserId) -> StoredSession {
    StoredSession {
        id: nth(n),
        user,
        generation: 0,
        rotated_at: NOW,
        user_agent: "Browser".to_owned(),
        address: "192.0.2.1".to_owned(),
        created_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW.plus(Duration::from_mins(1)),
        revoked_at: None,
    }
}

async fn a_generation_moves_on_once(store: Store) {
    let ada = person(&store, 1).await;
    let tx = store.begin().await.expect("begins");
    let stored = session(1, ada);
    sessions::insert(&tx, &stored).await.expect("inserts");
    let end = NOW.plus(Duration::from_hours(1));
    sessions::rotate(&tx, stored.id, 0, NOW, end, "192.0.2.2").await.expect("rotates");
    assert!(matches!(sessions::rotate(&tx, stored.id, 0, NOW, end, "x").await, Err(Error::Stale)));
    tx.commit().await.expect("commits");
    let read = sessions::get(&store, stored.id).await.expect("asks").expect("there");
    assert_eq!(
        read,
        StoredSession { generation: 1, expires_at: end, address: "192.0.2.2".to_owned(), ..stored }
    );
}

async fn revoked_sessions_are_gone(store: Store) {
    let (ada, bob) = (person(&store, 1).await, person(&store, 2).await);
    let tx = store.begin().await.expect("begins");
    for (n, user) in [(1, ada), (2, ada), (3, ada), (4, bob)] {
        sessions::insert(&tx, &session(n, user)).await.expect("inserts");
    }
    assert!(!sessions::revoke(&tx, bob, nth(1), NOW).await.expect("not his"));
    assert!(sessions::revoke(&tx, ada, nth(1), NOW).await.expect("hers"));
    assert!(!sessions::revoke(&tx, ada, nth(1), NOW).await.expect("once"));
    assert_eq!(
        sessions::revoke_all(&tx, ada, Some(nth(2)), NOW).await.expect("revokes"),
        [nth::<SessionId>(3)]
    );
    tx.commit().await.expect("commits");
    let listed = sessions::list(&store, ada, nth(2), NOW).await.expect("lists");
    assert_eq!(
        listed.iter().map(|session| (session.id, session.current)).collect::<Vec<_>>(),
        [(nth(2), true)]
    );
    assert!(
        sessions::list(&store, ada, nth(2), NOW.plus(Duration::from_mins(1)))
            .await
            .expect("lists")
            .is_empty()
    );
    assert!(sessions::living(&store, nth(1)).await.expect("asks").is_none());
    let (user, _) = sessions::living(&store, nth(4)).await.expect("asks").expect("lives");
    assert_eq!(user.id, bob);
}

fn link(n: u8, kind: LinkKind) -> Link {
    Link {
        id: nth(n),
        kind,
        workspace: None,
        user: None,
        email: None,
        role: None,
        sees_payloads: true,
        created_by: "system".to_owned(),
        created_at: NOW,
        expires_at: NOW.plus(Duration::from_mins(1)),
        used_at: None,
    }
}

async fn a_link_is_used_once(store: Store) {
    let tx = store.begin().await.expect("begins");
    let setup = link(1, LinkKind::Setup);
    links::insert(&tx, &setup, b"hash").await.expect("inserts");
    assert_eq!(links::find(&tx, b"hash").await.expect("asks").as_ref(), Some(&setup));
    assert!(links::find(&tx, b"other").await.expect("asks").is_none());
    links::consume(&tx, setup.id, NOW).await.expect("uses");
    assert!(matches!(links::consume(&tx, setup.id, NOW).await, Err(Error::Stale)));
    links::insert(&tx, &link(2, LinkKind::Setup), b"second").await.expect("inserts");
    links::remove_setup(&tx).await.expect("removes");
    assert!(links::find(&tx, b"second").await.expect("asks").is_none());
    assert!(links::find(&tx, b"hash").await.expect("asks").is_some(), "used links stay");
}

async fn invitations_remember_what_their_maker_may_give(store: Store) {
    let ada = person(&store, 1).await;
    let (here, there) = (workspace(&store, 1, ada).await, workspace(&store, 2, ada).await);
    let tx = store.begin().await.expect("begins");
    let invitation = |n, sees_payloads| Link {
        workspace: Some(here),
        email: Some(format!("{n}@example.com")),
        role: Some(Role::Admin),
        sees_payloads,
        ..link(n, LinkKind::Invitation)
    };
    for (n, sees_payloads) in [(1, true), (2, false)] {
        links::insert(&tx, &invitation(n, sees_payloads), &[n]).await.expect("inserts");
        assert_eq!(links::find(&tx, &[n]).await.expect("asks"), Some(invitation(n, sees_payloads)));
    }
    assert_eq!(links::invitations(&tx, here, NOW).await.expect("lists").len(), 2);
    assert!(links::invitations(&tx, there, NOW).await.expect("lists").is_empty());
    assert!(links::invitations(&tx, here, NOW.plus(Duration::from_mins(1))).await.expect("lists").is_empty());
    assert!(!links::remove_invitation(&tx, there, nth(1)).await.expect("elsewhere"));
    assert!(links::remove_invitation(&tx, here, nth(1)).await.expect("removes"));
    links::remove_invitations_of(&tx, here, "2@example.com").await.expect("removes");
    assert!(links::invitations(&tx, here, NOW).await.expect("lists").is_empty());
}
