//! One action on many executions: those that fit a filter when it begins.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::executions::ExecutionFilter;
use crate::ids::{BulkId, ExecutionId};

/// The most executions of one action.
pub const MOST: u32 = 100_000;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal;)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The word stored and sent.
            pub const fn word(self) -> &'static str { match self { $(Self::$variant => $word),* } }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.word()) }
        }
        impl FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|value| value.word() == text)
                    .ok_or_else(|| format!("Use one of: {}.", Self::ALL.iter().map(|v| v.word()).collect::<Vec<_>>().join(", ")))
            }
        }
    )*};
}

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
