//! One agent: its head, its tabs, and the dialogs that its address opens.

use domain::Permission;
use domain::agents::Agent;
use leptos::prelude::*;
use leptos_meta::Title;

use super::configuration::Configuration;
use super::dialogs::{ArchiveDialog, ExportDialog};
use super::list::Versions;
use super::playground::Playground;
use super::publish::PublishDialog;
use super::runs::AgentExecutions;
use super::versions::VersionsTab;
use crate::components::badge::Badge;
use crate::components::button::{ButtonSize, ButtonVariant, LinkButton};
use crate::components::icon::Icon;
use crate::components::menu::{Menu, MenuAlign, MenuLine, MenuLink};
use crate::components::note::{Note, NoteTone};
use crate::components::panel::PageHead;
use crate::components::skeleton::SkeletonText;
use crate::components::tabs::{PageTab, PageTabs};
use crate::components::time::Time;
use crate::once::once;
use crate::pages::executions::address::{use_part, use_workspace};
use crate::pages::executions::failure::LoadFailed;
use crate::pages::workspace::here::may;
use crate::server_fns::agents::get_agent;
use crate::shell::context::name_page;

/// What every tab knows.
#[derive(Debug, Clone, Copy)]
pub struct Here {
    /// Slug of the workspace.
    pub workspace: StoredValue<String>,
    /// Path of the agent, without the tab.
    pub path: StoredValue<String>,
    /// The agent as last read.
    pub agent: RwSignal<Agent>,
}

impl Here {
    /// The address of a tab, with what stands behind the question mark.
    pub fn tab(self, tab: &str) -> String {
        format!("{}/{tab}", self.path.read_value())
    }
}

/// The tabs: part of the address, and label.
const TABS: [(&str, &str); 4] = [
    ("playground", "Playground"),
    ("configuration", "Configuration"),
    ("versions", "Versions"),
    ("executions", "Executions"),
];

/// One agent.
#[component]
pub fn AgentPage() -> impl IntoView {
    let (workspace, slug, tab) = (use_workspace(), use_part("slug"), use_part("tab"));
    // The tab too, so that each shows the agent as it is now.
    let agent = Resource::new(
        move || (workspace.get(), slug.get(), tab.get()),
        |(workspace, slug, _)| get_agent(workspace, slug),
    );
    let retry = Callback::new(move |()| agent.refetch());
    view! {
        <Transition fallback=|| view! { <SkeletonText label="Loading the agent" block=true /> }>
            {once(move || Suspend::new(async move {
                let path = format!("/w/{}/agents", workspace.get_untracked());
                match agent.await {
                    Ok(agent) => {
                        let here = Here {
                            workspace: StoredValue::new(workspace.get_untracked()),
                            path: StoredValue::new(format!("{path}/{}", agent.slug)),
                            agent: RwSignal::new(agent),
                        };
                        view! { <Shown here=here tab=tab /> }.into_any()
                    }
                    Err(error) => view! {
                        <Title text="Agent" />
                        <PageHead title="Agent" />
                        <LoadFailed title="The agent could not be loaded" error=error on_retry=retry back=(path, "All agents") />
                    }
                    .into_any(),
                }
            }))}
        </Transition>
    }
}

#[component]
fn Shown(here: Here, tab: Memo<String>) -> impl IntoView {
    let agent = here.agent;
    let title = Memo::new(move |_| agent.read().config.title.clone());
    name_page(move || Some(title.get()));
    let tabs = Signal::derive(move || {
        let now = tab.get();
        TABS.into_iter()
            .map(|(part, label)| PageTab::new(label, here.tab(part), now == part))
            .collect::<Vec<_>>()
    });
    let body = match tab.get_untracked().as_str() {
        "playground" => view! { <Playground here=here /> }.into_any(),
        "configuration" => view! { <Configuration here=here /> }.into_any(),
        "versions" => view! { <VersionsTab here=here /> }.into_any(),
        "executions" => view! { <AgentExecutions here=here /> }.into_any(),
        _ => view! { <NoSuchTab here=here /> }.into_any(),
    };
    let label = move || {
        TABS.into_iter().find(|(part, _)| tab.read().as_str() == *part).map_or("Agent", |(_, label)| label)
    };
    let is_archived = move || agent.read().archived_at.is_some();
    view! {
        <Title text=move || format!("{} · {}", label(), title.get()) />
        <Head here=here title=title tab=tab />
        {move || {
            is_archived().then(|| {
                view! {
                    <Note tone=NoteTone::Warn class="mb-4" title="This agent is archived">
                        "It takes no new executions and cannot be changed. Its history stays."
                    </Note>
                }
            })
        }}
        <PageTabs label="Agent" tabs=tabs />
        {body}
        <PublishDialog here=here />
        <ArchiveDialog here=here />
        <ExportDialog here=here />
    }
}

#[component]
fn NoSuchTab(here: Here) -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::server_context::page_status(domain::Kind::NotFound);
    view! {
        <Note title="There is no such page">
            "The address is wrong. " <a class="underline underline-offset-3" href=here.tab("playground")>"Open the playground"</a>
        </Note>
    }
}

#[component]
fn Head(here: Here, title: Memo<String>, tab: Memo<String>) -> impl IntoView {
    let agent = here.agent;
    let meta = ViewFn::from(move || {
        let agent = agent.read();
        let archived = agent.archived_at.is_some().then(|| view! { <Badge>"Archived"</Badge> });
        view! {
            <Versions published=agent.published_version draft_changed=agent.draft_changed />
            {archived}
            <span>"Saved " <Time at_ms=agent.updated_at.millis() /> " by " {agent.updated_by.clone()}</span>
        }
    });
    let may_write = may(Permission::AgentsWrite);
    // A memo, so that typing and saving do not close an open menu.
    let can_change = Memo::new(move |_| may_write && agent.read().archived_at.is_none());
    let actions = ViewFn::from(move || {
        move || {
            // The tab is fixed: with another tab all of this is made anew.
            let address = move |dialog: &str| format!("{}?dialog={dialog}", here.tab(&tab.read_untracked()));
            let publish = can_change.get().then(|| {
                view! {
                    <LinkButton href=Signal::derive(move || address("publish")) variant=ButtonVariant::Primary>
                        "Review and publish"
                    </LinkButton>
                }
            });
            let archive = can_change.get().then(|| {
                view! {
                    <MenuLine />
                    <MenuLink label="Archive agent" href=address("archive") icon="trash-2" />
                }
            });
            let button = || view! { <Icon name="ellipsis" /> };
            view! {
                {publish}
                <Menu label="More actions" button=button size=ButtonSize::Icon align=MenuAlign::End>
                    <MenuLink label="Export th file" href=address("export") icon="download" />
                    {archive}
                </Menu>
            }
        }
    });
    let meta = ViewFn::from(move || {
        let meta = meta.clone();
        move || meta.run()
    });
    view! { <PageHead title=title meta=meta actions=actions /> }
}
