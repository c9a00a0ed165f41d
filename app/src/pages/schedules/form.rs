//! The form of a schedule. While somebody types, the server says when it would fire; what is wrong
//! stands beside its field. Without a script the form is sent as it is.

use std::time::Duration;

use domain::Problem;
use domain::agents::RunnableAgent;
use domain::executions::Priority;
use domain::schedules::{Overlap, Preview, ScheduleDraft};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::preview::NextTimes;
use crate::components::button::{Button, ButtonKind, ButtonVariant, LinkButton};
use crate::components::panel::Panel;
use crate::components::select::{Select, SelectOption};
use crate::components::text_area::TextArea;
use crate::components::text_input::TextInput;
use crate::error::AppError;
use crate::pages::workspace::form::FormProblem;
use crate::server_fns::schedules::{ScheduleForm, preview_schedule};

/// Fields that show their own message.
const FIELDS: &[&str] = &[
    "name",
    "agent",
    "timing",
    "cron",
    "at",
    "zone",
    "end_at",
    "message",
    "overlap",
    "missed",
    "missed_limit",
    "priority",
];
/// How long typing rests before the server is asked.
const REST: Duration = Duration::from_millis(300);

/// What is typed about time.
#[derive(Debug, Clone, Copy)]
struct When {
    timing: RwSignal<String>,
    cron: RwSignal<String>,
    at: RwSignal<String>,
    zone: RwSignal<String>,
    end_at: RwSignal<String>,
}

impl When {
    fn of(draft: &ScheduleDraft) -> Self {
        Self {
            timing: RwSignal::new(draft.timing.clone()),
            cron: RwSignal::new(draft.cron.clone()),
            at: RwSignal::new(draft.at.clone()),
            zone: RwSignal::new(draft.zone.clone()),
            end_at: RwSignal::new(draft.end_at.clone()),
        }
    }

    fn draft(self) -> ScheduleDraft {
        ScheduleDraft {
            timing: self.timing.get(),
            cron: self.cron.get(),
            at: self.at.get(),
            zone: self.zone.get(),
            end_at: self.end_at.get(),
            ..ScheduleDraft::default()
        }
    }
}

/// The latest answer about what is typed: when it fires, or what is wrong.
fn follow(
    workspace: String,
    when: When,
    first: Option<Preview>,
) -> (RwSignal<Option<Preview>>, RwSignal<Option<Problem>>) {
    let (preview, problem) = (RwSignal::new(first), RwSignal::new(None));
    let latest = StoredValue::new(0_u32);
    Effect::new(move |seen: Option<()>| {
        let draft = when.draft();
        if seen.is_none() {
            return;
        }
        let turn = latest.get_value() + 1;
        latest.set_value(turn);
        let workspace = workspace.clone();
        let ask = move || {
            spawn_local(async move {
                let answer = preview_schedule(workspace, draft).await;
                // Something newer was typed meanwhile, or the page is gone.
                if latest.try_get_value() != Some(turn) {
                    return;
                }
                match answer.map_err(|AppError(wrong)| wrong).flatten() {
                    Ok(found) => {
                        preview.try_set(Some(found));
                        problem.try_set(None);
                    }
                    Err(wrong) => {
                        preview.try_set(None);
                        problem.try_set(Some(wrong));
                    }
                }
            });
        };
        if let Ok(timer) = set_timeout_with_handle(ask, REST) {
            on_cleanup(move || timer.clear());
        }
    });
    (preview, problem)
}

/// The fields of a schedule, its preview and its buttons; stands inside an `ActionForm`.
#[component]
pub fn ScheduleFields(
    #[prop(into)] workspace: String,
    form: ScheduleForm,
    /// What the last try to save answered.
    problem: Signal<Option<Problem>>,
    pending: Signal<bool>,
    /// "Create schedule" and what it says while it works.
    words: (&'static str, &'static str),
    /// Where to go without saving.
    #[prop(into)]
    back: String,
) -> impl IntoView {
    let draft = form.draft;
    let when = When::of(&draft);
    let (preview, typed_problem) = follow(workspace.clone(), when, form.preview);
    // What is typed now counts more than what was sent before.
    let error = move |field: &'static str| {
        Signal::derive(move || {
            let of = |problem: &Option<Problem>| problem.as_ref()?.for_field(field).map(str::to_owned);
            typed_problem.with(of).or_else(|| problem.with(of))
        })
    };
    let agents = StoredValue::new(form.agents);
    let first = agents.with_value(|agents| agents.first().map(|agent| agent.id.to_string()));
    let chosen =
        RwSignal::new(if draft.agent.is_empty() { first.unwrap_or_default() } else { draft.agent.clone() });
    view! {
        <FormProblem title="The schedule was not saved" problem=problem fields=FIELDS />
        <input type="hidden" name="workspace" value=workspace />
        <div class="grid gap-4 lg:grid-cols-[minmax(0,1.2fr)_minmax(0,1fr)] items-start">
            <div class="grid gap-4 min-w-0">
                <WhatPanel draft=draft.clone() agents=agents chosen=chosen error=Callback::new(error) />
                <PolicyPanel draft=draft error=Callback::new(error) />
            </div>
            <div class="grid gap-4 min-w-0">
                <WhenPanel when=when error=Callback::new(error) />
                <Panel id="next-times" title="Next five times">
                    <div class="p-3.5"><NextTimes preview=preview /></div>
                </Panel>
                <div class="flex flex-wrap justify-end gap-2">
                    <LinkButton href=back>"Discard"</LinkButton>
                    <Button kind=ButtonKind::Submit variant=ButtonVariant::Primary busy=pending>
                        {move || if pending.get() { words.1 } else { words.0 }}
                    </Button>
                </div>
            </div>
        </div>
    }
}

type ErrorOf = Callback<&'static str, Signal<Option<String>>>;

#[component]
fn WhatPanel(
    draft: ScheduleDraft,
    agents: StoredValue<Vec<RunnableAgent>>,
    chosen: RwSignal<String>,
    error: ErrorOf,
) -> impl IntoView {
    let options = agents.with_value(|agents| {
        let option = |agent: &RunnableAgent| SelectOption::new(agent.id.to_string(), agent.title.clone());
        agents.iter().map(option).collect::<Vec<_>>()
    });
    let none = options.is_empty().then(|| {
        view! {
            <p class="text-warning-text">"No agent is published. Publish one first, then come back."</p>
        }
    });
    let hint = move || {
        let chosen = chosen.read();
        agents.with_value(|agents| {
            let agent = agents.iter().find(|agent| agent.id.to_string() == *chosen)?;
            let default = domain::text::headline(&agent.message, 80);
            let has_none = default.is_empty();
            Some(if has_none {
                "This agent has no default message, so write one.".to_owned()
            } else {
                format!("Empty for the agent's own: {default}")
            })
        })
    };
    let given = StoredValue::new(draft.vars);
    let values = move || {
        let chosen = chosen.read();
        let agent =
            agents.with_value(|agents| agents.iter().find(|agent| agent.id.to_string() == *chosen).cloned());
        let fields = agent.into_iter().flat_map(|agent| agent.variables).map(|(name, default)| {
            let value = given.with_value(|given| given.get(&name).cloned()).unwrap_or_default();
            view! {
                <TextInput
                    name=format!("draft[vars][{name}]")
                    id=format!("var-{name}")
                    label=name
                    mark="variable"
                    placeholder=default
                    value=value
                />
            }
        });
        fields.collect_view()
    };
    view! {
        <Panel id="what" title="What runs">
            <div class="p-3.5 grid gap-4">
                <TextInput
                    name="draft[name]"
                    id="name"
                    label="Name"
                    value=draft.name
                    error=error.run("name")
                    maxlength=120_u32
                    required=true
                />
                {none}
                <Select
                    name="draft[agent]"
                    id="agent"
                    label="Agent"
                    options=Signal::stored(options)
                    value=chosen
                    error=error.run("agent")
                    hint="Its published version runs, whichever that is at the time."
                    on_change=move |value| chosen.set(value)
                />
                <TextArea
                    name="draft[message]"
                    id="message"
                    label="Message"
                    mark="optional"
                    rows=3
                    value=draft.message
                    hint=Signal::derive(hint)
                    error=error.run("message")
                />
                {values}
            </div>
        </Panel>
    }
}

#[component]
fn WhenPanel(when: When, error: ErrorOf) -> impl IntoView {
    let kinds = vec![SelectOption::new("cron", "Again and again"), SelectOption::new("once", "Once")];
    let is_once = move || when.timing.read().as_str() == "once";
    // Both are sent; the choice says which counts. Without a script both are shown.
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    let hidden = move |is_shown: bool| if alive.get() && !is_shown { "hidden" } else { "" };
    view! {
        <Panel id="when" title="When">
            <div class="p-3.5 grid gap-4">
                <Select
                    name="draft[timing]"
                    id="timing"
                    label="Repeats"
                    options=Signal::stored(kinds)
                    value=when.timing
                    error=error.run("timing")
                    on_change=move |value| when.timing.set(value)
                />
                <div class=move || hidden(!is_once())>
                    <TextInput
                        name="draft[cron]"
                        id="cron"
                        label="Cron expression"
                        mark="minute, hour, day, month, weekday"
                        bind=when.cron
                        input_class="input-mono"
                        spellcheck_off=true
                        maxlength=120_u32
                        error=error.run("cron")
                    />
                </div>
                <div class=move || hidden(is_once())>
                    <TextInput
                        name="draft[at]"
                        id="at"
                        label="Time"
                        input_type="datetime-local"
                        bind=when.at
                        error=error.run("at")
                    />
                </div>
                <TextInput
                    name="draft[zone]"
                    id="zone"
                    label="Time zone"
                    bind=when.zone
                    spellcheck_off=true
                    hint="Such as Europe/Berlin or America/New_York. Clock changes are followed."
                    error=error.run("zone")
                />
                <TextInput
                    name="draft[end_at]"
                    id="end_at"
                    label="Ends"
                    mark="optional, in this time zone"
                    input_type="datetime-local"
                    bind=when.end_at
                    error=error.run("end_at")
                />
            </div>
        </Panel>
    }
}

#[component]
fn PolicyPanel(draft: ScheduleDraft, error: ErrorOf) -> impl IntoView {
    let overlaps = Overlap::ALL.iter().map(|policy| SelectOption::new(policy.word(), policy.sentence()));
    let priorities = Priority::ALL
        .iter()
        .map(|priority| SelectOption::new(priority.number().to_string(), priority.sentence()));
    let missed = vec![
        SelectOption::new("once", "Run once when a server is back"),
        SelectOption::new("all", "Run every missed time, up to the number below"),
        SelectOption::new("skip", "Do not catch up"),
    ];
    view! {
        <Panel id="policies" title="When it cannot run on time">
            <div class="p-3.5 grid gap-4">
                <Select
                    name="draft[overlap]"
                    id="overlap"
                    label="If the last execution is still going"
                    options=Signal::stored(overlaps.collect::<Vec<_>>())
                    value=Signal::stored(draft.overlap)
                    error=error.run("overlap")
                />
                <Select
                    name="draft[missed]"
                    id="missed"
                    label="If no server was running"
                    options=Signal::stored(missed)
                    value=Signal::stored(draft.missed)
                    error=error.run("missed")
                />
                <TextInput
                    name="draft[missed_limit]"
                    id="missed_limit"
                    label="Missed times to catch up"
                    mark="1 to 100"
                    input_type="number"
                    min="1"
                    max="100"
                    value=draft.missed_limit
                    error=error.run("missed_limit")
                    class="max-w-48"
                />
                <Select
                    name="draft[priority]"
                    id="priority"
                    label="If other executions wait"
                    options=Signal::stored(priorities.collect::<Vec<_>>())
                    value=Signal::stored(draft.priority)
                    error=error.run("priority")
                />
            </div>
        </Panel>
    }
}
