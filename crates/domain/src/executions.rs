//! Executions: one run of one agent version on one input.
//!
//! `status` is the state machine, `input` and `filter` parse what is asked for, `view` is what is shown,
//! `retry` decides whether and when another attempt follows, `turns` whose turn it is, `histogram`
//! when they were accepted.

mod filter;
mod histogram;
mod input;
mod retry;
mod status;
mod turns;
mod view;

pub use filter::{FilterDraft, MOST_NAMED};
pub use histogram::{BARS, Bar, Histogram, Span, empty_bars};
pub use input::{
    ExecutionFilter, Input, Prefer, RerunChoices, RerunDraft, RerunVersion, StartDraft, VersionChoice,
    parse_idempotency_key, parse_message,
};
pub use retry::{Decision, Failure, backoff, decide};
pub use status::{Happening, Reason, Status};
pub use turns::{Lane, Share, share};
pub use view::{
    AgentRef, Attempt, CacheUse, ExecutionDetail, ExecutionRow, Priority, Step, StepState, Trigger, Usage,
    WorkerRow,
};
