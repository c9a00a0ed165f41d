//! A fresh, migrated database for each test, on both kinds of database.

use domain::Timestamp;
use domain::accounts::User;
use domain::ids::{Id, UserId, WorkspaceId};
use domain::workspaces::{Role, Workspace};
use storage::Store;

use super::scratch::Scratch;

/// When everything in these tests happens.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_768_441_583_568);

/// Writes two tests for each named `async fn name(store: Store)`: one on SQLite, one on PostgreSQL.
/// Without a PostgreSQL the second one says that it was skipped.
macro_rules! both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                $crate::it::support::with_store(super::$name).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                $crate::it::scratch::on_postgres($crate::it::support::with_store(super::$name)).await;
            })*
        }
    };
}

/// Runs a test on a fresh database.
pub(crate) async fn with_store<F: Future<Output = ()>>(test: impl FnOnce(Store) -> F) {
    let scratch = Scratch::new().await;
    let store = scratch.open().await;
    test(store.clone()).await;
    store.close().await.expect("closes");
}

/// The `n`th identifier of its kind; greater numbers sort later.
pub(crate) fn nth<I: Id>(n: u8) -> I {
    let mut bytes = [0; 16];
    bytes[0] = n;
    bytes[15] = 0xff;
    I::from_bytes(bytes)
}

/// Stores the `n`th person, `n@example.com`.
pub(crate) async fn person(store: &Store, n: u8) -> UserId {
    let user =
        User { id: nth(n), email: format!("{n}@example.com"), name: format!("Person {n}"), created_at: NOW };
    let tx = store.begin().await.expect("begins");
    storage::accounts::insert(&tx, &user, "$argon2id$").await.expect("inserts");
    tx.commit().await.expect("commits");
    user.id
}

/// Stores the `n`th workspace, `workspace-n`, with its owner.
pub(crate) async fn workspace(store: &Store, n: u8, owner: UserId) -> WorkspaceId {
    let workspace = Workspace {
        id: nth(n),
        slug: format!("workspace-{n}"),
        name: format!("Workspace {n}"),
        created_at: NOW,
    };
    let tx = store.begin().await.expect("begins");
    storage::workspaces::insert(&tx, &workspace).await.expect("inserts");
    storage::workspaces::add_member(&tx, workspace.id, owner, Role::Owner, true, NOW).await.expect("adds");
    tx.commit().await.expect("commits");
    workspace.id
}
