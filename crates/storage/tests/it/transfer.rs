//! A whole instance goes to the other kind of database and back, or not at all.

use storage::Store;
use storage::scratch::Scratch;
use storage::transfer::{self, Error, Moved};

use crate::it::scratch::server;
use crate::it::support::{person, workspace};

/// A database file and a PostgreSQL database for one test; none without a PostgreSQL server.
struct Pair {
    folder: tempfile::TempDir,
    scratch: Scratch,
}

impl Pair {
    async fn new(name: &str) -> Option<Self> {
        let server = server()?;
        let name = format!("transfer_{name}_{}", std::process::id());
        let scratch = Scratch::create(&server, &name).await.expect("makes a database");
        Some(Self { folder: tempfile::tempdir().expect("a folder"), scratch })
    }

    fn file(&self, name: &str) -> String {
        format!("sqlite://{}", self.folder.path().join(name).display())
    }

    /// A file with people, a workspace and settings, closed again.
    async fn filled(&self, name: &str) -> String {
        let address = self.file(name);
        let store = Store::open(&address).await.expect("opens");
        for number in 1..=250 {
            person(&store, number).await;
        }
        let owner = person(&store, 251).await;
        let workspace = workspace(&store, 1, owner).await;
        let tx = store.begin().await.expect("begins");
        for number in 0..300 {
            let key = format!("key {number}");
            storage::settings::set(&tx, workspace, &key, "\"Grüße 🦊\"", crate::it::support::NOW, "me")
                .await
                .expect("sets");
        }
        tx.commit().await.expect("commits");
        store.close().await.expect("closes");
        address
    }
}

fn rows(moved: &[Moved], table: &str) -> u64 {
    moved.iter().find(|moved| moved.table == table).expect("the table was moved").rows
}

#[tokio::test]
async fn everything_goes_there_and_back_unchanged() {
    let Some(pair) = Pair::new("whole").await else { return };
    let from = pair.filled("from.db").await;
    let there = transfer::run(&from, &pair.scratch.address()).await.expect("moves to PostgreSQL");
    assert_eq!((rows(&there, "users"), rows(&there, "settings"), rows(&there, "members")), (251, 300, 1));
    let back = pair.file("back.db");
    let again = transfer::run(&pair.scratch.address(), &back).await.expect("moves to SQLite");
    assert_eq!(there, again, "counts and checksums are those of the first move");
    let store = Store::open(&back).await.expect("opens");
    let found = storage::accounts::by_email(&store, "7@example.com").await.expect("reads");
    assert_eq!(found.expect("is there").name, "Person 7");
    store.close().await.expect("closes");
    pair.scratch.remove().await.expect("removes");
}

#[tokio::test]
async fn a_target_with_rows_is_refused_and_left_alone() {
    let Some(pair) = Pair::new("full").await else { return };
    let from = pair.filled("from.db").await;
    let store = Store::open(&pair.scratch.address()).await.expect("opens");
    person(&store, 1).await;
    store.close().await.expect("closes");
    let refused = transfer::run(&from, &pair.scratch.address()).await.expect_err("is not empty");
    assert!(matches!(refused, Error::NotEmpty(table) if table == "users"));
    pair.scratch.remove().await.expect("removes");
}

#[tokio::test]
async fn a_database_in_use_is_refused() {
    let Some(pair) = Pair::new("used").await else { return };
    let from = pair.filled("from.db").await;
    let source = Store::open(&from).await.expect("opens");
    let refused = transfer::run(&from, &pair.scratch.address()).await.expect_err("the source is in use");
    assert!(matches!(refused, Error::InUse("from")), "{refused:?}");
    source.close().await.expect("closes");
    let target = Store::open(&pair.scratch.address()).await.expect("opens");
    let refused = transfer::run(&from, &pair.scratch.address()).await.expect_err("the target is in use");
    assert!(matches!(refused, Error::InUse("to")), "{refused:?}");
    target.close().await.expect("closes");
    pair.scratch.remove().await.expect("removes");
}

#[tokio::test]
async fn addresses_that_make_no_move_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
    let same = transfer::run(&file("a"), &file("b")).await.expect_err("the same kind");
    assert!(matches!(same, Error::SameKind));
    let missing = transfer::run(&file("a"), "postgres://nobody@127.0.0.1:1/none").await.expect_err("no file");
    assert!(matches!(missing, Error::NoSource));
    assert!(!folder.path().join("a").exists(), "asking makes no file");
}
