//! Executions from start to end, against the simulator over HTTP and a real database.

#[path = "it/again.rs"]
mod again;
#[path = "it/approvals.rs"]
mod approvals;
#[path = "it/clockwork.rs"]
mod clockwork;
#[path = "it/endings.rs"]
mod endings;
#[path = "it/fairness.rs"]
mod fairness;
#[path = "it/large.rs"]
mod large;
#[path = "it/many.rs"]
mod many;
#[path = "it/model.rs"]
mod model;
#[path = "it/recovery.rs"]
mod recovery;
#[path = "it/retries.rs"]
mod retries;
#[path = "it/support.rs"]
mod support;
#[path = "it/table.rs"]
mod table;
