//! When what happened: waits, attempts and steps as a waterfall.

use domain::Timestamp;
use domain::executions::{ExecutionDetail, Status, StepState};
use leptos::prelude::*;

use super::facts::runtime_name;
use crate::browser;
use crate::components::empty_state::EmptyState;
use crate::components::panel::Panel;
use crate::components::waterfall::{Span, SpanKind, SpanState, Waterfall};
use crate::live::LiveExecution;

/// What the spans need; compared, so that streamed text does not draw them again.
#[derive(Debug, Clone, PartialEq)]
struct Times {
    detail: ExecutionDetail,
    end: Timestamp,
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

fn spans(times: &Times) -> Vec<Span> {
    let detail = &times.detail;
    let row = &detail.row;
    let whole = (row.created_at, row.finished_at);
    let mut list = vec![Span {
        depth: 0,
        ..span(times, "whole".to_owned(), row.agent.title.clone(), SpanKind::Agent, whole)
    }];
    if row.status.is_trouble() {
        list[0].state = SpanState::Failed;
    }
    let mut idle_since = row.created_at;
    let many = detail.tries.len() > 1;
    for attempt in &detail.tries {
        let (name, id) = if attempt.number == 1 {
            ("Waits for a worker", "wait-1".to_owned())
        } else {
            ("Waits before the next attempt", format!("wait-{}", attempt.number))
        };
        if attempt.started_at.millis_since(idle_since) > 0 {
            let wait = (idle_since, Some(attempt.started_at));
            list.push(span(times, id, name.to_owned(), SpanKind::Wait, wait));
        }
        idle_since = attempt.finished_at.unwrap_or(times.end);
        if many {
            let name = format!("Attempt {}", attempt.number);
            let id = format!("attempt-{}", attempt.number);
            let mut drawn = span(times, id, name, SpanKind::Agent, (attempt.started_at, attempt.finished_at));
            if attempt.status.is_trouble() {
                drawn.state = SpanState::Failed;
            }
            list.push(drawn);
        }
        for step in detail.steps.iter().filter(|step| step.attempt == attempt.number) {
            let kind = if step.kind == "model_call" { SpanKind::Model } else { SpanKind::Http };
            let id = format!("step-{}", step.number);
            // A step whose attempt is over is over too, even when nobody could write it down.
            let ended = step.finished_at.or(attempt.finished_at);
            let mut drawn = span(times, id, step.name.clone(), kind, (step.started_at, ended));
            drawn.depth = if many { 2 } else { 1 };
            if step.state == StepState::Failed {
                drawn.state = SpanState::Failed;
            }
            drawn.meta = (attempt.number > 1).then(|| format!("try {}", attempt.number));
            list.push(drawn);
        }
    }
    if row.status == Status::Queued {
        list.push(span(
            times,
            "wait-now".to_owned(),
            "Waits for a worker".to_owned(),
            SpanKind::Wait,
            (idle_since, None),
        ));
    }
    list
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
        Times { detail, end }
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
                    view! { <Waterfall spans=spans total_ms=total now_ms=present /> }.into_any()
                }
            }}
        </Panel>
    }
}
