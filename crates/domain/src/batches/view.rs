//! What is shown of batches and their rows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::file::Format;
use crate::clock::Timestamp;
use crate::executions::{AgentRef, Reason, Status};
use crate::ids::{BatchId, ExecutionId};

/// Where a batch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// Its rows are fed to the queue.
    Running,
    /// No more rows are fed; what was fed goes on.
    Paused,
    /// Somebody cancelled it; what was fed is ending.
    Cancelling,
    /// It was cancelled.
    Cancelled,
    /// Every row has ended.
    Finished,
}

impl BatchState {
    /// Every state.
    pub const ALL: &'static [Self] =
        &[Self::Running, Self::Paused, Self::Cancelling, Self::Cancelled, Self::Finished];

    /// The word stored and sent.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
            Self::Finished => "finished",
        }
    }

    /// True when nothing happens any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Cancelled | Self::Finished)
    }
}

impl fmt::Display for BatchState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for BatchState {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|state| state.word() == text).ok_or_else(|| "no such state".to_owned())
    }
}

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowState {
    /// Not in the queue yet.
    Pending,
    /// It has an execution that has not ended.
    Started,
    /// Its execution succeeded.
    Succeeded,
    /// Its execution failed.
    Failed,
    /// Its execution ran into a limit.
    TimedOut,
    /// Its execution was cancelled, or the batch was before it began.
    Cancelled,
    /// Its execution crashed.
    Crashed,
}

impl RowState {
    /// Every state.
    pub const ALL: &'static [Self] = &[
        Self::Pending,
        Self::Started,
        Self::Succeeded,
        Self::Failed,
        Self::TimedOut,
        Self::Cancelled,
        Self::Crashed,
    ];

    /// The word stored and sent.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Started => "started",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Crashed => "crashed",
        }
    }

    /// The same in the words of executions, for its sign on screen.
    pub const fn status(self) -> Status {
        match self {
            Self::Pending => Status::Queued,
            Self::Started => Status::Running,
            Self::Succeeded => Status::Succeeded,
            Self::Failed => Status::Failed,
            Self::TimedOut => Status::TimedOut,
            Self::Cancelled => Status::Cancelled,
            Self::Crashed => Status::Crashed,
        }
    }
}

impl FromStr for RowState {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|state| state.word() == text).ok_or_else(|| {
            format!(
                "Use one of: {}.",
                Self::ALL.iter().map(|state| state.word()).collect::<Vec<_>>().join(", ")
            )
        })
    }
}

/// Rows by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[expect(missing_docs, reason = "each field is documented at `RowState`")]
pub struct Counts {
    pub pending: u32,
    pub started: u32,
    pub succeeded: u32,
    pub failed: u32,
    pub timed_out: u32,
    pub cancelled: u32,
    pub crashed: u32,
}

impl Counts {
    /// The count of one state.
    pub const fn of(&self, state: RowState) -> u32 {
        match state {
            RowState::Pending => self.pending,
            RowState::Started => self.started,
            RowState::Succeeded => self.succeeded,
            RowState::Failed => self.failed,
            RowState::TimedOut => self.timed_out,
            RowState::Cancelled => self.cancelled,
            RowState::Crashed => self.crashed,
        }
    }

    /// Moves rows from one state to another.
    pub const fn shift(&mut self, from: RowState, to: RowState, rows: u32) {
        let from = self.place(from);
        *from = from.saturating_sub(rows);
        let to = self.place(to);
        *to = to.saturating_add(rows);
    }

    const fn place(&mut self, state: RowState) -> &mut u32 {
        match state {
            RowState::Pending => &mut self.pending,
            RowState::Started => &mut self.started,
            RowState::Succeeded => &mut self.succeeded,
            RowState::Failed => &mut self.failed,
            RowState::TimedOut => &mut self.timed_out,
            RowState::Cancelled => &mut self.cancelled,
            RowState::Crashed => &mut self.crashed,
        }
    }

    /// Rows that have ended.
    pub const fn ended(&self) -> u32 {
        self.succeeded + self.failed + self.timed_out + self.cancelled + self.crashed
    }

    /// All rows.
    pub const fn all(&self) -> u32 {
        self.pending + self.started + self.ended()
    }
}

/// A batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Batch {
    /// Identifier.
    pub id: BatchId,
    /// Name in lists.
    pub name: String,
    /// Which agent.
    pub agent: AgentRef,
    /// The version that was published when the batch was made; every row runs it.
    pub version: u32,
    /// Where it stands.
    pub state: BatchState,
    /// Why it was paused by itself.
    pub note: Option<String>,
    /// How the file was written.
    pub format: Format,
    /// The file's columns.
    pub columns: Vec<String>,
    /// Rows in the queue at the same time.
    pub rows_at_once: u32,
    /// Rows by state.
    pub counts: Counts,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When its last row ended.
    pub finished_at: Option<Timestamp>,
}

/// A row as listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BatchRow {
    /// From 1.
    pub row: u32,
    /// Where it stands.
    pub state: RowState,
    /// First line of the message; absent for readers without the payload right.
    pub title: Option<String>,
    /// Its execution.
    pub execution: Option<ExecutionId>,
    /// Why it ended other than well.
    pub reason: Option<Reason>,
    /// One sentence about that.
    pub message: Option<String>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifting_keeps_the_sum() {
        let mut counts = Counts { pending: 10, ..Counts::default() };
        counts.shift(RowState::Pending, RowState::Started, 4);
        counts.shift(RowState::Started, RowState::TimedOut, 1);
        assert_eq!((counts.all(), counts.ended(), counts.started), (10, 1, 3));
        for state in RowState::ALL {
            assert_eq!(state.word().parse(), Ok(*state));
        }
    }
}
