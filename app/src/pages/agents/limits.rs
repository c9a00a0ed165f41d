//! What an execution may use, each with its unit.

use leptos::prelude::*;

use super::configuration::FieldError;
use super::draft_form::DraftFields;
use crate::components::checkbox::Checkbox;
use crate::components::panel::Panel;
use crate::components::text_input::TextInput;

/// One number: field, label, unit.
#[component]
fn Limit(
    field: &'static str,
    path: &'static str,
    label: &'static str,
    unit: &'static str,
    bind: RwSignal<String>,
    fields: DraftFields,
    error: FieldError,
) -> impl IntoView {
    view! {
        <TextInput
            name=format!("draft[limits][{field}]")
            id=format!("limit-{field}")
            label=label
            mark=unit
            bind=bind
            inputmode="numeric"
            error=Signal::derive(move || error.run(path))
            on_blur=move |_| fields.is_checked.set(true)
        />
    }
}

/// The limits. Empty fields take the default.
#[component]
pub fn LimitsPanel(fields: DraftFields, error: FieldError) -> impl IntoView {
    let limits = fields.limits;
    let numbers = [
        ("run_deadline_s", "limits.run_deadline_s", "Time limit", "seconds", limits.run_deadline_s),
        ("queue_deadline_s", "limits.queue_deadline_s", "Queue limit", "seconds", limits.queue_deadline_s),
        ("attempts", "limits.attempts", "Attempts", "1 to 10", limits.attempts),
        ("concurrency", "limits.concurrency", "At the same time", "executions", limits.concurrency),
        ("retry_base_ms", "limits.retry_base_ms", "First wait", "ms", limits.retry_base_ms),
        ("retry_cap_ms", "limits.retry_cap_ms", "Longest wait", "ms", limits.retry_cap_ms),
        ("retry_factor", "limits.retry_factor", "Each wait longer by", "times", limits.retry_factor),
        (
            "retry_jitter_percent",
            "limits.retry_jitter_percent",
            "Random part of a wait",
            "%",
            limits.retry_jitter_percent,
        ),
        (
            "step_deadline_s",
            "limits.step_deadline_s",
            "Time limit of a step",
            "seconds",
            limits.step_deadline_s,
        ),
        ("steps", "limits.steps", "Steps", "at most", limits.steps),
        ("output_bytes", "limits.output_bytes", "Output", "bytes", limits.output_bytes),
        ("budget_tokens", "limits.budget_tokens", "Budget of the model", "tokens", limits.budget_tokens),
        ("cache_ttl_s", "limits.cache_ttl_s", "Use results again for", "seconds", limits.cache_ttl_s),
    ];
    let inputs = numbers
        .into_iter()
        .map(|(field, path, label, unit, bind)| {
            view! { <Limit field=field path=path label=label unit=unit bind=bind fields=fields error=error /> }
        })
        .collect_view();
    view! {
        <Panel id="limits" title="Limits">
            <div class="p-3.5 grid gap-4">
                <div class="grid grid-cols-2 gap-3">{inputs}</div>
                <TextInput
                    name="draft[limits][retry_on]"
                    id="limit-retry_on"
                    label="Repeat after"
                    bind=limits.retry_on
                    hint="Codes separated by commas, such as upstream_busy. Empty repeats whatever is safe."
                    error=Signal::derive(move || error.run("limits.retry_on"))
                    on_blur=move |_| fields.is_checked.set(true)
                />
                <Checkbox
                    name="draft[limits][accept_repeat]"
                    id="limit-accept_repeat"
                    label="Repeat in doubt"
                    value="true"
                    checked=limits.accept_repeat
                    hint="Try again also when the first try may have had its effect."
                    on_change=move |on| limits.accept_repeat.set(on)
                />
            </div>
        </Panel>
    }
}
