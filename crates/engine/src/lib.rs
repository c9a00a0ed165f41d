//! The durable queue's workers: claim, lease, attempt, retry, cancel, reap.
//!
//! Everything that must survive is in the database before the next thing begins. A worker takes
//! executions under a lease and a fence, renews the lease at a fraction of its life, and writes
//! nothing once it is lost. `docs/executions.md` says what this promises.
#![deny(clippy::future_not_send)]

mod approvals;
mod attempt;
mod bulk;
mod clockwork;
mod endings;
mod failures;
mod model;
mod output;
mod reaper;
mod runner;
mod toolhouse_run;
mod upkeep;
mod worker;

pub use failures::{chat_failure, toolhouse_failure};
pub use worker::{Engine, Options};
