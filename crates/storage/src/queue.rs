//! The durable queue: claiming, leases, fenced writes, ends.
//!
//! A worker writes under a *fence*: each claim raises it, and every write of a worker compares it,
//! so that a worker which lost its lease can change nothing ([`Error::Stale`]). These functions
//! look across workspaces, because workers serve all of them; each row says whose it is.

mod claim;
mod writes;

pub use claim::{Claim, Job, cancelled, claim, due, expired, hand_back_all, overdue, renew};
pub use writes::{
    End, StepEnd, append, begin_attempt, finish, finish_step, mark_remote, requeue, start_step,
};
