//! What an execution waited for, and how long: a worker, the next attempt, a person. Pure, so that the
//! timeline, the facts and the comparison tell the same.

use domain::Timestamp;
use domain::executions::{Attempt, ExecutionDetail, Status, StepState};

use crate::live::Story;

/// What was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitFor {
    /// A free worker.
    Worker,
    /// The time of the next attempt after a failed one.
    Attempt,
    /// A person's answer.
    Person,
}

impl WaitFor {
    /// The wait in words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Worker => "Waits for a worker",
            Self::Attempt => "Waits before the next attempt",
            Self::Person => "Waits for a person",
        }
    }
}

/// One wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// What was waited for.
    pub what: WaitFor,
    /// When it began.
    pub from: Timestamp,
    /// When it ended; absent while it lasts.
    pub to: Option<Timestamp>,
    /// It did not end as hoped: the answer was no, or none came.
    pub is_failed: bool,
}

/// When the attempt after this one might begin at the earliest, as the story tells.
pub fn retry_times(story: &Story) -> Vec<(u32, Timestamp)> {
    use domain::events::EventBody::RetryScheduled;
    let told = story.lines.iter().filter_map(|line| match &line.event.body {
        RetryScheduled { attempt, not_before, .. } => Some((*attempt, *not_before)),
        _ => None,
    });
    told.collect()
}

/// Every wait in order. Without the times of retries a gap after a failed attempt counts as the wait
/// for the next one.
pub fn waits(detail: &ExecutionDetail, retries: &[(u32, Timestamp)]) -> Vec<Wait> {
    let row = &detail.row;
    let mut waits = Vec::new();
    let mut idle_since = Some(row.created_at);
    let mut before: Option<&Attempt> = None;
    for attempt in &detail.tries {
        if let Some(from) = idle_since {
            gap(&mut waits, before, retries, from, Some(attempt.started_at));
        }
        idle_since = attempt.finished_at;
        let asked =
            detail.steps.iter().filter(|step| step.attempt == attempt.number && step.kind == "approval");
        for step in asked {
            let to = step.finished_at.or(row.finished_at);
            waits.push(Wait {
                what: WaitFor::Person,
                from: step.started_at,
                to,
                is_failed: step.state == StepState::Failed,
            });
            idle_since = to;
        }
        before = Some(attempt);
    }
    if let Some(from) = idle_since.filter(|_| row.status == Status::Queued || row.finished_at.is_some()) {
        gap(&mut waits, before, retries, from, row.finished_at);
    }
    waits
}

/// The time between two attempts: first until the next may begin, then until a worker takes it.
fn gap(
    waits: &mut Vec<Wait>,
    before: Option<&Attempt>,
    retries: &[(u32, Timestamp)],
    from: Timestamp,
    to: Option<Timestamp>,
) {
    let mut push = |what, from: Timestamp, to: Option<Timestamp>| {
        if to.is_none_or(|to| to > from) {
            waits.push(Wait { what, from, to, is_failed: false });
        }
    };
    let Some(before) = before.filter(|before| before.status.is_trouble()) else {
        return push(WaitFor::Worker, from, to);
    };
    let told = retries.iter().find(|(attempt, _)| *attempt == before.number).map(|(_, at)| *at);
    match (told, to) {
        (Some(at), Some(to)) if at < to => {
            push(WaitFor::Attempt, from, Some(at.max(from)));
            push(WaitFor::Worker, at.max(from), Some(to));
        }
        (_, to) => push(WaitFor::Attempt, from, to),
    }
}

/// How long waits of one kind took together, those that are over.
pub fn waited_ms(waits: &[Wait], what: WaitFor) -> u64 {
    let over = waits.iter().filter(|wait| wait.what == what);
    over.filter_map(|wait| Some(wait.to?.millis_since(wait.from))).sum()
}
