//! Executions as they are stored, listed and shown. Moving them along is in [`crate::queue`].

mod detail;
mod list;

pub use detail::{
    NewExecution, Stored, add_idempotency_key, attempts, by_idempotency_key, get, insert,
    remove_old_idempotency_keys, request_cancel, steps, turns,
};
pub use list::{Counts, count_in, counts, latest_in, list};
