//! Databases that live as long as one test, on SQLite or on the PostgreSQL server that was named.
//!
//! The tests of the rooms above use this file too. Which database a test gets is a matter of the
//! task it runs in, so that its body does not know.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use sea_orm::ConnectionTrait as _;
use storage::Store;
use tempfile::TempDir;

/// Names the address of a PostgreSQL server where databases may be made.
const POSTGRES: &str = "SHOPFLOOR_TEST_POSTGRES";

tokio::task_local! {
    /// The PostgreSQL server of the test that runs, and the databases made on it; not set on SQLite.
    static SERVER: (String, Arc<Mutex<Vec<String>>>);
}

/// Runs a test on PostgreSQL, if a server was named. A test that fails leaves its databases for a look.
pub(crate) async fn on_postgres(test: impl Future<Output = ()>) {
    let Some(server) = server() else { return };
    let made = Arc::default();
    // Boxed, because a test's future may be large.
    SERVER.scope((server.clone(), Arc::clone(&made)), Box::pin(test)).await;
    let made = std::mem::take(&mut *made.lock().expect("the test is over"));
    for name in made {
        administer(&server, &format!("drop database if exists {name} with (force)")).await;
    }
}

/// A fresh database.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: TempDir,
    on_server: Option<(String, String)>,
}

impl Scratch {
    /// Of the kind that the test runs on.
    pub(crate) async fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let folder = tempfile::tempdir().expect("a folder");
        let Ok((server, made)) = SERVER.try_with(Clone::clone) else {
            return Self { folder, on_server: None };
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("scratch_{}_{number}", std::process::id());
        administer(&server, &format!("drop database if exists {name} with (force)")).await;
        administer(&server, &format!("create database {name}")).await;
        made.lock().expect("nobody panics here").push(name.clone());
        Self { folder, on_server: Some((server, name)) }
    }

    /// Where it is.
    pub(crate) fn address(&self) -> String {
        match &self.on_server {
            Some((server, name)) => in_database(server, name),
            None => format!("sqlite://{}", self.folder.path().join("shopfloor.db").display()),
        }
    }

    /// Opens it, once more if it is open.
    pub(crate) async fn open(&self) -> Store {
        let store = Store::open(&self.address()).await.expect("opens");
        assert_eq!(store.is_shared(), self.on_server.is_some());
        store
    }
}

#[expect(clippy::disallowed_methods, reason = "tests have no configuration but the environment")]
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
pub(crate) fn server() -> Option<String> {
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
