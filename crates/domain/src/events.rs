//! One line of an execution's append-only story, numbered from 1.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::executions::{Reason, Status};
use crate::ids::ExecutionId;

/// What happened. The tag is the event's name on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventBody {
    /// Accepted and waiting for a worker.
    Queued,
    /// A worker began an attempt.
    AttemptStarted {
        /// Attempt number, from 1.
        attempt: u32,
        /// How many attempts there may be.
        of: u32,
    },
    /// A step is about to have its effect.
    StepStarted {
        /// Step number within the execution, from 1.
        step: u32,
        /// What it does, for people.
        name: String,
    },
    /// The upstream named its run.
    RunIdentified {
        /// The upstream's id.
        run_id: String,
    },
    /// A piece of output.
    Output {
        /// The text; absent for readers who may not see payloads.
        text: Option<String>,
    },
    /// The whole output replaces what was streamed (after a re-read).
    OutputReplaced {
        /// The text; absent for readers who may not see payloads.
        text: Option<String>,
    },
    /// A step's effect is over.
    StepFinished {
        /// Step number.
        step: u32,
        /// True when it did what it should.
        ok: bool,
    },
    /// An attempt is over and another follows.
    RetryScheduled {
        /// The attempt that failed.
        attempt: u32,
        /// Why.
        reason: Reason,
        /// One sentence.
        message: String,
        /// When the next begins at the earliest.
        not_before: Timestamp,
    },
    /// A person is asked, and the execution waits.
    ApprovalRequested {
        /// The step that asks.
        step: u32,
        /// The question; absent for readers who may not see payloads.
        question: Option<String>,
        /// When nobody may answer any more.
        expires_at: Timestamp,
    },
    /// A person answered.
    ApprovalAnswered {
        /// The step that asked.
        step: u32,
        /// Yes or no.
        approved: bool,
        /// Who.
        by: String,
    },
    /// Answered from the result of an earlier execution.
    Cached {
        /// The execution whose result it is.
        from: ExecutionId,
    },
    /// Handed back to the queue: its worker stopped or was lost.
    Requeued {
        /// Why.
        reason: Reason,
    },
    /// Somebody asked to stop.
    CancelRequested {
        /// Who.
        by: String,
    },
    /// The end; always the last event.
    Finished {
        /// Final state.
        status: Status,
        /// Why, unless it succeeded.
        reason: Option<Reason>,
        /// One sentence, unless it succeeded.
        message: Option<String>,
    },
}

impl EventBody {
    /// The event's name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::AttemptStarted { .. } => "attempt_started",
            Self::StepStarted { .. } => "step_started",
            Self::RunIdentified { .. } => "run_identified",
            Self::Output { .. } => "output",
            Self::OutputReplaced { .. } => "output_replaced",
            Self::StepFinished { .. } => "step_finished",
            Self::RetryScheduled { .. } => "retry_scheduled",
            Self::ApprovalRequested { .. } => "approval_requested",
            Self::ApprovalAnswered { .. } => "approval_answered",
            Self::Cached { .. } => "cached",
            Self::Requeued { .. } => "requeued",
            Self::CancelRequested { .. } => "cancel_requested",
            Self::Finished { .. } => "finished",
        }
    }

    /// Every name, in the order of the story.
    pub const NAMES: &'static [&'static str] = &[
        "queued",
        "attempt_started",
        "step_started",
        "run_identified",
        "output",
        "output_replaced",
        "step_finished",
        "retry_scheduled",
        "approval_requested",
        "approval_answered",
        "cached",
        "requeued",
        "cancel_requested",
        "finished",
    ];

    /// The same event for a reader who may not see payloads. Messages of failures can quote the
    /// upstream, so they go as well.
    #[must_use]
    pub fn without_payload(self) -> Self {
        match self {
            Self::Output { .. } => Self::Output { text: None },
            Self::OutputReplaced { .. } => Self::OutputReplaced { text: None },
            Self::Finished { status, reason, .. } => {
                Self::Finished { status, reason, message: reason.map(|r| r.sentence().to_owned()) }
            }
            Self::RetryScheduled { attempt, reason, not_before, .. } => {
                Self::RetryScheduled { attempt, reason, message: reason.sentence().to_owned(), not_before }
            }
            Self::ApprovalRequested { step, expires_at, .. } => {
                Self::ApprovalRequested { step, question: None, expires_at }
            }
            other @ (Self::Queued
            | Self::ApprovalAnswered { .. }
            | Self::Cached { .. }
            | Self::AttemptStarted { .. }
            | Self::StepStarted { .. }
            | Self::RunIdentified { .. }
            | Self::StepFinished { .. }
            | Self::Requeued { .. }
            | Self::CancelRequested { .. }) => other,
        }
    }
}

/// An event with its number and time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Event {
    /// From 1, without gaps.
    pub number: u64,
    /// When it was stored.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub body: EventBody,
}
