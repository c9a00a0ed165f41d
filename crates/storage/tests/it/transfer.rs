//! A whole instance goes to the other kind of database and back, or not at all.

use domain::agents::TEMPLATES;
use domain::executions::ExecutionFilter;
use domain::paging::PageRequest;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement, TransactionTrait as _};
use storage::Store;
use storage::agents::NewAgent;
use storage::scratch::Scratch;
use storage::transfer::{self, Error, Moved};

use crate::it::scratch::server;
use crate::it::support::{NOW, nth, person, workspace};

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

    /// A connection of nobody's server.
    async fn raw(&self) -> DatabaseConnection {
        raw(&self.scratch.address()).await
    }

    /// A file with people, a workspace, settings, and executions with all that belongs to them, closed
    /// again.
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
            storage::settings::set(&tx, workspace, &key, "\"Grüße 🦊\"", NOW, "me").await.expect("sets");
        }
        let config = TEMPLATES[0].draft().parse().expect("a configuration");
        let (id, imported) = (nth(2), serde_json::Map::new());
        let agent = NewAgent { id, slug: "a", config: &config, imported: &imported, at: NOW, by: "me" };
        storage::agents::insert(&tx, workspace, &agent).await.expect("an agent");
        tx.commit().await.expect("commits");
        storage::scratch::fill(&store, workspace, id, 450).await.expect("fills");
        store.close().await.expect("closes");
        address
    }
}

#[expect(clippy::disallowed_methods, reason = "what a store does not do, done beside it")]
async fn raw(address: &str) -> DatabaseConnection {
    sea_orm::Database::connect(address).await.expect("connects")
}

/// One number.
async fn number(raw: &DatabaseConnection, sql: &str) -> i64 {
    let row = raw.query_one_raw(Statement::from_string(raw.get_database_backend(), sql)).await;
    row.expect("asks").expect("answers").try_get_by_index(0).expect("a number")
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
    let counts = ["executions", "attempts", "steps", "events"].map(|table| rows(&there, table));
    assert_eq!(counts, [450, 450, 450, 7 * 450]);
    let back = pair.file("back.db");
    let again = transfer::run(&pair.scratch.address(), &back).await.expect("moves to SQLite");
    assert_eq!(there, again, "counts and checksums are those of the first move");
    let store = Store::open(&back).await.expect("opens");
    let found = storage::accounts::by_email(&store, "7@example.com").await.expect("reads");
    assert_eq!(found.expect("is there").name, "Person 7");
    let text = ExecutionFilter { text: Some("parcel".to_owned()), ..ExecutionFilter::default() };
    let page = PageRequest { after: None, limit: 10 };
    let found = storage::executions::list(&store, nth(1), &text, page).await.expect("searches");
    assert_eq!(found.len(), 1, "the text index has come along");
    let events = storage::events::after(&store, nth(1), found[0].id, 0, 100).await.expect("reads");
    assert_eq!(events.len(), 7);
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
async fn a_target_is_not_touched_before_it_is_known_to_be_empty() {
    let Some(pair) = Pair::new("foreign").await else { return };
    let from = pair.filled("from.db").await;
    let raw = pair.raw().await;
    raw.execute_unprepared("create table orders (id bigint primary key)").await.expect("makes a table");
    raw.execute_unprepared("insert into orders values (7)").await.expect("fills it");
    raw.close().await.expect("closes");
    let refused = transfer::run(&from, &pair.scratch.address()).await.expect_err("is somebody's");
    assert!(matches!(&refused, Error::NotEmpty(table) if table == "orders"), "{refused:?}");
    let raw = pair.raw().await;
    let tables = "select count(*) from information_schema.tables where table_schema = current_schema()";
    assert_eq!(number(&raw, tables).await, 1, "nothing was made beside it");
    raw.close().await.expect("closes");
    pair.scratch.remove().await.expect("removes");
}

#[tokio::test]
async fn a_source_of_another_version_is_refused_and_left_as_it_was() {
    let Some(pair) = Pair::new("older").await else { return };
    let from = pair.filled("from.db").await;
    let alter = async |sql: &str| {
        let raw = raw(&from).await;
        raw.execute_unprepared(sql).await.expect("alters");
        let left = number(&raw, "select count(*) from seaql_migrations").await;
        raw.close().await.expect("closes");
        left
    };
    let forget = "delete from seaql_migrations where version = (select max(version) from seaql_migrations)";
    let left = alter(forget).await;
    let refused = transfer::run(&from, &pair.scratch.address()).await.expect_err("is older");
    assert!(matches!(refused, Error::Older), "{refused:?}");
    assert!(refused.to_string().contains("start this version of the server on it once"), "{refused}");
    assert_eq!(alter("select 1").await, left, "nothing was done to it");
    alter("insert into seaql_migrations (version, applied_at) values ('m9999_later', 0)").await;
    let refused = transfer::run(&from, &pair.scratch.address()).await.expect_err("is newer");
    assert!(matches!(refused, Error::Newer("from")), "{refused:?}");
    std::fs::write(pair.folder.path().join("empty.db"), "").expect("writes");
    let refused = transfer::run(&pair.file("empty.db"), &pair.scratch.address()).await;
    assert!(matches!(refused, Err(Error::NoSource)), "{refused:?}");
    pair.scratch.remove().await.expect("removes");
}

#[tokio::test]
async fn a_row_that_arrives_altered_is_noticed_and_nothing_is_kept() {
    let Some(pair) = Pair::new("altered").await else { return };
    let from = pair.filled("from.db").await;
    Store::open(&pair.scratch.address()).await.expect("opens").close().await.expect("closes");
    let raw = pair.raw().await;
    raw.execute_unprepared(
        "create function meddle() returns trigger language plpgsql as $$ begin \
           if new.title like '% 317' then new.output := 'Meddled with.'; end if; return new; end $$; \
         create trigger meddle before insert on executions for each row execute function meddle()",
    )
    .await
    .expect("prepares a fault");
    raw.close().await.expect("closes");
    let refused = transfer::run(&from, &pair.scratch.address()).await.expect_err("one row differs");
    assert!(matches!(&refused, Error::Unfaithful(table) if table == "executions"), "{refused:?}");
    let raw = pair.raw().await;
    for table in ["users", "executions", "events"] {
        assert_eq!(number(&raw, &format!("select count(*) from {table}")).await, 0, "{table}");
    }
    raw.execute_unprepared("drop trigger meddle on executions").await.expect("takes the fault away");
    raw.close().await.expect("closes");
    transfer::run(&from, &pair.scratch.address()).await.expect("can be tried again");
    pair.scratch.remove().await.expect("removes");
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the one who waits is awaited below")]
async fn a_server_that_starts_during_a_move_waits_for_its_end() {
    let Some(pair) = Pair::new("waits").await else { return };
    let address = pair.scratch.address();
    let raw = pair.raw().await;
    let store = Store::open(&address).await.expect("opens");
    let shared = "select ((classid::bigint << 32) | objid::bigint) from pg_locks where locktype = 'advisory' \
         and mode = 'ShareLock' and granted and database = (select oid from pg_database where datname = current_database())";
    let lock = number(&raw, shared).await;
    store.close().await.expect("closes");
    // What a move holds while it copies.
    let held = raw.begin().await.expect("begins");
    held.execute_unprepared(&format!("select pg_advisory_xact_lock({lock})")).await.expect("is free");
    let opening = tokio::spawn(async move { Store::open(&address).await });
    let waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted \
         and database = (select oid from pg_database where datname = current_database())";
    while number(&raw, waiting).await == 0 {
        assert!(!opening.is_finished(), "it waits");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    held.commit().await.expect("ends");
    opening.await.expect("ends").expect("opens").close().await.expect("closes");
    raw.close().await.expect("closes");
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
