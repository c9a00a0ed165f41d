//! The draft of an agent. The browser checks with the parser the server uses; what is typed is kept
//! through errors, also when somebody else saved first.

use domain::agents::{AgentDraft, Runtime};
use domain::{Kind, Permission};
use leptos::server_fn::ServerFn as _;
use leptos::{ev, prelude::*};

use super::ask::AskPanel;
use super::detail::Here;
use super::draft_form::DraftFields;
use super::field_names::label;
use super::limits::LimitsPanel;
use super::new::runtimes;
use super::variables::{AddVariableForm, Variables};
use crate::browser;
use crate::components::button::{Button, ButtonKind, ButtonSize, ButtonVariant};
use crate::components::note::{Note, NoteTone};
use crate::components::panel::Panel;
use crate::components::select::Select;
use crate::components::text_area::TextArea;
use crate::components::text_input::TextInput;
use crate::components::toast::{Toast, use_toasts};
use crate::kept::kept;
use crate::pages::executions::address::use_query_value;
use crate::pages::workspace::form::{FormProblem, problem_of};
use crate::pages::workspace::here::may;
use crate::server_fns::agents::{UpdateAgent, get_agent};
use crate::shell::leaving::LeaveGuard;

/// What is wrong with a field: the browser's own check, or before that the server's answer.
pub type FieldError = Callback<&'static str, Option<String>>;

/// The form with the draft.
#[component]
pub fn Configuration(here: Here) -> impl IntoView {
    let agent = here.agent.get_untracked();
    let id = agent.id;
    let typed = kept::<UpdateAgent>().filter(|typed| typed.agent == id);
    // Not the revision of `here`: a publish may move that while somebody types on an older one.
    let based_on = RwSignal::new(typed.as_ref().map_or(agent.revision, |typed| typed.revision));
    let fields = DraftFields::of(typed.map_or_else(|| AgentDraft::of(&agent.config), |typed| typed.draft));
    let added = use_query_value("variable").get_untracked();
    if !added.is_empty() && !agent.config.variables.contains_key(&added) {
        fields.add_variable(added, String::new());
    }
    let update = ServerAction::<UpdateAgent>::new();
    let value = update.value();
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(saved)) = value.get() {
            based_on.set(saved.revision);
            here.agent.set(saved);
            toasts.show(Toast::success("Draft saved"));
        }
    });
    let problem = problem_of(update);
    let hints = Memo::new(move |_| fields.hints());
    let error: FieldError = Callback::new(move |field: &'static str| {
        let found = if fields.is_checked.get() { hints.get() } else { problem.get() };
        let found = found.filter(|problem| problem.kind != Kind::StaleRevision)?;
        found.for_field(field).map(str::to_owned)
    });
    let stale = Signal::derive(move || problem.get().filter(|problem| problem.kind == Kind::StaleRevision));
    let other = Signal::derive(move || problem.get().filter(|problem| problem.kind != Kind::StaleRevision));
    let load = Callback::new(move |()| {
        leptos::task::spawn_local(async move {
            let (workspace, slug) = (here.workspace.get_value(), here.agent.get_untracked().slug);
            if let Ok(agent) = get_agent(workspace, slug).await {
                based_on.set(agent.revision);
                fields.show(AgentDraft::of(&agent.config));
                update.clear();
                here.agent.set(agent);
            }
        });
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        fields.is_checked.set(true);
        let draft = untrack(|| fields.draft());
        if draft.parse().is_err() {
            // After the errors are on the page.
            set_timeout(
                || {
                    browser::focus_match("#configuration [aria-invalid=true]");
                },
                std::time::Duration::from_millis(20),
            );
            return;
        }
        let workspace = here.workspace.get_value();
        update.dispatch(UpdateAgent { workspace, agent: id, revision: based_on.get_untracked(), draft });
    };
    save_by_key();
    // What the server would store counts, not spaces at the end.
    let unsaved = Memo::new(move |_| {
        let draft = fields.draft();
        let draft = draft.parse().map_or(draft, |config| AgentDraft::of(&config));
        draft != AgentDraft::of(&here.agent.read().config)
    });
    let is_locked = !may(Permission::AgentsWrite) || agent.archived_at.is_some();
    view! {
        <form id="configuration" method="post" action=UpdateAgent::url() novalidate=true on:submit=submit>
            <input type="hidden" name="workspace" value=here.workspace.get_value() />
            <input type="hidden" name="agent" value=id.to_string() />
            <input type="hidden" name="revision" value=move || based_on.get().to_string() />
            {move || stale.get().map(|problem| view! { <Stale here=here problem=problem load=load /> })}
            <FormProblem title="The draft was not saved" problem=other />
            <fieldset disabled=is_locked>
                <legend class="sr-only">"Configuration"</legend>
                <div class="grid gap-4 lg:grid-cols-[minmax(0,1.5fr)_minmax(0,1fr)] items-start">
                    <div class="grid gap-4 min-w-0">
                        <Texts fields=fields error=error />
                    </div>
                    <div class="grid gap-4 min-w-0">
                        <Variables fields=fields />
                        <RuntimePanel fields=fields error=error />
                        <LimitsPanel fields=fields error=error />
                        <AskPanel fields=fields error=error />
                    </div>
                </div>
                {(!is_locked).then(|| view! { <SaveBar unsaved=unsaved busy=update.pending() /> })}
            </fieldset>
        </form>
        <AddVariableForm action=here.tab("configuration") />
        <LeaveGuard unsaved=unsaved />
    }
}

/// Ctrl S saves.
fn save_by_key() {
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, move |event: ev::KeyboardEvent| {
            let is_save = (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("s");
            if is_save && !browser::has_open_dialog() && browser::click("#save-draft") {
                event.prevent_default();
            }
        });
        on_cleanup(move || listener.remove());
    });
}

#[component]
fn SaveBar(unsaved: Memo<bool>, busy: Memo<bool>) -> impl IntoView {
    let state = move || if unsaved.get() { "Unsaved changes" } else { "Everything is saved" };
    view! {
        <div class="dock mt-4">
            <span class="text-muted" role="status">{state}</span>
            <div class="ml-auto">
                <Button
                    id="save-draft"
                    kind=ButtonKind::Submit
                    variant=ButtonVariant::Primary
                    shortcut="Control+S"
                    busy=busy
                >
                    {move || if busy.get() { "Saving draft" } else { "Save draft" }}
                </Button>
            </div>
        </div>
    }
}

/// Somebody else saved first: who changed what, and the way to their draft.
#[component]
fn Stale(here: Here, problem: domain::Problem, load: Callback<()>) -> impl IntoView {
    let rows = problem
        .fields
        .iter()
        .map(|error| view! { <li>{format!("{}: {}", label(&error.field), error.message)}</li> })
        .collect_view();
    view! {
        <Note tone=NoteTone::Warn class="mb-4" alert=true title="Somebody else changed the draft meanwhile">
            <p>{problem.message}</p>
            <ul class="mt-1">{rows}</ul>
            <p class="mt-1">"What you typed is still here. Copy what you need before you load their draft."</p>
            <div class="mt-2.5 needs-script">
                <Button size=ButtonSize::Small icon="rotate-cw" on_press=load>"Load their draft"</Button>
            </div>
            <p class="mt-2.5 without-script">
                <a class="link" href=here.tab("configuration")>"Load their draft"</a>
            </p>
        </Note>
    }
}

#[component]
fn Texts(fields: DraftFields, error: FieldError) -> impl IntoView {
    let check = move |_: String| fields.is_checked.set(true);
    let wrong = move |field: &'static str| Signal::derive(move || error.run(field));
    let undefined = Memo::new(move |_| fields.undefined());
    let fixes = move || {
        let names = undefined.get();
        (!names.is_empty()).then(|| {
            let buttons = names
                .into_iter()
                .map(|name| {
                    let added = name.clone();
                    view! {
                        <Button
                            size=ButtonSize::Small
                            icon="plus"
                            on_press=move |()| fields.add_variable(added.clone(), String::new())
                        >
                            {format!("Add variable {name}")}
                        </Button>
                    }
                })
                .collect_view();
            view! { <div class="flex flex-wrap gap-2">{buttons}</div> }
        })
    };
    view! {
        <Panel id="texts" title="Instructions">
            <div class="p-3.5 grid gap-4">
                <TextInput
                    name="draft[title]"
                    id="title"
                    label="Title"
                    bind=fields.title
                    error=wrong("title")
                    maxlength=120_u32
                    required=true
                    on_blur=check
                />
                <TextArea
                    name="draft[description]"
                    id="description"
                    label="Description"
                    mark="optional, for people"
                    bind=fields.description
                    rows=2
                    error=wrong("description")
                    on_blur=check
                />
                <TextArea
                    name="draft[instructions]"
                    id="instructions"
                    label="Instructions"
                    mark="what the agent is told"
                    bind=fields.instructions
                    rows=16
                    input_class="textarea-mono"
                    error=wrong("instructions")
                    hint="Words in braces, such as {company}, are variables."
                    on_blur=check
                />
                <TextArea
                    name="draft[message]"
                    id="message"
                    label="Default message"
                    mark="optional"
                    bind=fields.message
                    rows=3
                    error=wrong("message")
                    hint="Used when an execution brings no message of its own."
                    on_blur=check
                />
                {fixes}
            </div>
        </Panel>
    }
}

#[component]
fn RuntimePanel(fields: DraftFields, error: FieldError) -> impl IntoView {
    let check = move |_: String| fields.is_checked.set(true);
    let wrong = move |field: &'static str| Signal::derive(move || error.run(field));
    let is_toolhouse = Signal::derive(move || *fields.runtime.read() == Runtime::Toolhouse.word());
    // Hidden and still sent: changing the runtime back loses nothing.
    let only_toolhouse = move || if is_toolhouse.get() { "" } else { "hidden" };
    let model_mark = "as the runtime names it";
    view! {
        <Panel id="runtime-panel" title="Runtime and model">
            <div class="p-3.5 grid gap-4">
                <Select
                    name="draft[runtime]"
                    id="runtime"
                    label="Runtime"
                    options=Signal::stored(runtimes())
                    value=fields.runtime
                    error=wrong("runtime")
                    on_change=move |word| fields.runtime.set(word)
                />
                <div class=only_toolhouse>
                    <TextInput
                        name="draft[toolhouse_agent_id]"
                        id="toolhouse-agent-id"
                        label="Toolhouse agent id"
                        mark="optional"
                        bind=fields.toolhouse_agent_id
                        error=wrong("toolhouse_agent_id")
                        input_class="input-mono"
                        spellcheck_off=true
                        hint="An agent that exists at Toolhouse. It is only called, never overwritten."
                        on_blur=check
                    />
                </div>
                <TextInput
                    name="draft[model]"
                    id="model"
                    label="Model"
                    mark=model_mark
                    bind=fields.model
                    error=wrong("model")
                    input_class="input-mono"
                    spellcheck_off=true
                    on_blur=check
                />
                <TextArea
                    name="draft[tools]"
                    id="tools"
                    label="Tools"
                    mark="optional"
                    bind=fields.tools
                    error=wrong("tools")
                    rows=3
                    hint="Ids of tools, one on a line, for the runtime model. Add @3 to stay at version 3."
                    on_blur=check
                />
                <div class="grid grid-cols-2 gap-3">
                    <TextInput
                        name="draft[parameters][temperature]"
                        id="temperature"
                        label="Temperature"
                        mark="0 to 2"
                        bind=fields.temperature
                        inputmode="decimal"
                        error=wrong("parameters.temperature")
                        on_blur=check
                    />
                    <TextInput
                        name="draft[parameters][max_output_tokens]"
                        id="max-output-tokens"
                        label="Longest answer"
                        mark="tokens"
                        bind=fields.max_output_tokens
                        inputmode="numeric"
                        error=wrong("parameters.max_output_tokens")
                        on_blur=check
                    />
                </div>
            </div>
        </Panel>
    }
}
