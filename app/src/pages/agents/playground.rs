//! Try an agent: a message, values for its variables, a version; the answer appears as it comes.
//! The conversation on screen is in the address, so a reload continues where it was.

use std::collections::BTreeMap;

use domain::Permission;
use domain::agents::AgentVersionRow;
use domain::executions::{ExecutionDetail, StartDraft, Status};
use leptos::server_fn::ServerFn as _;
use leptos::{ev, prelude::*};
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::detail::Here;
use super::thread::{Latest, Turn, TurnView, load_thread};
use crate::components::button::{Button, ButtonKind, ButtonVariant};
use crate::components::empty_state::EmptyState;
use crate::components::kbd::Kbd;
use crate::components::panel::Panel;
use crate::components::select::{Select, SelectOption};
use crate::components::skeleton::SkeletonText;
use crate::components::text_area::TextArea;
use crate::components::text_input::TextInput;
use crate::error::AppError;
use crate::kept::kept;
use crate::live::Story;
use crate::once::once;
use crate::pages::executions::address::{use_query_value, with_query};
use crate::pages::executions::failure::LoadFailed;
use crate::pages::workspace::form::{FormProblem, problem_of, wrong};
use crate::pages::workspace::here::may;
use crate::server_fns::agents::list_versions;
use crate::server_fns::executions::{FollowUp, ShownExecution, StartExecution, name_form};

/// The playground of an agent.
#[component]
pub fn Playground(here: Here) -> impl IntoView {
    // Read once: later the page itself changes the address, and must not load what it shows.
    let asked = use_query_value("execution").get_untracked();
    let stored = Resource::new(
        move || asked.clone(),
        move |asked| async move {
            let (workspace, agent) = (here.workspace.get_value(), here.agent.get_untracked().id);
            let turns = load_thread(workspace.clone(), asked).await?;
            let form = name_form(workspace.clone()).await?;
            Ok::<_, AppError>((turns, list_versions(workspace, agent).await?, form))
        },
    );
    let retry = Callback::new(move |()| stored.refetch());
    view! {
        <Transition fallback=|| view! { <SkeletonText label="Loading the playground" block=true /> }>
            {once(move || Suspend::new(async move {
                match stored.await {
                    Ok((turns, versions, form)) => {
                        view! { <Conversation here=here first=turns versions=versions form=form /> }.into_any()
                    }
                    Err(error) => {
                        view! { <LoadFailed title="The playground could not be loaded" error=error on_retry=retry /> }
                            .into_any()
                    }
                }
            }))}
        </Transition>
    }
}

fn version_options(versions: &[AgentVersionRow]) -> Vec<SelectOption> {
    let draft = SelectOption::new("draft", "Draft");
    let numbered = versions.iter().map(|version| {
        let live = if version.published { ", live" } else { "" };
        SelectOption::new(version.number.to_string(), format!("v{}{live}", version.number))
    });
    std::iter::once(draft).chain(numbered).collect()
}

/// A variable of the draft and the value typed for this run.
#[derive(Debug, Clone)]
struct Value {
    name: String,
    default: String,
    typed: RwSignal<String>,
}

#[component]
fn Conversation(
    here: Here,
    first: Vec<Turn>,
    versions: Vec<AgentVersionRow>,
    /// The name of the form, for its first start.
    form: String,
) -> impl IntoView {
    let known =
        first.last().map(|(shown, _)| Latest { id: shown.detail.row.id, status: shown.detail.row.status });
    let turns = RwSignal::new(first);
    let latest = RwSignal::new(known);
    // Each start is another form to the server; one that is not answered is sent again under its name.
    let starts = RwSignal::new(0_u32);
    let form = Signal::derive(move || format!("{form}-{}", starts.get()));
    let typed = kept::<StartExecution>().and_then(|typed| typed.start.message);
    let typed = typed.or_else(|| kept::<FollowUp>().map(|typed| typed.message));
    let text = RwSignal::new(typed.unwrap_or_default());
    let start = ServerAction::<StartExecution>::new();
    let follow = ServerAction::<FollowUp>::new();
    let navigate = use_navigate();
    let show = Callback::new(move |address: String| {
        let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        navigate(&address, options);
    });
    let add = move |detail: ExecutionDetail, is_new: bool| {
        let id = detail.row.id.to_string();
        starts.update(|starts| *starts += 1);
        latest.set(Some(Latest { id: detail.row.id, status: detail.row.status }));
        let turn = (ShownExecution { detail, output_html: None }, Story::default());
        turns.update(|turns| {
            if is_new {
                turns.clear();
            }
            turns.push(turn);
        });
        text.set(String::new());
        show.run(with_query(&here.tab("playground"), &[("execution", &id)]));
    };
    let (started, followed) = (start.value(), follow.value());
    Effect::new(move |_| {
        if let Some(Ok(detail)) = started.get() {
            add(detail, true);
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(detail)) = followed.get() {
            add(detail, false);
        }
    });
    let clear = Callback::new(move |()| {
        turns.set(Vec::new());
        latest.set(None);
        show.run(here.tab("playground"));
    });
    let is_any = Memo::new(move |_| !turns.read().is_empty());
    // Only whether there are turns decides here: turns that are on screen stay as they are.
    let thread = move || {
        if is_any.get() {
            view! {
                <For each=move || turns.get() key=|(shown, _)| shown.detail.row.id let(turn)>
                    <TurnView here=here turn=turn latest=latest />
                </For>
            }
            .into_any()
        } else {
            view! {
                <EmptyState
                    icon="play"
                    title="Nothing run yet"
                    text="Write a message, or leave it empty to use the default message, and run the agent."
                />
            }
            .into_any()
        }
    };
    let head = ViewFn::from(move || {
        move || {
            is_any.get().then(|| {
                view! {
                    <div class="ml-auto">
                        <Button variant=ButtonVariant::Ghost icon="plus" on_press=clear>"New conversation"</Button>
                    </div>
                }
            })
        }
    });
    view! {
        <div class="grid gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1.5fr)] items-start">
            <Composer here=here versions=versions text=text latest=latest form=form start=start follow=follow />
            <Panel id="conversation" title="Conversation" head=head class="overflow-hidden">
                {thread}
            </Panel>
        </div>
    }
}

#[component]
fn Composer(
    here: Here,
    versions: Vec<AgentVersionRow>,
    text: RwSignal<String>,
    latest: RwSignal<Option<Latest>>,
    form: Signal<String>,
    start: ServerAction<StartExecution>,
    follow: ServerAction<FollowUp>,
) -> impl IntoView {
    let agent = here.agent.get_untracked();
    let typed = kept::<StartExecution>().map(|typed| typed.start).unwrap_or_default();
    let values: Vec<_> = agent
        .config
        .variables
        .iter()
        .map(|(name, value)| Value {
            name: name.clone(),
            default: value.clone(),
            typed: RwSignal::new(typed.vars.get(name).unwrap_or(value).clone()),
        })
        .collect();
    let values = StoredValue::new(values);
    let version = RwSignal::new(if typed.version.is_empty() { "draft".to_owned() } else { typed.version });
    let goes_on = Memo::new(move |_| {
        latest.get().filter(|latest| latest.status == Status::Succeeded).map(|latest| latest.id)
    });
    // What the form itself sends, before the page answers to the script. A conversation whose answer is still to
    // come is continued too: the server refuses that, while another start would run the agent once more.
    let talk = Memo::new(move |_| {
        let latest =
            latest.get().filter(|latest| latest.status == Status::Succeeded || !latest.status.is_final());
        latest.map(|latest| latest.id)
    });
    let busy = Signal::derive(move || start.pending().get() || follow.pending().get());
    let may_run = may(Permission::ExecutionsWrite);
    let reason = Signal::derive(move || {
        let agent = here.agent.read();
        if !may_run {
            Some("Members of the workspace can run agents.".to_owned())
        } else if agent.archived_at.is_some() {
            Some("The agent is archived.".to_owned())
        } else {
            let is_active = latest.get().is_some_and(|latest| !latest.status.is_final());
            is_active.then(|| "Wait for the answer, or cancel it.".to_owned())
        }
    });
    let id = agent.id;
    let run = Callback::new(move |()| {
        if busy.get_untracked() || reason.get_untracked().is_some() {
            return;
        }
        let (workspace, message) = (here.workspace.get_value(), text.get_untracked());
        if let Some(execution) = goes_on.get_untracked() {
            follow.dispatch(FollowUp { workspace, execution, message, form: form.get_untracked() });
            return;
        }
        let version = version.get_untracked();
        // Another version may not know every variable of the draft: only what was changed is sent.
        let is_draft = version == "draft";
        let vars: BTreeMap<_, _> = values.with_value(|values| {
            let wanted = values
                .iter()
                .filter(|value| is_draft || value.typed.read_untracked().as_str() != value.default);
            wanted.map(|value| (value.name.clone(), value.typed.get_untracked())).collect()
        });
        let message = (!message.trim().is_empty()).then_some(message);
        start.dispatch(StartExecution {
            workspace,
            agent: id,
            start: StartDraft { message, vars, version, ..StartDraft::default() },
            form: form.get_untracked(),
        });
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        run.run(());
    };
    let (start_problem, follow_problem) = (problem_of(start), problem_of(follow));
    let message_error = Signal::derive(move || {
        let problem = if goes_on.get().is_some() { follow_problem.get() } else { start_problem.get() };
        problem?.for_field("message").map(str::to_owned)
    });
    let hint = Signal::derive(move || {
        let default = here.agent.read().config.message.clone();
        (goes_on.get().is_none() && !default.is_empty())
            .then(|| format!("Empty means the default: {default}"))
    });
    let inputs = values.with_value(|values| {
        let input = |value: &Value| {
            let name = &value.name;
            let error = {
                let field = format!("vars.{name}");
                Signal::derive(move || start_problem.get()?.for_field(&field).map(str::to_owned))
            };
            view! {
                <TextInput
                    name=format!("start[vars][{name}]")
                    id=format!("var-{name}")
                    label=name.clone()
                    bind=value.typed
                    error=error
                />
            }
        };
        values.iter().map(input).collect_view()
    });
    let setup = {
        let is_open = move || goes_on.get().is_none();
        let hidden = move || if is_open() { "grid gap-3" } else { "hidden" };
        view! {
            <div class=hidden>
                <Select
                    name="start[version]"
                    id="version"
                    label="Version"
                    options=Signal::stored(version_options(&versions))
                    value=version
                    error=wrong(start_problem, "version")
                    on_change=move |chosen| version.set(chosen)
                />
                {inputs}
            </div>
        }
    };
    let verb = move || match (busy.get(), goes_on.get().is_some(), version.read().as_str() == "draft") {
        (true, _, _) => "Starting".to_owned(),
        (false, true, _) => "Send".to_owned(),
        (false, false, true) => "Run draft".to_owned(),
        (false, false, false) => format!("Run v{}", version.read()),
    };
    let action = move || if talk.get().is_some() { FollowUp::url() } else { StartExecution::url() };
    let message_name =
        Signal::derive(move || if talk.get().is_some() { "message" } else { "start[message]" }.to_owned());
    let continued =
        move || talk.get().map(|id| view! { <input type="hidden" name="execution" value=id.to_string() /> });
    view! {
        <Panel id="composer" title="Playground">
            <form method="post" action=action on:submit=submit>
                <div class="p-3.5 grid gap-3">
                    <input type="hidden" name="workspace" value=here.workspace.get_value() />
                    <input type="hidden" name="agent" value=id.to_string() />
                    <input type="hidden" name="form" autocomplete="off" value=move || form.get() />
                    {continued}
                    {setup}
                    <TextArea
                        name=message_name
                        id="playground-message"
                        label="Message"
                        bind=text
                        rows=5
                        error=message_error
                        hint=hint
                        on_submit=run
                    />
                    <FormProblem title="It was not started" problem=start_problem fields=&["message", "version"] />
                    <FormProblem title="The message was not sent" problem=follow_problem fields=&["message"] />
                    <div class="flex items-center justify-end gap-2">
                        <Kbd keys="Ctrl Enter" />
                        <Button
                            kind=ButtonKind::Submit
                            variant=ButtonVariant::Primary
                            icon="play"
                            shortcut="Control+Enter"
                            busy=busy
                            disabled_reason=reason
                        >
                            {verb}
                        </Button>
                    </div>
                </div>
            </form>
        </Panel>
    }
}
