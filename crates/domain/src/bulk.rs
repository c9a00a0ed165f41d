//! One action on many executions: those that fit a filter when it begins.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::executions::ExecutionFilter;
use crate::ids::{BulkId, ExecutionId};
use crate::words::words;

/// The most executions of one action.
pub const MOST: u32 = 100_000;

words! {
    /// What is done.
    BulkKind {
        /// Each is asked to stop.
        Cancel = "cancel";
        /// Each is run again with its input.
        Rerun = "rerun";
    }
    /// Where an action stands.
    BulkStatus {
        /// It is worked off.
        Running = "running";
        /// Every execution has its result.
        Finished = "finished";
        /// Somebody stopped it; what was done stays done.
        Stopped = "stopped";
    }
    /// What became of one execution.
    BulkOutcome {
        /// It was stopped, or runs again.
        Done = "done";
        /// It could not be; the message says why.
        Refused = "refused";
    }
    /// Which version re-runs use.
    BulkChoice {
        /// The version that ran then.
        Original = "original";
        /// The version that is published now.
        Current = "current";
    }
}

/// An action as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BulkAction {
    /// Identifier.
    pub id: BulkId,
    /// What is done.
    pub kind: BulkKind,
    /// To which executions.
    pub filter: ExecutionFilter,
    /// Where it stands.
    pub status: BulkStatus,
    /// Who asked for it.
    pub created_by: String,
    /// How many executions fitted the filter when it began.
    pub total: u64,
    /// How many have their result. One that no longer fits when its turn comes is left alone.
    pub done: u64,
    /// How many of them were changed or run again.
    pub changed: u64,
    /// How many of them could not be.
    pub refused: u64,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// What an action would touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BulkPreview {
    /// How many executions fit; one more than `most` when it is more than that.
    pub count: u64,
    /// How many of them have not ended. Only these can be cancelled.
    pub active: u64,
    /// The most executions of one action.
    pub most: u32,
}

/// What became of one execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BulkRow {
    /// From 1, in the order of work: newest execution first.
    pub number: u64,
    /// The execution.
    pub execution: ExecutionId,
    /// What became of it.
    pub outcome: BulkOutcome,
    /// Why it was refused.
    pub message: Option<String>,
    /// The execution that runs it again.
    pub new_execution: Option<ExecutionId>,
}
