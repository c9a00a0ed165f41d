//! How schedules and their firings are put in words.

use domain::schedules::{Firing, FiringOutcome, ScheduleState, Timing};
use leptos::prelude::*;

use crate::components::badge::{Badge, BadgeTone};
use crate::components::status::StatusPill;
use crate::pages::executions::shown::status;

/// Where a schedule stands, as a badge.
#[component]
pub fn StateBadge(state: ScheduleState) -> impl IntoView {
    match state {
        ScheduleState::Active => {
            view! { <Badge tone=BadgeTone::Ok icon="circle-check">"Active"</Badge> }.into_any()
        }
        ScheduleState::Paused => {
            view! { <Badge tone=BadgeTone::Warn icon="circle-pause">"Paused"</Badge> }.into_any()
        }
        ScheduleState::Ended => view! { <Badge tone=BadgeTone::Line icon="check">"Ended"</Badge> }.into_any(),
    }
}

/// What became of a due time: the state of its execution, or why there is none.
#[component]
pub fn Outcome(firing: Firing) -> impl IntoView {
    match (firing.outcome, firing.status) {
        (FiringOutcome::Started, Some(stored)) => view! { <StatusPill status=status(stored) /> }.into_any(),
        (FiringOutcome::Started, None) => view! { <Badge>"Started"</Badge> }.into_any(),
        (FiringOutcome::Waiting, _) => {
            view! { <Badge tone=BadgeTone::Wait icon="hourglass">"Waiting"</Badge> }.into_any()
        }
        (FiringOutcome::Skipped, _) => {
            view! { <Badge tone=BadgeTone::Warn icon="ban">"Skipped"</Badge> }.into_any()
        }
    }
}

/// The cron expression, for those who read it.
pub fn expression(timing: &Timing) -> Option<String> {
    match timing {
        Timing::Cron { cron, .. } => Some(cron.clone()),
        Timing::Once { .. } => None,
    }
}
