//! The story of an execution line by line, as it is stored.

use domain::events::EventBody;
use leptos::{ev, prelude::*};

use super::address::use_query_value;
use super::shown::status;
use crate::components::button::{Button, ButtonKind, ButtonSize};
use crate::components::panel::Panel;
use crate::components::select::{Select, SelectOption};
use crate::components::text::plural;
use crate::components::text_input::TextInput;
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

/// Every kind of line, in the order of the story.
const KINDS: &[&str] =
    &["queue", "worker", "step", "output", "error", "retry", "approval", "cache", "cancel", "end"];

/// Whether a line is of a kind and says a word; empty for all. Only what is shown is searched.
pub fn is_match(line: &Line, kind: &str, find: &str) -> bool {
    let (own, _, text) = words(line);
    let find = find.trim().to_lowercase();
    (kind.is_empty() || own == kind)
        && (find.is_empty() || text.to_lowercase().contains(&find) || own.contains(find.as_str()))
}

/// The list of events, with a search; new ones appear at the end.
#[component]
pub fn EventsPanel(live: LiveExecution) -> impl IntoView {
    // The address holds the first search, so that it works without a script.
    let kind = RwSignal::new(use_query_value("kind").get_untracked());
    let find = RwSignal::new(use_query_value("find").get_untracked());
    let matching = Memo::new(move |_| {
        let (story, kind, find) = (live.story.read(), kind.read(), find.read());
        let hits = story.lines.iter().enumerate().filter(|(_, line)| is_match(line, &kind, &find));
        hits.map(|(index, _)| index).collect::<Vec<_>>()
    });
    let is_filtered = Memo::new(move |_| !(kind.read().is_empty() && find.read().trim().is_empty()));
    let last = Memo::new(move |_| live.story.read().last);
    let lines = Memo::new(move |_| live.story.read().lines.len());
    let count = move || {
        if is_filtered.get() {
            format!("{} of {} lines", matching.read().len(), lines.get())
        } else {
            last.get().to_string()
        }
    };
    // Told only to those who search; a live execution would talk without end.
    let spoken = move || is_filtered.get().then_some("status");
    let head = ViewFn::from(move || view! { <span class="text-subtle num" role=spoken>{count}</span> });
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
    let nothing = move || {
        (is_filtered.get() && matching.read().is_empty()).then(|| {
            view! {
                <p class="px-3.5 py-3 text-muted">
                    "No events match. "
                    <button
                        type="button"
                        class="link needs-script"
                        on:click=move |_| {
                            kind.set(String::new());
                            find.set(String::new());
                        }
                    >
                        "Clear search"
                    </button>
                </p>
            }
        })
    };
    view! {
        <Panel id="events" title="Events" head=head class="overflow-hidden">
            <EventSearch kind=kind find=find />
            <div class="py-2 clip" tabindex="0" role="region" aria-label="List of events">
                <For each=move || matching.get() key=|index| *index children=row />
                {nothing}
            </div>
        </Panel>
    }
}

/// Kind and text to look for.
#[component]
fn EventSearch(kind: RwSignal<String>, find: RwSignal<String>) -> impl IntoView {
    let mut options = vec![SelectOption::new("", "All kinds")];
    options.extend(KINDS.iter().map(|kind| SelectOption::new(*kind, *kind)));
    view! {
        <form
            method="get"
            role="search"
            aria-label="Events"
            class="flex flex-wrap items-end gap-2 px-3.5 py-2 border-b border-line"
            on:submit=|event: ev::SubmitEvent| event.prevent_default()
        >
            <TextInput
                name="find"
                id="find-event"
                label="Search events"
                hide_label=true
                input_type="search"
                placeholder="Search events"
                icon="search"
                input_class="input-sm"
                class="flex-1 min-w-40"
                bind=find
            />
            <Select
                name="kind"
                id="event-kind"
                label="Kind"
                hide_label=true
                options=options
                value=kind
                on_change=move |word| kind.set(word)
            />
            <div class="without-script">
                <Button kind=ButtonKind::Submit size=ButtonSize::Small>"Search"</Button>
            </div>
        </form>
    }
}
