//! What a caller sees: requests straight into the router, over real services, a real database
//! (SQLite, and PostgreSQL where one is named), the simulator and workers.

mod it {
    #[macro_use]
    #[path = "../../../crates/storage/tests/it/both.rs"]
    mod both;
    #[path = "../../../crates/storage/tests/it/scratch.rs"]
    mod scratch;
    pub(crate) mod support;

    mod accounts;
    mod again;
    mod agents;
    mod authorisation;
    mod bad_input;
    mod bad_tokens;
    mod batches;
    pub(crate) mod desk;
    mod executions;
    mod headers;
    mod lists;
    mod priority;
    mod refusals;
    mod routes;
    mod schedules;
    pub(crate) mod shop;
    mod shown_once;
    mod sockets;
    mod toolhouse;
    mod tools;
}
