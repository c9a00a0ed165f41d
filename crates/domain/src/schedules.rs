//! Schedules: when an agent runs by itself.
//!
//! `timing` says when, by a cron expression in a time zone or once; `draft` is what people type;
//! `plan` decides what becomes of each due time after a look at the clock, the missed ones included;
//! `view` is what is shown. Nothing here reads a clock.

mod draft;
mod plan;
mod timing;
mod view;

pub use draft::{Missed, Overlap, ScheduleDraft, ScheduleRule};
pub use plan::{Fate, GRACE, Plan, Planned, plan};
pub use timing::{Timing, local_time};
pub use view::{DueTime, Firing, FiringOutcome, Preview, Schedule, ScheduleState, SkipReason};
