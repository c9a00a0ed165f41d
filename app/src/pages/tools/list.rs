//! The tools of the workspace: what agents may call.

use domain::Permission;
use domain::paging::Page;
use domain::tools::ToolRow;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::badge::Badge;
use crate::components::button::{ButtonVariant, LinkButton};
use crate::components::empty_state::EmptyState;
use crate::components::panel::PageHead;
use crate::components::skeleton::SkeletonRows;
use crate::components::table::{Pager, Table, Th};
use crate::components::text::plural;
use crate::components::time::Time;
use crate::once::once;
use crate::pages::executions::address::{Place, use_workspace, with_query};
use crate::pages::executions::failure::LoadFailed;
use crate::pages::executions::keys::on_key;
use crate::pages::workspace::here::may;
use crate::server_fns::tools::list_tools;

/// The list of tools.
#[component]
pub fn ToolsPage() -> impl IntoView {
    let workspace = use_workspace();
    let path = Memo::new(move |_| format!("/w/{}/tools", workspace.read()));
    let place = Place::of_address();
    let tools = Resource::new(
        move || (workspace.get(), place.get()),
        |(workspace, place)| list_tools(workspace, false, place.cursor()),
    );
    let retry = Callback::new(move |()| tools.refetch());
    on_key("n", "[data-key=new-tool] a");
    let may_write = may(Permission::ToolsWrite);
    let new = Signal::derive(move || format!("{}/new", path.read()));
    let button = move || {
        may_write.then(|| {
            view! {
                <span data-key="new-tool">
                    <LinkButton href=new variant=ButtonVariant::Primary icon="plus" shortcut="N">"New tool"</LinkButton>
                </span>
            }
        })
    };
    view! {
        <Title text="Tools" />
        <PageHead title="Tools" actions=ViewFn::from(button) />
        <section class="panel" aria-label="Tools">
            <Transition fallback=|| view! { <SkeletonRows label="Loading tools" /> }>
                {once(move || Suspend::new(async move {
                    let path = path.get_untracked();
                    match tools.await {
                        Err(error) => view! {
                            <div class="p-3.5">
                                <LoadFailed title="The tools could not be loaded" error=error on_retry=retry />
                            </div>
                        }
                        .into_any(),
                        Ok(page) if page.items.is_empty() => {
                            let text = if may_write {
                                "A tool is something an agent may call: an HTTP endpoint, or a part of this server."
                            } else {
                                "A tool is something an agent may call. Members of the workspace can make one."
                            };
                            let first = may_write.then(|| {
                                view! {
                                    <LinkButton href=format!("{path}/new") icon="plus">"Make the first tool"</LinkButton>
                                }
                            });
                            view! { <EmptyState icon="wrench" title="No tools yet" text=text>{first}</EmptyState> }
                                .into_any()
                        }
                        Ok(page) => {
                            view! { <ToolTable page=page path=path place=place.get_untracked() /> }.into_any()
                        }
                    }
                }))}
            </Transition>
        </section>
    }
}

#[component]
fn ToolTable(page: Page<ToolRow>, path: String, place: Place) -> impl IntoView {
    let text = plural(page.items.len() as u64, "tool", "tools");
    let link = |place: Place| with_query(&path, &[("cursor", &place.cursor), ("trail", &place.trail)]);
    let newer = place.newer().map(link);
    let older = page.next_cursor.map(|next| link(place.older(&next)));
    let rows = page
        .items
        .into_iter()
        .map(|tool| {
            let href = format!("{path}/{}", tool.id);
            view! { <Row tool=tool href=href /> }
        })
        .collect_view();
    view! {
        <Table label="Tools">
            <thead>
                <tr>
                    <Th label="Tool" />
                    <Th label="Kind" />
                    <Th label="State" class="max-md:hidden" />
                    <Th label="Version" class="max-md:hidden" />
                    <Th label="Changed" class="max-lg:hidden" />
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
        <Pager text=text newer=newer older=older />
    }
}

#[component]
fn Row(tool: ToolRow, href: String) -> impl IntoView {
    view! {
        <tr>
            <td class="w-full max-w-0 max-md:py-2">
                <a class="rowlink block truncate mono" href=href>{tool.name}</a>
                <p class="text-xs text-subtle truncate">{tool.description}</p>
            </td>
            <td><Badge>{tool.kind}</Badge></td>
            <td class="max-md:hidden">{tool.state}</td>
            <td class="max-md:hidden num">{format!("v{}", tool.version)}</td>
            <td class="max-lg:hidden"><Time at_ms=tool.updated_at.millis() /></td>
        </tr>
    }
}
