//! How an execution is put in words: its state, version, trigger and duration.

use domain::executions::{ExecutionRow, Status as Stored, Trigger};
use leptos::prelude::*;

use crate::components::badge::{Badge, BadgeTone};
use crate::components::status::{Status, StatusPill};
use crate::components::text;
use crate::components::time::Elapsed;

/// A stored state as it is drawn.
pub const fn status(stored: Stored) -> Status {
    match stored {
        Stored::Queued => Status::Queued,
        Stored::Running => Status::Running,
        Stored::Waiting => Status::Waiting,
        Stored::Succeeded => Status::Succeeded,
        Stored::Failed => Status::Failed,
        Stored::TimedOut => Status::TimedOut,
        Stored::Cancelled => Status::Cancelled,
        Stored::Crashed => Status::Crashed,
    }
}

/// The state of a row with the words between states.
pub fn row_status(row: &ExecutionRow) -> Status {
    match row.status {
        Stored::Queued | Stored::Running | Stored::Waiting if row.cancelling => Status::Cancelling,
        Stored::Queued if row.attempt > 0 && row.not_before.is_some() => Status::Retrying,
        stored => status(stored),
    }
}

/// What the row is called: the first line of its input.
pub fn title(row: &ExecutionRow) -> String {
    let hidden = || format!("Execution of {}", row.agent.title);
    row.title.clone().filter(|title| !title.is_empty()).unwrap_or_else(hidden)
}

/// Who or what set it off.
pub fn trigger(trigger: Trigger) -> (&'static str, &'static str) {
    match trigger {
        Trigger::Person => ("user", "Person"),
        Trigger::Api => ("terminal", "API"),
        Trigger::Schedule => ("calendar-clock", "Schedule"),
        Trigger::Batch => ("blocks", "Batch"),
    }
}

/// The state as a pill, with the reason on hover.
#[component]
pub fn RowStatus(#[prop(into)] row: Signal<ExecutionRow>, #[prop(optional)] large: bool) -> impl IntoView {
    let status = Signal::derive(move || row_status(&row.read()));
    let title = Signal::derive(move || row.read().message.clone());
    view! { <StatusPill status=status title=title large=large /> }
}

/// `v3`, or a badge for the draft.
#[component]
pub fn Version(number: Option<u32>) -> impl IntoView {
    match number {
        Some(number) => view! { <span class="text-subtle">{format!("v{number}")}</span> }.into_any(),
        None => view! { <Badge tone=BadgeTone::Line>"draft"</Badge> }.into_any(),
    }
}

/// Tells that nobody outside was asked.
#[component]
pub fn SimulatedBadge() -> impl IntoView {
    view! {
        <span class="inline-flex align-middle" title="Answered by the built-in simulator, not by Toolhouse or a model.">
            <Badge icon="flask-conical">"Simulated"</Badge>
        </span>
    }
}

/// Tells that an earlier result was used.
#[component]
pub fn CachedBadge() -> impl IntoView {
    view! {
        <span class="inline-flex align-middle" title="Nothing ran: the result of an earlier execution was used.">
            <Badge tone=BadgeTone::Line>"From cache"</Badge>
        </span>
    }
}

/// How long it took, or has been taking since its first attempt.
#[component]
pub fn Took(#[prop(into)] row: Signal<ExecutionRow>) -> impl IntoView {
    let times = Memo::new(move |_| {
        let row = row.read();
        (row.started_at, row.finished_at, row.status.is_final())
    });
    move || match times.get() {
        (Some(started), Some(ended), _) => {
            view! { <span class="num">{text::duration(ended.millis_since(started))}</span> }.into_any()
        }
        (Some(started), None, false) => {
            view! { <Elapsed started_ms=started.millis() ended_ms=Signal::stored(None) /> }.into_any()
        }
        (None, _, false) => view! { <span class="text-subtle">"in queue"</span> }.into_any(),
        (_, _, true) => view! { <span class="text-subtle">"not started"</span> }.into_any(),
    }
}
