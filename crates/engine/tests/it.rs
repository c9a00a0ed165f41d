//! Executions from start to end, against the simulator over HTTP and a real database.

#[path = "it/clockwork.rs"]
mod clockwork;
#[path = "it/endings.rs"]
mod endings;
#[path = "it/recovery.rs"]
mod recovery;
#[path = "it/support.rs"]
mod support;
#[path = "it/table.rs"]
mod table;
