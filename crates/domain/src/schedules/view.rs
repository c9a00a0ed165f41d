//! What is shown of schedules and of what they did.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::draft::{Overlap, ScheduleDraft};
use super::timing::{Timing, local_time};
use crate::clock::Timestamp;
use crate::executions::{AgentRef, Priority, Status};
use crate::ids::{ExecutionId, ScheduleId};
use crate::words::words;

words! {
    /// Where a schedule stands.
    ScheduleState {
        /// It fires at its next due time.
        Active = "active";
        /// Somebody stopped it for a while.
        Paused = "paused";
        /// It has no due time left.
        Ended = "ended";
    }
}

words! {
    /// What became of a due time.
    FiringOutcome {
        /// An execution was started.
        Started = "started";
        /// It waits until the earlier execution has ended.
        Waiting = "waiting";
        /// Nothing was started; the reason says why.
        Skipped = "skipped";
    }
}

words! {
    /// Why a due time was left out.
    SkipReason {
        /// An earlier execution had not ended.
        Overlap = "overlap";
        /// No process saw it in time.
        Missed = "missed";
        /// Too many due times waited already.
        QueueFull = "queue_full";
        /// The schedule was paused, changed or deleted while it waited.
        Withdrawn = "withdrawn";
        /// The agent could not be started; the message says why.
        Refused = "refused";
    }
}

impl SkipReason {
    /// One sentence for a person.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Overlap => "The execution before it had not ended.",
            Self::Missed => "No server was running at this time.",
            Self::QueueFull => "Too many earlier times were waiting.",
            Self::Withdrawn => "The schedule was paused, changed or deleted while this time waited.",
            Self::Refused => "The agent could not be started.",
        }
    }
}

/// A due time, for programs and for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DueTime {
    /// When.
    pub at: Timestamp,
    /// The same as the clocks of the schedule's zone show it.
    pub local: String,
}

impl DueTime {
    /// A moment with its local form.
    pub fn of(at: Timestamp, zone: &str) -> Self {
        Self { at, local: local_time(at, zone) }
    }
}

/// What a draft would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Preview {
    /// When, in words.
    pub words: String,
    /// The next due times, at most five.
    pub next: Vec<DueTime>,
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Schedule {
    /// Identifier.
    pub id: ScheduleId,
    /// Name in lists.
    pub name: String,
    /// Which agent; its published version runs.
    pub agent: AgentRef,
    /// Where it stands.
    pub state: ScheduleState,
    /// When.
    #[serde(flatten)]
    pub timing: Timing,
    /// When, in words.
    pub words: String,
    /// The next due time, while it is active.
    pub next: Option<DueTime>,
    /// No due time after this one.
    pub end_at: Option<Timestamp>,
    /// While an earlier execution has not ended.
    pub overlap: Overlap,
    /// When no process was running: `skip`, `once` or `all`.
    pub missed: String,
    /// With `all`: at most so many.
    pub missed_limit: u32,
    /// Which goes first when many wait.
    pub priority: Priority,
    /// The message; absent for the agent's default, and for readers without the payload right.
    pub message: Option<String>,
    /// Values for variables; absent for readers without the payload right.
    pub vars: Option<BTreeMap<String, String>>,
    /// The last due time dealt with.
    pub last: Option<Firing>,
    /// Counts changes; a change names the one it is based on.
    pub revision: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: String,
}

impl Schedule {
    /// The schedule as a form shows it.
    pub fn draft(&self) -> ScheduleDraft {
        let (timing, cron, at) = match &self.timing {
            Timing::Cron { cron, .. } => ("cron", cron.clone(), String::new()),
            Timing::Once { at, .. } => ("once", String::new(), self.timing.field(*at)),
        };
        ScheduleDraft {
            name: self.name.clone(),
            agent: self.agent.id.to_string(),
            timing: timing.to_owned(),
            cron,
            at,
            zone: self.timing.zone().to_owned(),
            end_at: self.end_at.map_or_else(String::new, |end| self.timing.field(end)),
            message: self.message.clone().unwrap_or_default(),
            vars: self.vars.clone().unwrap_or_default(),
            overlap: self.overlap.word().to_owned(),
            missed: self.missed.clone(),
            missed_limit: self.missed_limit.to_string(),
            priority: self.priority.number().to_string(),
        }
    }
}

/// What became of one due time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Firing {
    /// When it was due.
    pub due: DueTime,
    /// When it was dealt with.
    pub at: Timestamp,
    /// What became of it.
    pub outcome: FiringOutcome,
    /// Why it was left out.
    pub reason: Option<SkipReason>,
    /// One sentence about that.
    pub message: Option<String>,
    /// The execution that was started.
    pub execution: Option<ExecutionId>,
    /// How that stands.
    pub status: Option<Status>,
    /// Who asked for it by hand; absent when it was the clock.
    pub asked_by: Option<String>,
}
