//! One tool: what it is, a bench to try it, its versions, and the agents that have it.

use domain::ids::ToolId;
use domain::tools::{Tool, ToolDraft, ToolUser, ToolVersionRow};
use domain::{Permission, Problem};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::bench::Bench;
use crate::components::badge::{Badge, Tag};
use crate::components::button::{Button, ButtonKind, ButtonSize, ButtonVariant, LinkButton};
use crate::components::code_block::CodeText;
use crate::components::copy::CopyButton;
use crate::components::panel::{PageHead, Panel};
use crate::components::skeleton::SkeletonText;
use crate::components::time::Time;
use crate::error::AppError;
use crate::once::once;
use crate::pages::executions::address::{use_part, use_workspace};
use crate::pages::executions::failure::LoadFailed;
use crate::pages::workspace::form::{FormProblem, problem_of};
use crate::pages::workspace::here::may;
use crate::server_fns::tools::{ArchiveTool, RestoreTool, ShownTool, get_tool};
use crate::shell::context::name_page;

async fn load(workspace: String, id: String) -> Result<ShownTool, AppError> {
    let id = id.parse::<ToolId>().map_err(|_| AppError(Problem::not_found("tool")))?;
    get_tool(workspace, id).await
}

/// One tool.
#[component]
pub fn ToolPage() -> impl IntoView {
    let (workspace, id) = (use_workspace(), use_part("id"));
    let restore = ServerAction::<RestoreTool>::new();
    let version = restore.version();
    let loaded = Resource::new(
        move || (workspace.get(), id.get(), version.get()),
        |(workspace, id, _)| load(workspace, id),
    );
    let retry = Callback::new(move |()| loaded.refetch());
    view! {
        <Transition fallback=|| view! { <SkeletonText label="Loading the tool" block=true /> }>
            {once(move || Suspend::new(async move {
                let workspace = workspace.get_untracked();
                match loaded.await {
                    Ok(shown) => view! { <Shown workspace=workspace shown=shown restore=restore /> }.into_any(),
                    Err(error) => {
                        let back = (format!("/w/{workspace}/tools"), "All tools");
                        view! {
                            <Title text="Tool" />
                            <PageHead title="Tool" />
                            <LoadFailed title="The tool could not be loaded" error=error on_retry=retry back=back />
                        }
                        .into_any()
                    }
                }
            }))}
        </Transition>
    }
}

#[component]
fn Shown(workspace: String, shown: ShownTool, restore: ServerAction<RestoreTool>) -> impl IntoView {
    let ShownTool { tool, versions, users } = shown;
    let (name, id) = (tool.config.name.clone(), tool.id);
    let crumb = name.clone();
    name_page(move || Some(crumb.clone()));
    let may_write = may(Permission::ToolsWrite) && tool.archived_at.is_none();
    let (kind, state, number) = (tool.config.action.kind(), tool.config.state.word(), tool.version);
    let meta = ViewFn::from(move || {
        view! {
            <Badge>{kind}</Badge>
            <span>{state}</span>
            <span class="num">{format!("Version {number}")}</span>
            <CopyButton text=id.to_string() what="id" />
        }
    });
    let actions = ViewFn::from({
        let workspace = workspace.clone();
        move || may_write.then(|| view! { <Actions workspace=workspace.clone() id=id /> })
    });
    view! {
        <Title text=name.clone() />
        <PageHead title=name meta=meta actions=actions />
        <div class="grid gap-4 lg:grid-cols-2 items-start">
            <div class="grid gap-4 min-w-0">
                <Definition tool=tool.clone() />
                <Users workspace=workspace.clone() users=users />
            </div>
            <div class="grid gap-4 min-w-0">
                {may_write.then(|| view! { <Bench workspace=workspace.clone() tool=tool.clone() /> })}
                <Versions workspace=workspace id=id versions=versions may_write=may_write restore=restore />
            </div>
        </div>
    }
}

#[component]
fn Actions(workspace: String, id: ToolId) -> impl IntoView {
    let archive = ServerAction::<ArchiveTool>::new();
    let value = archive.value();
    let navigate = use_navigate();
    let list = format!("/w/{workspace}/tools");
    Effect::new(move |_| {
        if matches!(*value.read(), Some(Ok(()))) {
            navigate(&list, NavigateOptions::default());
        }
    });
    view! {
        <LinkButton href=format!("/w/{workspace}/tools/{id}/edit") icon="pencil">"Change"</LinkButton>
        <ActionForm action=archive>
            <input type="hidden" name="workspace" value=workspace />
            <input type="hidden" name="tool" value=id.to_string() />
            <Button kind=ButtonKind::Submit variant=ButtonVariant::Danger busy=archive.pending()>"Archive"</Button>
        </ActionForm>
        <FormProblem title="It was not archived" problem=problem_of(archive) />
    }
}

/// The definition as its fields, then its schemas.
#[component]
fn Definition(tool: Tool) -> impl IntoView {
    let draft = ToolDraft::of(&tool.config);
    let facts = [
        ("Part", draft.builtin),
        ("Method", draft.method),
        ("Address", draft.url),
        ("Headers", draft.headers),
        ("Query", draft.query),
        ("Body", draft.body),
        ("Result", draft.result_path),
        ("Time limit", format!("{} ms", draft.timeout_ms)),
        ("May be repeated", if tool.config.idempotent { "yes" } else { "no" }.to_owned()),
        ("A person is asked", draft.approval),
    ];
    let rows = facts
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(label, text)| {
            view! {
                <dt class="text-subtle">{label}</dt>
                <dd class="mono min-w-0 break-words whitespace-pre-wrap">{text}</dd>
            }
        })
        .collect_view();
    let tags = tool.config.tags.iter().map(|tag| view! { <Tag text=tag.clone() /> }).collect_view();
    let output = (!draft.output_schema.is_empty()).then(|| {
        view! {
            <h3 class="text-sm font-medium">"Result schema"</h3>
            <CodeText label="Result schema" code=Signal::stored(draft.output_schema) />
        }
    });
    view! {
        <Panel id="definition" title="Definition">
            <div class="p-3.5 grid gap-3">
                <p>{tool.config.description}</p>
                <div class="flex gap-1 flex-wrap">{tags}</div>
                <dl class="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">{rows}</dl>
                <h3 class="text-sm font-medium">"Arguments"</h3>
                <CodeText label="Arguments" code=Signal::stored(draft.input_schema) />
                {output}
            </div>
        </Panel>
    }
}

#[component]
fn Users(workspace: String, users: Vec<ToolUser>) -> impl IntoView {
    let shown = if users.is_empty() {
        view! { <p class="text-subtle">"No agent has it. Add its id to an agent's tools."</p> }.into_any()
    } else {
        let rows = users
            .into_iter()
            .map(|user| {
                let href = format!("/w/{workspace}/agents/{}/configuration", user.slug);
                view! { <li><a class="underline underline-offset-3" href=href>{user.title}</a></li> }
            })
            .collect_view();
        view! { <ul class="grid gap-1">{rows}</ul> }.into_any()
    };
    view! {
        <Panel id="users" title="Used by">
            <div class="p-3.5">{shown}</div>
        </Panel>
    }
}

#[component]
fn Versions(
    workspace: String,
    id: ToolId,
    versions: Vec<ToolVersionRow>,
    may_write: bool,
    restore: ServerAction<RestoreTool>,
) -> impl IntoView {
    let newest = versions.first().map_or(0, |version| version.number);
    let rows = versions
        .into_iter()
        .map(|version| {
            let (number, workspace) = (version.number, workspace.clone());
            let button = (may_write && number != newest).then(|| {
                view! {
                    <ActionForm action=restore>
                        <input type="hidden" name="workspace" value=workspace.clone() />
                        <input type="hidden" name="tool" value=id.to_string() />
                        <input type="hidden" name="number" value=number.to_string() />
                        <Button kind=ButtonKind::Submit size=ButtonSize::Small>{format!("Restore {number}")}</Button>
                    </ActionForm>
                }
            });
            view! {
                <li class="flex gap-3 items-center justify-between">
                    <span class="min-w-0">
                        <span class="num">{format!("v{number}")}</span>
                        " "
                        {version.note}
                        <span class="block text-xs text-subtle">
                            {version.created_by} " · " <Time at_ms=version.created_at.millis() />
                        </span>
                    </span>
                    {button}
                </li>
            }
        })
        .collect_view();
    view! {
        <Panel id="versions" title="Versions">
            <div class="p-3.5 grid gap-3">
                <FormProblem title="It was not restored" problem=problem_of(restore) />
                <ul class="grid gap-2">{rows}</ul>
            </div>
        </Panel>
    }
}
