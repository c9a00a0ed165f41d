//! A new batch: an agent, a file or pasted rows, a report on them, and the start.

use domain::agents::RunnableAgent;
use domain::batches::{BatchDraft, MAX_BYTES};
use domain::{Permission, Problem};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::report::{ProblemTable, ReportPanel, of_refusal};
use crate::components::button::{Button, ButtonKind, ButtonVariant, LinkButton};
use crate::components::empty_state::EmptyState;
use crate::components::note::{Note, NoteTone};
use crate::components::panel::{PageHead, Panel};
use crate::components::select::{Select, SelectOption};
use crate::components::skeleton::SkeletonText;
use crate::components::text_area::TextArea;
use crate::components::text_input::TextInput;
use crate::error::AppError;
use crate::kept::kept;
use crate::once::once;
use crate::pages::agents::file_input::FileInput;
use crate::pages::executions::address::use_workspace;
use crate::pages::executions::failure::LoadFailed;
use crate::pages::workspace::form::{FormProblem, problem_of};
use crate::pages::workspace::here::may;
use crate::server_fns::batches::{CheckBatch, CreateBatch, batch_agents};

/// Starts a batch.
#[component]
pub fn NewBatchPage() -> impl IntoView {
    let workspace = use_workspace();
    let agents = Resource::new(move || workspace.get(), batch_agents);
    let retry = Callback::new(move |()| agents.refetch());
    let may_write = may(Permission::ExecutionsWrite);
    view! {
        <Title text="New batch" />
        <PageHead title="New batch" />
        <Transition fallback=|| view! { <SkeletonText label="Loading the form" block=true /> }>
            {once(move || Suspend::new(async move {
                let workspace = workspace.get_untracked();
                match agents.await {
                    Err(error) => {
                        view! { <LoadFailed title="The form could not be loaded" error=error on_retry=retry /> }.into_any()
                    }
                    Ok(_) if !may_write => view! {
                        <Note tone=NoteTone::Warn title="You may not start batches" icon="lock">
                            "This needs the role member or higher. Ask an owner or admin of the workspace."
                        </Note>
                    }
                    .into_any(),
                    Ok(agents) if agents.is_empty() => view! {
                        <section class="panel" aria-label="New batch">
                            <EmptyState icon="bot" title="No agent is published" text="A batch runs the published version of an agent.">
                                <LinkButton href=format!("/w/{workspace}/agents")>"Show agents"</LinkButton>
                            </EmptyState>
                        </section>
                    }
                    .into_any(),
                    Ok(agents) => view! { <BatchForm workspace=workspace agents=agents /> }.into_any(),
                }
            }))}
        </Transition>
    }
}

/// What is wrong with one field, as the last start or the last check says.
fn told(problem: Option<&Problem>, field: &str) -> Option<String> {
    problem?.for_field(field).map(str::to_owned)
}

#[component]
fn BatchForm(workspace: String, agents: Vec<RunnableAgent>) -> impl IntoView {
    let create = ServerAction::<CreateBatch>::new();
    let check = ServerAction::<CheckBatch>::new();
    let made = create.value();
    let navigate = use_navigate();
    let list = format!("/w/{workspace}/batches");
    Effect::new(move |_| {
        if let Some(Ok(batch)) = made.get() {
            navigate(&format!("{list}/{}", batch.id), NavigateOptions::default());
        }
    });
    let refused = problem_of(create);
    let checked = check.value();
    let check_refused = Signal::derive(move || {
        checked.with(|value| match value {
            Some(Err(AppError(problem))) => Some(problem.clone()),
            Some(Ok(_)) | None => None,
        })
    });
    let error = move |field: &'static str| {
        Signal::derive(move || {
            check_refused
                .with(|problem| told(problem.as_ref(), field))
                .or_else(|| refused.with(|problem| told(problem.as_ref(), field)))
        })
    };
    let report = move || {
        checked.with(|value| match value {
            Some(Ok(report)) => Some(view! { <ReportPanel report=report.clone() /> }),
            Some(Err(_)) | None => None,
        })
    };
    let wrong_rows = move || {
        let wrong = refused.with(|problem| problem.as_ref().map(of_refusal).unwrap_or_default());
        (!wrong.is_empty()).then(|| {
            view! {
                <Panel id="problems" title="Problems" class="mb-4">
                    <ProblemTable wrong=wrong />
                </Panel>
            }
        })
    };
    let options: Vec<_> =
        agents.iter().map(|agent| SelectOption::new(agent.id.to_string(), agent.title.clone())).collect();
    let typed = kept::<CreateBatch>().map(|typed| typed.draft);
    let first = options.first().map(|option| option.value.clone()).unwrap_or_default();
    let typed =
        typed.unwrap_or(BatchDraft { agent: first, rows_at_once: "50".to_owned(), ..BatchDraft::default() });
    let chosen = RwSignal::new(typed.agent);
    let agents = StoredValue::new(agents);
    let columns = Signal::derive(move || {
        let chosen = chosen.read();
        let found = agents.with_value(|agents| {
            agents.iter().find(|agent| agent.id.to_string() == *chosen).map(|agent| agent.variables.clone())
        });
        let names: Vec<_> = std::iter::once("message".to_owned()).chain(found?.into_keys()).collect();
        Some(format!("The first line of CSV names the columns. They can be: {}.", names.join(", ")))
    });
    let (name, format, at_once, data) = (
        RwSignal::new(typed.name),
        RwSignal::new(typed.format),
        RwSignal::new(typed.rows_at_once),
        RwSignal::new(typed.data),
    );
    let sent = workspace.clone();
    let look = Callback::new(move |()| {
        let draft = BatchDraft {
            name: name.get_untracked(),
            agent: chosen.get_untracked(),
            format: format.get_untracked(),
            rows_at_once: at_once.get_untracked(),
            data: data.get_untracked(),
        };
        check.dispatch(CheckBatch { workspace: sent.clone(), draft });
    });
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    let check_button = move || {
        alive.get().then(|| {
            view! { <Button icon="check" busy=check.pending() on_press=look>"Check file"</Button> }
        })
    };
    let formats = vec![
        SelectOption::new("", "Recognise by content"),
        SelectOption::new("csv", "CSV"),
        SelectOption::new("jsonl", "JSON Lines"),
    ];
    #[expect(clippy::cast_precision_loss, reason = "a size of a few megabytes is exact")]
    let max_bytes = MAX_BYTES as f64;
    view! {
        <FormProblem
            title="The batch was not started"
            problem=refused
            fields=&["name", "agent", "format", "rows_at_once", "data"]
        />
        {wrong_rows}
        {report}
        <ActionForm action=create>
            <input type="hidden" name="workspace" value=workspace />
            <Panel id="new-batch" title="File">
                <div class="p-3.5 grid grid-cols-1 gap-4 max-w-3xl">
                    <TextInput
                        name="draft[name]"
                        id="name"
                        label="Name"
                        bind=name
                        maxlength=120_u32
                        error=error("name")
                        hint="To find it again, such as the name of the file."
                    />
                    <Select
                        name="draft[agent]"
                        id="agent"
                        label="Agent"
                        options=Signal::stored(options)
                        value=chosen
                        error=error("agent")
                        hint="The version that is published now runs for every row."
                        on_change=move |value| chosen.set(value)
                    />
                    <FileInput
                        id="batch-file"
                        accept=".csv,.tsv,.txt,.jsonl,.ndjson,text/csv,text/plain,application/x-ndjson"
                        max_bytes=max_bytes
                        on_text=move |text| data.set(text)
                    />
                    <TextArea
                        name="draft[data]"
                        id="data"
                        label="Rows"
                        bind=data
                        rows=10
                        input_class="textarea-mono"
                        spellcheck_off=true
                        error=error("data")
                        hint=columns
                        placeholder="message"
                    />
                    <div class="grid gap-4 sm:grid-cols-2">
                        <Select
                            name="draft[format]"
                            id="format"
                            label="Format"
                            options=Signal::stored(formats)
                            value=format
                            error=error("format")
                            on_change=move |value| format.set(value)
                        />
                        <TextInput
                            name="draft[rows_at_once]"
                            id="rows_at_once"
                            label="Rows at once"
                            mark="1 to 500"
                            input_type="number"
                            min="1"
                            max="500"
                            bind=at_once
                            error=error("rows_at_once")
                        />
                    </div>
                    <p class="text-muted">"Every row is checked before the first one starts. At most 50,000 rows and 16 MiB."</p>
                    <div class="flex flex-wrap gap-2">
                        {check_button}
                        <Button kind=ButtonKind::Submit variant=ButtonVariant::Primary icon="play" busy=create.pending()>
                            {move || if create.pending().get() { "Starting batch" } else { "Start batch" }}
                        </Button>
                    </div>
                </div>
            </Panel>
        </ActionForm>
    }
}
