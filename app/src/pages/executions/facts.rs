//! The facts of an execution in one strip: attempt, steps, waits, duration, limit, runtime.

use domain::executions::StepState;
use leptos::prelude::*;

use super::phases::{WaitFor, retry_times, waited_ms, waits};
use super::shown::Took;
use crate::components::kpi::{Fact, KpiColumns, KpiStrip};
use crate::components::text;
use crate::live::LiveExecution;

/// A runtime in words.
pub fn runtime_name(word: &str) -> &'static str {
    match word {
        "toolhouse" => "Toolhouse",
        "model" => "Model",
        _ => "Unknown",
    }
}

/// The strip of facts.
#[component]
pub fn Facts(live: LiveExecution) -> impl IntoView {
    let row = Signal::derive(move || live.shown.read().detail.row.clone());
    let steps = move || live.shown.read().detail.steps.len().to_string();
    let failed_steps = Signal::derive(move || {
        let shown = live.shown.read();
        let failed = shown.detail.steps.iter().filter(|step| step.state == StepState::Failed).count();
        (failed > 0).then(|| format!("{failed} failed"))
    });
    let limit = move || text::duration(u64::from(live.shown.read().detail.run_deadline_s) * 1_000);
    // Known once it has ended; while it goes on the clock of the browser tells the duration.
    let used = Signal::derive(move || {
        let shown = live.shown.read();
        let took = shown.detail.row.finished_at?.millis_since(shown.detail.row.started_at?);
        let limit = u64::from(shown.detail.run_deadline_s).max(1) * 1_000;
        u8::try_from((took.saturating_mul(100) / limit).min(100)).ok()
    });
    let attempts = Signal::derive(move || Some(format!("of {}", row.read().max_attempts)));
    let times = Memo::new(move |_| {
        let waits = waits(&live.shown.read().detail, &retry_times(&live.story.read()));
        let of = |what| waited_ms(&waits, what);
        (of(WaitFor::Worker), of(WaitFor::Attempt), of(WaitFor::Person))
    });
    let queued = move || text::duration(times.get().0);
    let waited = Signal::derive(move || match times.get() {
        (_, 0, 0) => None,
        (_, retry, 0) => Some(format!("+ {} retry", text::duration(retry))),
        (_, _, person) => Some(format!("+ {} person", text::duration(person))),
    });
    view! {
        <KpiStrip columns=KpiColumns::Six class="mb-4">
            <Fact name="Attempt" note=attempts>{move || row.read().attempt.to_string()}</Fact>
            <Fact name="Steps" note=failed_steps>{steps}</Fact>
            <Fact name="In queue" note=waited>{queued}</Fact>
            <Fact name="Duration"><Took row=row /></Fact>
            <Fact name="Time limit" progress=used>{limit}</Fact>
            <Fact name="Runtime">{move || runtime_name(&live.shown.read().detail.runtime)}</Fact>
        </KpiStrip>
    }
}
