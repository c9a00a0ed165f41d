//! Batches and their rows, on both databases.

use domain::batches::{BatchPlan, BatchState, Format, RowState};
use domain::executions::{Input, Priority, Status, Trigger};
use domain::ids::{AgentId, BatchId, ExecutionId, WorkspaceId};
use domain::paging::PageRequest;
use storage::Store;
use storage::batches::NewBatch;
use storage::executions::NewExecution;

use super::schedules::agent;
use super::support::{NOW, nth, person, workspace};

both!(
    rows_are_kept_in_order_however_many,
    long_rows_are_read_a_few_at_a_time,
    a_batch_is_unseen_until_all_of_it_is_there_and_what_stays_unfinished_is_removed,
    a_row_is_started_once_and_settled_when_its_execution_ends,
    connections_at_once_feed_different_rows,
    rows_of_a_cancelled_batch_end_a_part_at_a_time,
    a_batch_that_has_ended_gives_no_turn,
);

fn inputs(count: usize) -> Vec<Input> {
    (1..=count)
        .map(|n| Input { message: format!("Row {n}\nmore"), vars: [("n".to_owned(), n.to_string())].into() })
        .collect()
}

async fn world(store: &Store, rows: usize) -> (WorkspaceId, BatchId) {
    let owner = person(store, 1).await;
    let home = workspace(store, 1, owner).await;
    let agent = agent(store, 1, home).await;
    let new = arriving(agent, rows);
    let tx = store.begin().await.expect("begins");
    storage::batches::announce(&tx, home, &new).await.expect("announces");
    tx.commit().await.expect("commits");
    storage::batches::add_rows(store, home, new.id, &inputs(rows)).await.expect("adds");
    let tx = store.begin().await.expect("begins");
    storage::batches::begin(&tx, home, new.id).await.expect("begins");
    tx.commit().await.expect("commits");
    (home, new.id)
}

fn arriving(agent: AgentId, rows: usize) -> NewBatch {
    NewBatch {
        id: nth(5),
        plan: BatchPlan { name: "Mails".to_owned(), agent, format: Format::Csv, rows_at_once: 50 },
        version: 3,
        columns: vec!["n".to_owned()],
        rows: u32::try_from(rows).expect("few"),
        at: NOW,
        by: "ada".to_owned(),
    }
}

async fn a_batch_is_unseen_until_all_of_it_is_there_and_what_stays_unfinished_is_removed(store: Store) {
    let owner = person(&store, 1).await;
    let home = workspace(&store, 1, owner).await;
    let agent = agent(&store, 1, home).await;
    let new = arriving(agent, 5_000);
    let tx = store.begin().await.expect("begins");
    storage::batches::announce(&tx, home, &new).await.expect("announces");
    tx.commit().await.expect("commits");
    storage::batches::add_rows(&store, home, new.id, &inputs(4_800)).await.expect("adds");

    // The process that stored it is gone: nobody sees it, nobody feeds it.
    assert_eq!(storage::batches::get(&store, home, new.id).await.expect("reads"), None);
    assert!(storage::batches::list(&store, home, PageRequest::default()).await.expect("lists").is_empty());
    assert!(storage::batches::open(&store).await.expect("lists").is_empty());

    // It may still be arriving; later it may not.
    assert_eq!(storage::batches::remove_unfinished(&store, NOW).await.expect("looks"), 0);
    let later = NOW.plus(std::time::Duration::from_secs(1));
    assert_eq!(storage::batches::remove_unfinished(&store, later).await.expect("removes"), 1);
    assert!(storage::batches::rows(&store, home, new.id, None, 0, 9).await.expect("lists").is_empty());
    let tx = store.begin().await.expect("begins");
    let begun = storage::batches::begin(&tx, home, new.id).await;
    assert!(matches!(begun, Err(storage::Error::Stale)), "one that was removed does not begin: {begun:?}");
    drop(tx);

    // One that is there as a whole stays.
    let tx = store.begin().await.expect("begins");
    let whole = NewBatch { id: nth(6), rows: 1, ..new };
    storage::batches::announce(&tx, home, &whole).await.expect("announces");
    storage::batches::begin(&tx, home, whole.id).await.expect("begins");
    tx.commit().await.expect("commits");
    assert_eq!(storage::batches::remove_unfinished(&store, later).await.expect("looks"), 0);
    assert!(storage::batches::get(&store, home, whole.id).await.expect("reads").is_some());
}

async fn rows_are_kept_in_order_however_many(store: Store) {
    let (home, id) = world(&store, 1_003).await;
    let batch = storage::batches::get(&store, home, id).await.expect("reads").expect("is there");
    assert_eq!((batch.state, batch.version, batch.counts.pending), (BatchState::Running, 3, 1_003));
    let page = storage::batches::rows(&store, home, id, None, 998, 3).await.expect("lists");
    assert_eq!(page.iter().map(|row| row.row).collect::<Vec<_>>(), [999, 1_000, 1_001, 1_002]);
    assert_eq!(page[0].title.as_deref(), Some("Row 999"));
    let results = storage::batches::results(&store, home, id, 1_001, 9).await.expect("reads");
    assert_eq!(results.iter().map(|row| row.input.vars["n"].as_str()).collect::<Vec<_>>(), ["1002", "1003"]);
    let none = storage::batches::rows(&store, home, id, Some(RowState::Failed), 0, 9).await.expect("lists");
    assert!(none.is_empty());
    assert_eq!(storage::batches::list(&store, home, PageRequest::default()).await.expect("lists"), [batch]);
    let owner = person(&store, 2).await;
    let away = workspace(&store, 2, owner).await;
    assert_eq!(storage::batches::get(&store, away, id).await.expect("reads"), None);
    assert!(storage::batches::rows(&store, away, id, None, 0, 9).await.expect("lists").is_empty());
}

async fn long_rows_are_read_a_few_at_a_time(store: Store) {
    let (home, id) = world(&store, 0).await;
    let sizes = [400_000, 400_000, 400_000, 3_000_000, 10, 10];
    let long = sizes.map(|size| Input { message: "ü".repeat(size / 2), ..Input::default() });
    storage::batches::add_rows(&store, home, id, &long).await.expect("adds");
    let (mut after, mut pages) = (0, Vec::new());
    loop {
        let page = storage::batches::results(&store, home, id, after, 200).await.expect("reads");
        let Some(last) = page.last() else { break };
        after = last.row;
        pages.push(page.iter().map(|row| row.row).collect::<Vec<_>>());
    }
    assert_eq!(pages, [vec![1, 2], vec![3], vec![4], vec![5, 6]], "a megabyte, or one row");
    let few = storage::batches::results(&store, home, id, 4, 1).await.expect("reads");
    assert_eq!(few.iter().map(|row| row.row).collect::<Vec<_>>(), [5]);
}

/// Stores the `n`th execution, queued.
async fn execution(store: &Store, n: u8, home: WorkspaceId) -> ExecutionId {
    let stored = storage::agents::get(store, home, nth(1)).await.expect("reads").expect("is there");
    let input = Input { message: "Hi".to_owned(), ..Input::default() };
    let new = NewExecution {
        id: nth(n),
        agent: nth(1),
        version: None,
        config: &stored.agent.config,
        input: &input,
        title: "Hi",
        trigger: Trigger::Batch,
        priority: Priority::Low,
        by: "Mails",
        simulated: true,
        rerun_of: None,
        cache: None,
        continues: None,
        at: NOW,
    };
    let tx = store.begin().await.expect("begins");
    storage::executions::insert(&tx, home, &new).await.expect("inserts");
    tx.commit().await.expect("commits");
    new.id
}

async fn a_row_is_started_once_and_settled_when_its_execution_ends(store: Store) {
    let (home, id) = world(&store, 3).await;
    let run = execution(&store, 7, home).await;
    let tx = store.begin().await.expect("begins");
    let pending = storage::batches::pending(&tx, home, id, 2).await.expect("reads");
    assert_eq!(pending.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [1, 2]);
    storage::batches::mark_started(&tx, home, id, 1, run).await.expect("starts");
    let twice = storage::batches::mark_started(&tx, home, id, 1, nth(8)).await;
    assert!(matches!(twice, Err(storage::Error::Stale)));
    assert!(storage::batches::settle(&tx, home, id).await.expect("settles").is_empty());
    tx.commit().await.expect("commits");
    assert!(!storage::batches::has_news(&store, home, id).await.expect("asks"));
    assert_eq!(storage::batches::started(&store, home, id).await.expect("lists"), [run]);

    let tx = store.begin().await.expect("begins");
    let ended = storage::executions::request_cancel(&tx, home, run, "ada", NOW).await.expect("cancels");
    assert_eq!(ended, Some(Status::Cancelled));
    tx.commit().await.expect("commits");
    assert!(storage::batches::has_news(&store, home, id).await.expect("asks"));
    let tx = store.begin().await.expect("begins");
    assert_eq!(storage::batches::settle(&tx, home, id).await.expect("settles"), [RowState::Cancelled]);
    assert!(storage::batches::settle(&tx, home, id).await.expect("settles").is_empty());
    tx.commit().await.expect("commits");
    let rows =
        storage::batches::rows(&store, home, id, Some(RowState::Cancelled), 0, 9).await.expect("lists");
    assert_eq!((rows.len(), rows[0].execution), (1, Some(run)));
}

async fn connections_at_once_feed_different_rows(store: Store) {
    let (home, id) = world(&store, 8).await;
    let feed = |n: u8| {
        let store = &store;
        async move {
            let tx = store.begin().await.expect("begins");
            storage::batches::take_turn(&tx, home, id).await.expect("asks").expect("a turn");
            let rows = storage::batches::pending(&tx, home, id, 2).await.expect("reads");
            for (row, _) in &rows {
                storage::batches::mark_started(&tx, home, id, *row, nth(n)).await.expect("starts");
            }
            tx.commit().await.expect("commits");
            rows.into_iter().map(|(row, _)| row).collect::<Vec<_>>()
        }
    };
    let started = tokio::join!(feed(20), feed(21), feed(22), feed(23));
    let mut numbers = [started.0, started.1, started.2, started.3].concat();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
}

async fn rows_of_a_cancelled_batch_end_a_part_at_a_time(store: Store) {
    let (home, id) = world(&store, 5).await;
    let tx = store.begin().await.expect("begins");
    let withdraw = |limit| storage::batches::withdraw_pending(&tx, home, id, limit);
    assert_eq!(withdraw(3).await.expect("ends"), 3);
    assert_eq!(withdraw(3).await.expect("ends"), 2);
    assert_eq!(withdraw(3).await.expect("ends"), 0);
    tx.commit().await.expect("commits");
}

async fn a_batch_that_has_ended_gives_no_turn(store: Store) {
    let (home, id) = world(&store, 1).await;
    assert_eq!(storage::batches::open(&store).await.expect("lists"), [(home, id)]);
    let tx = store.begin().await.expect("begins");
    let mut batch = storage::batches::take_turn(&tx, home, id).await.expect("asks").expect("a turn");
    batch.state = BatchState::Finished;
    batch.finished_at = Some(NOW);
    batch.counts.shift(RowState::Pending, RowState::Succeeded, 1);
    storage::batches::save(&tx, home, &batch).await.expect("saves");
    tx.commit().await.expect("commits");
    let tx = store.begin().await.expect("begins");
    assert_eq!(storage::batches::take_turn(&tx, home, id).await.expect("asks"), None);
    drop(tx);
    assert!(storage::batches::open(&store).await.expect("lists").is_empty());
    assert_eq!(storage::batches::get(&store, home, id).await.expect("reads"), Some(batch));
}
