//! When what happened: waits, attempts and steps as a waterfall.

use domain::Timestamp;
use domain::executions::{ExecutionDetail, Status, StepState};
use leptos::prelude::*;

use super::facts::runtime_name;
use super::phases::{retry_times, waits};
use crate::browser;
use crate::components::empty_state::EmptyState;
use crate::components::panel::Panel;
use crate::components::span_table::SpanTable;
use crate::components::waterfall::{Span, SpanKind, SpanState, Waterfall};
use crate::live::LiveExecution;

/// What the spans need; compared, so that streamed text does not draw them again.
#[derive(Debug, Clone, PartialEq)]
pub struct Times {
    /// The execution, without its output.
    pub detail: ExecutionDetail,
    /// When the attempt after a failed one might begin.
    pub retries: Vec<(u32, Timestamp)>,
    /// Its end, or now.
    pub end: Timestamp,
}

fn span(
    times: &Times,
    id: String,
    name: String,
    kind: SpanKind,
    (from, to): (Timestamp, Option<Timestamp>),
) -> Span {
    let zero = times.detail.row.created_at;
    Span {
        id,
        name,
        kind,
        state: if to.is_some() { SpanState::Done } else { SpanState::Live },
        depth: 1,
        start_ms: from.millis_since(zero),
        duration_ms: to.unwrap_or(times.end).millis_since(from),
        meta: None,
        href: None,
    }
}

/// Waits, attempts and steps in the order in which they began, below the execution itself. With more
/// than one attempt each has a row of its own, and its steps stand under it.
pub fn spans(times: &Times) -> Vec<Span> {
    let detail = &times.detail;
    let row = &detail.row;
    let many = detail.tries.len() > 1;
    let mut list = Vec::new();
    for (index, wait) in waits(detail, &times.retries).into_iter().enumerate() {
        let name = wait.what.label().to_owned();
        let mut drawn = span(times, format!("wait-{index}"), name, SpanKind::Wait, (wait.from, wait.to));
        if wait.is_failed {
            drawn.state = SpanState::Failed;
        }
        list.push((wait.from, drawn));
    }
    for attempt in &detail.tries {
        if many {
            let (name, id) = (format!("Attempt {}", attempt.number), format!("attempt-{}", attempt.number));
            let mut drawn = span(times, id, name, SpanKind::Agent, (attempt.started_at, attempt.finished_at));
            if attempt.status.is_trouble() {
                drawn.state = SpanState::Failed;
            }
            drawn.meta = match attempt.status {
                Status::Queued => Some("handed back".to_owned()),
                Status::Waiting => Some("asked".to_owned()),
                _ => None,
            };
            list.push((attempt.started_at, drawn));
        }
        let steps =
            detail.steps.iter().filter(|step| step.attempt == attempt.number && step.kind != "approval");
        for step in steps {
            let kind = if step.kind == "model_call" { SpanKind::Model } else { SpanKind::Http };
            // A step whose attempt is over is over too, even when nobody could write it down.
            let ended = step.finished_at.or(attempt.finished_at);
            let id = format!("step-{}", step.number);
            let mut drawn = span(times, id, step.name.clone(), kind, (step.started_at, ended));
            drawn.depth = if many { 2 } else { 1 };
            if step.state == StepState::Failed {
                drawn.state = SpanState::Failed;
            }
            drawn.meta = (attempt.number > 1).then(|| format!("try {}", attempt.number));
            list.push((step.started_at, drawn));
        }
    }
    // What begins at the same millisecond keeps its order: waits, then an attempt, then its steps.
    list.sort_by_key(|(from, drawn)| (*from, drawn.kind != SpanKind::Wait, drawn.depth));
    let whole = (row.created_at, row.finished_at);
    let mut first = span(times, "whole".to_owned(), row.agent.title.clone(), SpanKind::Agent, whole);
    first.depth = 0;
    if row.status.is_trouble() {
        first.state = SpanState::Failed;
    }
    std::iter::once(first).chain(list.into_iter().map(|(_, drawn)| drawn)).collect()
}

/// The waterfall; while the execution goes on it grows once a second.
#[component]
pub fn TimelinePanel(live: LiveExecution) -> impl IntoView {
    let now = RwSignal::new(None::<Timestamp>);
    let is_active = Memo::new(move |_| live.is_active());
    Effect::new(move |_| {
        if !is_active.get() {
            return;
        }
        let tick = move || {
            now.try_set(Some(Timestamp::from_millis(browser::now_ms())));
        };
        tick();
        if let Ok(timer) = set_interval_with_handle(tick, std::time::Duration::from_secs(1)) {
            on_cleanup(move || timer.clear());
        }
    });
    let times = Memo::new(move |_| {
        let mut detail = live.shown.read().detail.clone();
        detail.output = None;
        let told = live.story.read().lines.last().map_or(detail.row.created_at, |line| line.event.at);
        let end = detail.row.finished_at.unwrap_or_else(|| now.get().unwrap_or(told).max(told));
        let retries = retry_times(&live.story.read());
        Times { detail, retries, end }
    });
    let total = Signal::derive(move || {
        let times = times.read();
        times.end.millis_since(times.detail.row.created_at).max(1)
    });
    let spans = Signal::derive(move || spans(&times.read()));
    let present = Signal::derive(move || is_active.get().then(|| total.get()));
    let runtime = live.shown.read_untracked().detail.runtime.clone();
    let is_empty = move || live.shown.read().detail.tries.is_empty() && !is_active.get();
    let head = ViewFn::from(move || {
        view! { <span class="text-subtle">{runtime_name(&runtime)}</span> }
    });
    view! {
        <Panel id="timeline" title="Timeline" head=head class="overflow-hidden">
            {move || {
                if is_empty() {
                    view! { <EmptyState icon="hourglass" title="Never started" text="It ended before a worker took it." /> }
                        .into_any()
                } else {
                    view! { <Waterfall spans=spans total_ms=total now_ms=present /> <SpanTable spans=spans /> }
                        .into_any()
                }
            }}
        </Panel>
    }
}
