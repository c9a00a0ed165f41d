//! The durable queue: claiming, leases, fenced writes, ends.
//!
//! A worker writes under a *fence*: each claim raises it, and every write of a worker compares it and
//! the state, so that a worker which lost its lease can change nothing: it is told the state and the
//! fence found ([`crate::Error::Moved`]). These functions look across workspaces, because workers serve
//! all of them; each row says whose it is.

mod claim;
mod leases;
mod view;
mod writes;

pub use claim::{Asking, Claim, Job, Taken, Versions, claim, lanes};
pub use leases::{
    Lost, Working, cancelled, expired, hand_back_all, let_go, lost, overdue, overslept, renew, sign_in,
    sign_off, tells_the_late, workers,
};
pub use view::{Held, busy_agents, held};
pub use writes::{
    Begin, End, Pause, StepEnd, Yield, append, end_step, finish, finish_step, mark_remote, pause, requeue,
    resume, start_step,
};
