//! The story of an execution line by line, as it is stored.

use domain::events::EventBody;
use leptos::prelude::*;

use super::shown::status;
use crate::components::panel::Panel;
use crate::components::text::plural;
use crate::components::time::{Time, TimeStyle};
use crate::live::{Line, LiveExecution};

/// Kind and colour, and the event in words.
fn words(line: &Line) -> (&'static str, &'static str, String) {
    const PLAIN: &str = "text-subtle";
    match &line.event.body {
        EventBody::Queued => ("queue", PLAIN, "Accepted, waits for a worker".to_owned()),
        EventBody::AttemptStarted { attempt, of } => {
            ("worker", PLAIN, format!("Attempt {attempt} of {of} began"))
        }
        EventBody::StepStarted { step, name } => ("step", "text-muted", format!("Step {step}: {name}")),
        EventBody::RunIdentified { run_id } => {
            ("step", "text-muted", format!("The upstream calls its run {run_id}"))
        }
        EventBody::Output { .. } => {
            ("output", "text-accent-text", plural(line.pieces, "piece of output", "pieces of output"))
        }
        EventBody::OutputReplaced { .. } => {
            ("output", "text-accent-text", "The output so far was replaced".to_owned())
        }
        EventBody::StepFinished { step, ok: true } => ("step", "text-muted", format!("Step {step} is done")),
        EventBody::StepFinished { step, ok: false } => {
            ("error", "text-danger-text", format!("Step {step} failed"))
        }
        EventBody::RetryScheduled { attempt, message, .. } => {
            ("retry", "text-wait-text", format!("Attempt {attempt} failed: {message} Another follows."))
        }
        EventBody::ApprovalRequested { step, question, .. } => {
            let question = question.clone().unwrap_or_else(|| "a question".to_owned());
            ("approval", "text-wait-text", format!("Step {step} asks a person: {question}"))
        }
        EventBody::ApprovalAnswered { approved: true, by, .. } => {
            ("approval", PLAIN, format!("{by} approved"))
        }
        EventBody::ApprovalAnswered { approved: false, by, .. } => {
            ("approval", PLAIN, format!("{by} declined"))
        }
        EventBody::Cached { from } => ("cache", PLAIN, format!("Answered with the result of {from}")),
        EventBody::Requeued { reason } => {
            ("retry", "text-wait-text", format!("Back in the queue: {}", reason.sentence()))
        }
        EventBody::CancelRequested { by } => ("cancel", PLAIN, format!("{by} asked to stop")),
        EventBody::Finished { status: end, message, .. } => {
            let colour = if end.is_trouble() { "text-danger-text" } else { PLAIN };
            let label = status(*end).label();
            (
                "end",
                colour,
                message.as_ref().map_or_else(|| label.to_owned(), |message| format!("{label}: {message}")),
            )
        }
    }
}

/// The list of events; new ones appear at the end.
#[component]
pub fn EventsPanel(live: LiveExecution) -> impl IntoView {
    let count = Memo::new(move |_| live.story.read().lines.len());
    let last = Memo::new(move |_| live.story.read().last);
    let head = ViewFn::from(move || view! { <span class="text-subtle num">{move || last.get()}</span> });
    let row = move |index: usize| {
        // Pieces of output join the line before them, so a line may still change.
        let told = Memo::new(move |_| live.story.read().lines.get(index).cloned());
        move || {
            told.get().map(|line| {
                let (kind, class, text) = words(&line);
                view! {
                    <div class="log">
                        <Time at_ms=line.event.at.millis() style=TimeStyle::Clock class="text-subtle" />
                        <span class=class>{kind}</span>
                        <span>{text}</span>
                    </div>
                }
            })
        }
    };
    view! {
        <Panel id="events" title="Events" head=head class="overflow-hidden">
            <div class="py-2 clip" tabindex="0" role="region" aria-label="List of events">
                <For each=move || 0..count.get() key=|index| *index children=row />
            </div>
        </Panel>
    }
}
