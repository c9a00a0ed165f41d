//! The queries, on SQLite and on PostgreSQL, each test in a fresh database.

mod it {
    #[macro_use]
    pub(crate) mod support;

    mod accounts;
    mod batches;
    mod filled;
    mod opening;
    mod queue;
    mod queue_view;
    mod records;
    mod schedules;
    mod scratch;
    mod transfer;
    mod workspaces;
}
