//! Executions from start to end, against the simulator over HTTP and a real database, on SQLite and, where one is
//! named, on PostgreSQL.

mod it {
    #[macro_use]
    #[path = "../../../storage/tests/it/both.rs"]
    mod both;
    #[path = "../../../storage/tests/it/scratch.rs"]
    mod scratch;
    pub(crate) mod support;

    mod again;
    mod approvals;
    mod clockwork;
    mod endings;
    mod fairness;
    mod large;
    mod many;
    mod model;
    mod recovery;
    mod retries;
    mod table;
}
