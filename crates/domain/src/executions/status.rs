//! States, the transitions between them, and the reasons for ends.
//!
//! [`Status::next`] is the one table: storage moves rows by compare-and-set along it, and nothing
//! leaves a final state.

use crate::words::words;

words! {
    /// Where an execution or attempt stands.
    Status {
        /// Waits for a worker, or for the time of its next attempt.
        Queued = "queued";
        /// A worker holds its lease.
        Running = "running";
        /// Waits for a person or a call-back.
        Waiting = "waiting";
        /// Done.
        Succeeded = "succeeded";
        /// The agent, a tool or the upstream said no.
        Failed = "failed";
        /// A limit of ours was reached; the reason says which.
        TimedOut = "timed_out";
        /// A person or a program asked for it.
        Cancelled = "cancelled";
        /// Our fault, and it cannot be continued.
        Crashed = "crashed";
    }
}

words! {
    /// Why an attempt or execution ended other than well.
    Reason {
        /// The upstream answered with an error status.
        UpstreamStatus = "upstream_status";
        /// The upstream refused the key.
        UpstreamUnauthorised = "upstream_unauthorised";
        /// The account has no credits left.
        OutOfCredits = "out_of_credits";
        /// The upstream does not know the agent.
        UpstreamNotFound = "upstream_not_found";
        /// The upstream asks to slow down.
        UpstreamBusy = "upstream_busy";
        /// No connection; nothing was sent.
        UpstreamUnreachable = "upstream_unreachable";
        /// Sent, and no way to know whether it had an effect.
        UpstreamInDoubt = "upstream_in_doubt";
        /// The upstream's own run failed.
        UpstreamFailed = "upstream_failed";
        /// The stream broke off and the run could not be read again.
        StreamCut = "stream_cut";
        /// The answer could not be understood.
        UpstreamUnreadable = "upstream_unreadable";
        /// No key, and no simulator chosen.
        ToolhouseNotConnected = "toolhouse_not_connected";
        /// The plan refuses private agents.
        ToolhousePrivateRefused = "toolhouse_private_refused";
        /// No provider is configured for the runtime `model`.
        ModelNotConnected = "model_not_connected";
        /// The execution's own deadline.
        RunDeadline = "run_deadline";
        /// Waited too long for a worker.
        QueueDeadline = "queue_deadline";
        /// One step took too long.
        StepDeadline = "step_deadline";
        /// More steps than allowed.
        StepLimit = "step_limit";
        /// The next call could go past the agent's budget.
        BudgetReached = "budget_reached";
        /// The model stopped at the limit of its answer.
        AnswerCut = "answer_cut";
        /// The provider's filter stopped the answer.
        AnswerFiltered = "answer_filtered";
        /// More output than allowed.
        OutputLimit = "output_limit";
        /// A person said no.
        Declined = "declined";
        /// Nobody answered in time.
        ApprovalExpired = "approval_expired";
        /// Somebody asked to stop.
        CancelledBy = "cancelled_by";
        /// Its worker disappeared.
        LeaseLost = "lease_lost";
        /// Its worker was shut down and handed it back.
        HandedBack = "handed_back";
        /// A step may or may not have had its effect, and cannot be repeated.
        StepInDoubt = "step_in_doubt";
        /// An error of ours.
        Internal = "internal";
    }
}

impl Reason {
    /// Reasons that an agent's policy may name for another attempt.
    pub const RETRIABLE: &'static [Self] = &[
        Self::UpstreamStatus,
        Self::UpstreamNotFound,
        Self::UpstreamBusy,
        Self::UpstreamUnreachable,
        Self::UpstreamInDoubt,
        Self::UpstreamFailed,
        Self::StreamCut,
    ];

    /// One sentence for a person.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::UpstreamStatus => "The upstream service answered with an error.",
            Self::UpstreamUnauthorised => {
                "The upstream service refused the key. Replace it in Settings, then run again."
            }
            Self::OutOfCredits => "The Toolhouse account has no credits left. Top it up, then run again.",
            Self::UpstreamNotFound => {
                "The upstream service does not know this agent. Publish it again, or check its Toolhouse id."
            }
            Self::UpstreamBusy => "The upstream service asked to slow down.",
            Self::UpstreamUnreachable => "The upstream service could not be reached. Nothing was sent.",
            Self::UpstreamInDoubt => {
                "The request was sent but not answered, so it may have had its effect. It is not repeated by itself."
            }
            Self::UpstreamFailed => "The run failed at the upstream service.",
            Self::StreamCut => "The connection broke off and the run could not be read again.",
            Self::UpstreamUnreadable => {
                "The upstream service answered something that could not be understood."
            }
            Self::ToolhouseNotConnected => {
                "Toolhouse is not connected. Add a key in Settings, then run again."
            }
            Self::ToolhousePrivateRefused => {
                "The Toolhouse plan refuses private agents. Choose another plan, or give the agent an existing Toolhouse id."
            }
            Self::ModelNotConnected => {
                "No model provider is configured. Set SHOPFLOOR_MODEL_URL, then run again."
            }
            Self::RunDeadline => "The execution reached its time limit.",
            Self::QueueDeadline => "The execution waited too long for a worker.",
            Self::StepDeadline => "A step reached its time limit.",
            Self::StepLimit => "The execution needed more steps than the agent allows.",
            Self::BudgetReached => "The next call of the model could go past the agent's budget.",
            Self::AnswerCut => "The model stopped in the middle of its answer, at the limit of its tokens.",
            Self::AnswerFiltered => "The model provider's filter stopped the answer.",
            Self::Declined => "A person declined it.",
            Self::ApprovalExpired => "Nobody answered the question in time.",
            Self::OutputLimit => "The output grew larger than the agent's limit.",
            Self::CancelledBy => "The execution was cancelled.",
            Self::LeaseLost => "The worker stopped answering.",
            Self::HandedBack => "The worker was shut down and handed the execution back.",
            Self::StepInDoubt => "The server stopped in the middle of a step that cannot be repeated safely.",
            Self::Internal => {
                "Something went wrong on our side. The log has the cause under the execution's id."
            }
        }
    }
}

/// What can happen to an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// A worker takes it.
    Claimed,
    /// It waits for a person or call-back.
    Paused,
    /// What it waited for came.
    Resumed,
    /// Another attempt follows, or its worker gave it back or was lost.
    Requeued,
    /// It ends in the given state.
    Ended(Status),
}

impl Status {
    /// True when nothing follows.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::TimedOut | Self::Cancelled | Self::Crashed)
    }

    /// True for ends that a person should look at.
    pub const fn is_trouble(self) -> bool {
        matches!(self, Self::Failed | Self::TimedOut | Self::Crashed)
    }

    /// The state after something happened; `None` when that cannot happen in this state.
    #[must_use]
    pub const fn next(self, happening: Happening) -> Option<Self> {
        match (self, happening) {
            (Self::Queued, Happening::Claimed) | (Self::Waiting, Happening::Resumed) => Some(Self::Running),
            (Self::Running, Happening::Paused) => Some(Self::Waiting),
            (Self::Running | Self::Waiting, Happening::Requeued) => Some(Self::Queued),
            (Self::Queued, Happening::Ended(end)) => match end {
                // A cache hit succeeds straight from the queue.
                Self::Succeeded | Self::Failed | Self::TimedOut | Self::Cancelled => Some(end),
                Self::Queued | Self::Running | Self::Waiting | Self::Crashed => None,
            },
            (Self::Running, Happening::Ended(end)) if end.is_final() => Some(end),
            (Self::Waiting, Happening::Ended(end)) if end.is_final() && !matches!(end, Self::Succeeded) => {
                Some(end)
            }
            _ => None,
        }
    }

    /// The word on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Running => "Running",
            Self::Waiting => "Waiting",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::TimedOut => "Timed out",
            Self::Cancelled => "Cancelled",
            Self::Crashed => "Crashed",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn happening() -> impl Strategy<Value = Happening> {
        prop_oneof![
            Just(Happening::Claimed),
            Just(Happening::Paused),
            Just(Happening::Resumed),
            Just(Happening::Requeued),
            proptest::sample::select(Status::ALL).prop_map(Happening::Ended),
        ]
    }

    proptest! {
        #[test]
        fn nothing_leaves_a_final_state(story in proptest::collection::vec(happening(), 0..40)) {
            let mut state = Status::Queued;
            let mut ended = None;
            for next in story {
                if let Some(after) = state.next(next) {
                    prop_assert!(ended.is_none(), "{ended:?} was left by {next:?}");
                    state = after;
                    ended = state.is_final().then_some(state);
                }
            }
        }
    }

    const DOCUMENT: &str = include_str!("../../../../docs/executions.md");

    /// The rows of the table under a heading, cell by cell, without the header.
    fn table(heading: &str) -> Vec<Vec<String>> {
        let section = DOCUMENT.split(&format!("\n## {heading}\n")).nth(1).expect("the section");
        let rows =
            section.split("\n## ").next().expect("its end").lines().filter(|line| line.starts_with('|'));
        let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        rows.skip(2).map(cells).collect()
    }

    #[test]
    fn the_transitions_are_the_documented_ones() {
        let mut wanted = Vec::new();
        for from in Status::ALL {
            let mut words = Vec::new();
            let ends = Status::ALL.iter().map(|&end| Happening::Ended(end));
            let others = [Happening::Claimed, Happening::Paused, Happening::Resumed, Happening::Requeued];
            for to in others.into_iter().chain(ends).filter_map(|happening| from.next(happening)) {
                words.push(format!("`{to}`"));
            }
            words.sort_unstable();
            words.dedup();
            let to = if words.is_empty() { "nothing".to_owned() } else { words.join(", ") };
            wanted.push(vec![format!("`{from}`"), to]);
        }
        assert_eq!(table("Transitions"), wanted);
    }

    #[test]
    fn the_reasons_are_the_documented_ones() {
        let wanted: Vec<_> = Reason::ALL
            .iter()
            .map(|reason| {
                let policy = if Reason::RETRIABLE.contains(reason) { "yes" } else { "" };
                vec![format!("`{reason}`"), reason.sentence().to_owned(), policy.to_owned()]
            })
            .collect();
        assert_eq!(table("Reasons"), wanted);
    }
}
