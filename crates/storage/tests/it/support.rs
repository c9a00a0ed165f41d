//! A fresh, migrated database for each test, on both kinds of database.

use std::sync::atomic::{AtomicU32, Ordering};

use domain::Timestamp;
use domain::accounts::User;
use domain::ids::{Id, UserId, WorkspaceId};
use domain::workspaces::{Role, Workspace};
use sea_orm::ConnectionTrait as _;
use storage::Store;

/// When everything in these tests happens.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_768_441_583_568);

/// Names the address of a PostgreSQL server where databases may be made.
const POSTGRES: &str = "SHOPFLOOR_TEST_POSTGRES";

/// Writes two tests for each named `async fn name(store: Store)`: one on SQLite, one on PostgreSQL.
/// Without [`POSTGRES`] the second one says that it was skipped.
macro_rules! both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                $crate::it::support::on_sqlite(super::$name).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                $crate::it::support::on_postgres(super::$name).await;
            })*
        }
    };
}

/// Runs a test on a fresh SQLite file.
pub(crate) async fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(Store) -> F) {
    let folder = tempfile::tempdir().expect("a folder");
    let store =
        Store::open(&format!("sqlite://{}", folder.path().join("test.db").display())).await.expect("opens");
    assert!(!store.is_shared());
    test(store.clone()).await;
    store.close().await.expect("closes");
}

/// Runs a test on a fresh database of the PostgreSQL server, if one was named.
pub(crate) async fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(Store) -> F) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let Some(server) = server() else { return };
    let name = format!("storage_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    administer(&server, &format!("drop database if exists {name} with (force)")).await;
    administer(&server, &format!("create database {name}")).await;
    let store = Store::open(&in_database(&server, &name)).await.expect("opens");
    assert!(store.is_shared());
    test(store.clone()).await;
    store.close().await.expect("closes");
    administer(&server, &format!("drop database if exists {name} with (force)")).await;
}

#[expect(clippy::disallowed_methods, reason = "tests have no configuration but the environment")]
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn server() -> Option<String> {
    let server = std::env::var(POSTGRES).ok().filter(|server| !server.is_empty());
    if server.is_none() {
        eprintln!("skipped: {POSTGRES} names no PostgreSQL");
    }
    server
}

/// The address with another database at its end.
fn in_database(server: &str, name: &str) -> String {
    let (address, options) = server.split_once('?').map_or((server, None), |(a, o)| (a, Some(o)));
    let scheme = address.find("://").expect("postgres://...") + 3;
    let host_end = address[scheme..].find('/').map_or(address.len(), |place| scheme + place);
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("{}/{name}{options}", &address[..host_end])
}

#[expect(clippy::disallowed_methods, reason = "the store opens only databases that exist")]
async fn administer(server: &str, sql: &str) {
    let mut options = sea_orm::ConnectOptions::new(in_database(server, "postgres"));
    options.max_connections(1).sqlx_logging(false);
    let connection = sea_orm::Database::connect(options).await.expect("reaches the server");
    connection.execute_unprepared(sql).await.expect("administers");
    connection.close().await.expect("closes");
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
