//! A new agent: from a template, from a th file, or from nothing. All three end in a draft.

use domain::agents::{AgentDraft, Runtime, TEMPLATES, template};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::file_input::FileInput;
use super::list::runtime_name;
use crate::components::button::{Button, ButtonKind, ButtonVariant, LinkButton};
use crate::components::panel::{PageHead, Panel};
use crate::components::segmented::{Segment, Segmented};
use crate::components::select::{Select, SelectOption};
use crate::components::text_area::TextArea;
use crate::components::text_input::TextInput;
use crate::kept::kept;
use crate::pages::executions::address::{use_query_value, use_workspace};
use crate::pages::workspace::form::{FormProblem, problem_of, wrong};
use crate::server_fns::agents::{CreateAgent, ImportAgent};

/// Words of [`NewAgentPage`]'s address for the way that is no template.
const FILE: &str = "file";

/// Makes an agent.
#[component]
pub fn NewAgentPage() -> impl IntoView {
    let workspace = use_workspace();
    let from = use_query_value("from");
    let path = Memo::new(move |_| format!("/w/{}/agents/new", workspace.read()));
    let ways = Signal::derive(move || {
        let path = path.get();
        vec![
            Segment::link("scratch", "From scratch", path.clone()),
            Segment::link("template", "From a template", format!("{path}?from=template")),
            Segment::link(FILE, "From a th file", format!("{path}?from={FILE}")),
        ]
    });
    let way = Signal::derive(move || match from.read().as_str() {
        "" => "scratch".to_owned(),
        FILE => FILE.to_owned(),
        _ => "template".to_owned(),
    });
    view! {
        <Title text="New agent" />
        <PageHead title="New agent" />
        <div class="mb-4">
            <Segmented label="Ways to start" options=ways selected=way />
        </div>
        {move || {
            let (workspace, from) = (workspace.get(), from.get());
            match (from.as_str(), template(&from)) {
                (FILE, _) => view! { <ImportForm workspace=workspace /> }.into_any(),
                ("", _) => view! { <DraftForm workspace=workspace start=scratch() /> }.into_any(),
                (_, Some(found)) => view! { <DraftForm workspace=workspace start=found.draft() /> }.into_any(),
                (_, None) => view! { <Gallery path=path.get() /> }.into_any(),
            }
        }}
    }
}

fn scratch() -> AgentDraft {
    AgentDraft { runtime: Runtime::Toolhouse.word().to_owned(), ..AgentDraft::default() }
}

/// The templates, each with what it does.
#[component]
fn Gallery(path: String) -> impl IntoView {
    let rows = TEMPLATES
        .iter()
        .map(|template| {
            let vars: Vec<_> = template.draft().variables.into_keys().collect();
            let vars = (!vars.is_empty()).then(|| format!("Variables: {}", vars.join(", ")));
            view! {
                <li class="row">
                    <div class="min-w-0 flex-1">
                        <p class="font-medium">{template.title}</p>
                        <p class="text-muted">{template.description}</p>
                        <p class="text-xs text-subtle">{vars}</p>
                    </div>
                    <LinkButton href=format!("{path}?from={}", template.slug)>"Use template"</LinkButton>
                </li>
            }
        })
        .collect_view();
    view! {
        <Panel id="templates" title="Templates">
            <ul class="rows">{rows}</ul>
        </Panel>
    }
}

/// The runtimes as choices.
pub fn runtimes() -> Vec<SelectOption> {
    Runtime::ALL
        .iter()
        .map(|runtime| SelectOption::new(runtime.word(), runtime_name(runtime.word())))
        .collect()
}

/// Goes to the configuration of the agent that was made.
fn go_to_made(workspace: String, slug: impl Fn() -> Option<String> + 'static) {
    let navigate = use_navigate();
    Effect::new(move |_| {
        if let Some(slug) = slug() {
            navigate(&format!("/w/{workspace}/agents/{slug}/configuration"), NavigateOptions::default());
        }
    });
}

#[component]
fn DraftForm(workspace: String, start: AgentDraft) -> impl IntoView {
    let create = ServerAction::<CreateAgent>::new();
    let value = create.value();
    go_to_made(workspace.clone(), move || value.get().and_then(Result::ok).map(|agent| agent.slug));
    let problem = problem_of(create);
    let start = kept::<CreateAgent>().map_or(start, |typed| typed.draft);
    // What the form does not show comes with the template.
    let hidden = start
        .variables
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=format!("draft[variables][{name}]") value=value /> })
        .collect_view();
    view! {
        <Panel id="new-agent" title="Draft">
            <ActionForm action=create>
                <div class="p-3.5 grid grid-cols-1 gap-4 max-w-3xl">
                    <FormProblem
                        title="The agent was not created"
                        problem=problem
                        fields=&["title", "slug", "instructions", "message", "runtime"]
                    />
                    <input type="hidden" name="workspace" value=workspace />
                    <input type="hidden" name="draft[description]" value=start.description />
                    {hidden}
                    <TextInput
                        name="draft[title]"
                        id="title"
                        label="Title"
                        value=start.title
                        error=wrong(problem, "title")
                        maxlength=120_u32
                        required=true
                        autofocus=true
                    />
                    <TextInput
                        name="draft[slug]"
                        id="slug"
                        label="Address"
                        mark="optional"
                        value=start.slug
                        error=wrong(problem, "slug")
                        maxlength=48_u32
                        input_class="input-mono"
                        spellcheck_off=true
                        hint="Lower case letters, digits and dashes; made from the title unless given."
                    />
                    <TextArea
                        name="draft[instructions]"
                        id="instructions"
                        label="Instructions"
                        mark="what the agent is told"
                        value=start.instructions
                        rows=10
                        error=wrong(problem, "instructions")
                        hint="Words in braces, such as {company}, are variables."
                    />
                    <TextArea
                        name="draft[message]"
                        id="message"
                        label="Default message"
                        mark="optional"
                        value=start.message
                        rows=3
                        error=wrong(problem, "message")
                        hint="Used when an execution brings no message of its own."
                    />
                    <Select
                        name="draft[runtime]"
                        id="runtime"
                        label="Runtime"
                        options=Signal::stored(runtimes())
                        value=Signal::stored(start.runtime)
                        error=wrong(problem, "runtime")
                        class="max-w-xs"
                    />
                    <div>
                        <Button kind=ButtonKind::Submit variant=ButtonVariant::Primary busy=create.pending()>
                            {move || if create.pending().get() { "Creating draft" } else { "Create draft" }}
                        </Button>
                    </div>
                </div>
            </ActionForm>
        </Panel>
    }
}

#[component]
fn ImportForm(workspace: String) -> impl IntoView {
    let import = ServerAction::<ImportAgent>::new();
    let value = import.value();
    go_to_made(workspace.clone(), move || value.get().and_then(Result::ok).map(|agent| agent.slug));
    let problem = problem_of(import);
    let text = RwSignal::new(kept::<ImportAgent>().map(|typed| typed.file).unwrap_or_default());
    view! {
        <Panel id="import" title="Th file">
            <ActionForm action=import>
                <div class="p-3.5 grid grid-cols-1 gap-4 max-w-3xl">
                    <FormProblem title="The file was not imported" problem=problem fields=&["file"] />
                    <input type="hidden" name="workspace" value=workspace />
                    <FileInput on_text=move |read| text.set(read) />
                    <TextArea
                        name="file"
                        id="file"
                        label="Content"
                        bind=text
                        rows=14
                        input_class="textarea-mono"
                        spellcheck_off=true
                        error=wrong(problem, "file")
                        placeholder="title: My agent"
                        hint="YAML, as Toolhouse writes it. Keys that do not map to a field are kept for export."
                    />
                    <div>
                        <Button kind=ButtonKind::Submit variant=ButtonVariant::Primary busy=import.pending()>
                            {move || if import.pending().get() { "Importing" } else { "Import" }}
                        </Button>
                    </div>
                </div>
            </ActionForm>
        </Panel>
    }
}
