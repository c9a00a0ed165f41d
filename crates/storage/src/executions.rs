//! Executions as they are stored, listed and shown. Moving them along is in [`crate::queue`].

mod cache;
mod cancel;
mod detail;
mod histogram;
mod idempotency;
mod list;

pub use cache::{cache_counts, cached, purge};
pub use cancel::request_cancel;
pub use detail::{Cached, NewExecution, Stored, attempts, get, insert, reruns, steps, turns};
pub use histogram::fill_bars;
pub use idempotency::{add_idempotency_key, by_idempotency_key, remove_old_idempotency_keys};
pub use list::{Counts, count, count_in, counts, latest_in, list};
