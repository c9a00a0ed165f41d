//! The agents of the workspace: find one, see how it does.

use domain::Permission;
use domain::agents::{AgentRow, TEMPLATES};
use domain::paging::Page;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::badge::{Badge, BadgeTone};
use crate::components::button::{ButtonVariant, LinkButton};
use crate::components::empty_state::EmptyState;
use crate::components::kbd::RowKeys;
use crate::components::panel::PageHead;
use crate::components::run_strip::RunStrip;
use crate::components::skeleton::SkeletonRows;
use crate::components::table::{Pager, Table, Th};
use crate::components::tabs::{PageTab, PageTabs};
use crate::components::text::plural;
use crate::components::text_input::TextInput;
use crate::components::time::Time;
use crate::once::once;
use crate::pages::executions::address::{Place, use_query_value, use_workspace, with_query};
use crate::pages::executions::failure::LoadFailed;
use crate::pages::executions::keys::on_key;
use crate::pages::executions::shown::status;
use crate::pages::workspace::here::may;
use crate::server_fns::agents::list_agents;

/// A runtime in words.
pub fn runtime_name(word: &str) -> &'static str {
    match word {
        "toolhouse" => "Toolhouse",
        "model" => "OpenAI-compatible",
        _ => "Unknown",
    }
}

/// The list of agents.
#[component]
pub fn AgentsPage() -> impl IntoView {
    let workspace = use_workspace();
    let path = Memo::new(move |_| format!("/w/{}/agents", workspace.read()));
    let archived = use_query_value("archived");
    let is_archived = Memo::new(move |_| archived.read().as_str() == "true");
    let place = Place::of_address();
    let agents = Resource::new(
        move || (workspace.get(), is_archived.get(), place.get()),
        |(workspace, archived, place)| list_agents(workspace, archived, place.cursor()),
    );
    let retry = Callback::new(move |()| agents.refetch());
    on_key("n", "[data-key=new-agent] a");
    let may_write = may(Permission::AgentsWrite);
    let actions = ViewFn::from(move || {
        may_write.then(|| {
            let href = Signal::derive(move || format!("{}/new", path.read()));
            let import = Signal::derive(move || format!("{}/new?from=file", path.read()));
            view! {
                <LinkButton href=import icon="upload">"Import th file"</LinkButton>
                <span data-key="new-agent">
                    <LinkButton href=href variant=ButtonVariant::Primary icon="plus" shortcut="N">"New agent"</LinkButton>
                </span>
            }
        })
    });
    let tabs = Signal::derive(move || {
        let (path, archived) = (path.get(), is_archived.get());
        vec![
            PageTab::new("In use", path.clone(), !archived),
            PageTab::new("Archived", with_query(&path, &[("archived", "true")]), archived),
        ]
    });
    view! {
        <Title text="Agents" />
        <PageHead title="Agents" actions=actions />
        <PageTabs label="Agents by use" tabs=tabs />
        <Transition fallback=|| view! { <section class="panel"><SkeletonRows label="Loading agents" /></section> }>
            {once(move || Suspend::new(async move {
                let path = path.get_untracked();
                match agents.await {
                    Err(error) => {
                        view! { <LoadFailed title="The agents could not be loaded" error=error on_retry=retry /> }.into_any()
                    }
                    Ok(page) if page.items.is_empty() && is_archived.get_untracked() => view! {
                        <section class="panel" aria-label="Agents">
                            <EmptyState icon="bot" title="No archived agents" text="An archived agent takes no new executions. Its history stays." />
                        </section>
                    }
                    .into_any(),
                    Ok(page) if page.items.is_empty() => view! { <NoAgents path=path may_write=may_write /> }.into_any(),
                    Ok(page) => view! {
                        <AgentTable page=page path=path place=place.get_untracked() archived=is_archived.get_untracked() />
                    }
                    .into_any(),
                }
            }))}
        </Transition>
    }
}

/// The first agent: from a template, from a file, from nothing.
#[component]
fn NoAgents(path: String, may_write: bool) -> impl IntoView {
    if !may_write {
        return view! {
            <section class="panel" aria-label="Agents">
                <EmptyState icon="bot" title="No agents yet" text="Members of the workspace can create agents. An owner or admin can make you one." />
            </section>
        }
        .into_any();
    }
    let templates = TEMPLATES
        .iter()
        .map(|template| {
            view! {
                <li class="row">
                    <div class="min-w-0 flex-1">
                        <p class="font-medium">{template.title}</p>
                        <p class="text-muted">{template.description}</p>
                    </div>
                    <LinkButton href=format!("{path}/new?from={}", template.slug)>"Use template"</LinkButton>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-label="Agents">
            <EmptyState icon="bot" title="No agents yet" text="An agent is instructions and a runtime that carries them out. There are three ways to start.">
                <LinkButton href=format!("{path}/new") variant=ButtonVariant::Primary icon="plus">"Start from scratch"</LinkButton>
                <LinkButton href=format!("{path}/new?from=file") icon="upload">"Import th file"</LinkButton>
            </EmptyState>
            <ul class="rows border-t border-line" aria-label="Templates">{templates}</ul>
        </section>
    }
    .into_any()
}

#[component]
fn AgentTable(page: Page<AgentRow>, path: String, place: Place, archived: bool) -> impl IntoView {
    let wanted = RwSignal::new(String::new());
    let loaded = page.items.len();
    let rows = StoredValue::new(page.items);
    let shown = Memo::new(move |_| {
        let wanted = wanted.read().trim().to_lowercase();
        let is_hit = |row: &&AgentRow| {
            [&row.title, &row.description, &row.slug].iter().any(|text| text.to_lowercase().contains(&wanted))
                || row.model.as_ref().is_some_and(|model| model.to_lowercase().contains(&wanted))
        };
        rows.read_value().iter().filter(is_hit).cloned().collect::<Vec<_>>()
    });
    let text = Signal::derive(move || {
        let count = shown.read().len();
        let all = plural(loaded as u64, "agent", "agents");
        Some(if count == loaded { all } else { format!("{count} of {all}") })
    });
    let archived = if archived { "true" } else { "" };
    let link = |path: &str, place: Place| {
        with_query(path, &[("archived", archived), ("cursor", &place.cursor), ("trail", &place.trail)])
    };
    let newer = place.newer().map(|place| link(&path, place));
    let older = page.next_cursor.map(|next| link(&path, place.older(&next)));
    let path = StoredValue::new(path);
    let none = move || {
        shown.read().is_empty().then(|| {
            view! { <p class="p-4 text-subtle" role="status">"No agent on this page matches."</p> }
        })
    };
    view! {
        <div class="mb-3" role="search">
            <TextInput
                name="q"
                id="agents-search"
                label="Search the agents on this page"
                placeholder="Search name or model"
                input_type="search"
                icon="search"
                hide_label=true
                bind=wanted
                class="w-72 max-md:w-full"
            />
        </div>
        <section class="panel" aria-label="Agents">
            <Table label="Agents">
                <thead>
                    <tr>
                        <Th label="Agent" />
                        <Th label="Version" />
                        <Th label="Runtime and model" class="max-lg:hidden" />
                        <Th label="Last executions" class="max-md:hidden" />
                        <Th label="Changed" class="max-md:hidden" />
                    </tr>
                </thead>
                <tbody>
                    <For each=move || shown.get() key=|row| row.id let(row)>
                        <Row row=row path=path />
                    </For>
                </tbody>
            </Table>
            {none}
            <Pager text=text newer=newer older=older />
        </section>
        <RowKeys />
    }
}

#[component]
fn Row(row: AgentRow, path: StoredValue<String>) -> impl IntoView {
    let href = format!("{}/{}/playground", path.read_value(), row.slug);
    let statuses: Vec<_> = row.recent.iter().copied().map(status).collect();
    let strip = if statuses.is_empty() {
        view! { <span class="text-subtle">"None yet"</span> }.into_any()
    } else {
        view! { <RunStrip name=row.title.clone() statuses=Signal::stored(statuses) /> }.into_any()
    };
    view! {
        <tr>
            <td class="w-full max-w-0 max-md:py-2">
                <a class="rowlink block truncate" href=href>{row.title.clone()}</a>
                {(!row.description.is_empty())
                    .then(|| view! { <p class="text-xs text-subtle truncate">{row.description.clone()}</p> })}
            </td>
            <td><Versions published=row.published_version draft_changed=row.draft_changed /></td>
            <td class="max-lg:hidden">
                {runtime_name(&row.runtime)} " " <span class="mono text-muted">{row.model.clone()}</span>
            </td>
            <td class="max-md:hidden">{strip}</td>
            <td class="max-md:hidden text-muted"><Time at_ms=row.updated_at.millis() /></td>
        </tr>
    }
}

/// The live version and whether the draft differs.
#[component]
pub fn Versions(published: Option<u32>, draft_changed: bool) -> impl IntoView {
    let live = match published {
        Some(number) => {
            view! { <Badge tone=BadgeTone::Ok icon="circle-check">{format!("Live v{number}")}</Badge> }
                .into_any()
        }
        None => view! { <Badge tone=BadgeTone::Line>"Not published"</Badge> }.into_any(),
    };
    let draft = (published.is_some() && draft_changed)
        .then(|| view! { <Badge tone=BadgeTone::Accent icon="pencil">"Draft changed"</Badge> });
    view! { <span class="inline-flex items-center gap-1.5">{live} {draft}</span> }
}
