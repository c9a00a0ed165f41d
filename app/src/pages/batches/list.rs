//! The batches of the workspace, and how far each is.

use domain::Permission;
use domain::batches::Batch;
use domain::paging::Page;
use leptos::prelude::*;
use leptos_meta::Title;

use super::shown::{BatchBadge, BatchProgress, progress_text};
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
use crate::server_fns::batches::list_batches;

/// The list of batches.
#[component]
pub fn BatchesPage() -> impl IntoView {
    let workspace = use_workspace();
    let path = Memo::new(move |_| format!("/w/{}/batches", workspace.read()));
    let place = Place::of_address();
    let batches = Resource::new(
        move || (workspace.get(), place.get()),
        |(workspace, place)| list_batches(workspace, place.cursor()),
    );
    let retry = Callback::new(move |()| batches.refetch());
    on_key("n", "[data-key=new-batch] a");
    let may_write = may(Permission::ExecutionsWrite);
    let new = Signal::derive(move || format!("{}/new", path.read()));
    let button = move || {
        may_write.then(|| {
            view! {
                <span data-key="new-batch">
                    <LinkButton href=new variant=ButtonVariant::Primary icon="plus" shortcut="N">"New batch"</LinkButton>
                </span>
            }
        })
    };
    view! {
        <Title text="Batches" />
        <PageHead title="Batches" actions=ViewFn::from(button) />
        <section class="panel" aria-label="Batches">
            <Transition fallback=|| view! { <SkeletonRows label="Loading batches" /> }>
                {once(move || Suspend::new(async move {
                    let path = path.get_untracked();
                    match batches.await {
                        Err(error) => view! {
                            <div class="p-3.5">
                                <LoadFailed title="The batches could not be loaded" error=error on_retry=retry />
                            </div>
                        }
                        .into_any(),
                        Ok(page) if page.items.is_empty() => {
                            let first = may_write.then(|| {
                                view! { <LinkButton href=format!("{path}/new") icon="upload">"Upload the first file"</LinkButton> }
                            });
                            view! {
                                <EmptyState icon="table-2" title="No batches yet" text="A batch runs one agent over the rows of a CSV or JSON Lines file.">
                                    {first}
                                </EmptyState>
                            }
                            .into_any()
                        }
                        Ok(page) => {
                            view! { <BatchTable page=page path=path place=place.get_untracked() /> }.into_any()
                        }
                    }
                }))}
            </Transition>
        </section>
    }
}

#[component]
fn BatchTable(page: Page<Batch>, path: String, place: Place) -> impl IntoView {
    let text = plural(page.items.len() as u64, "batch", "batches");
    let link = |place: Place| with_query(&path, &[("cursor", &place.cursor), ("trail", &place.trail)]);
    let newer = place.newer().map(link);
    let older = page.next_cursor.map(|next| link(place.older(&next)));
    let rows = page
        .items
        .into_iter()
        .map(|batch| {
            let href = format!("{path}/{}", batch.id);
            view! { <Row batch=batch href=href /> }
        })
        .collect_view();
    view! {
        <Table label="Batches">
            <thead>
                <tr>
                    <Th label="Batch" />
                    <Th label="State" />
                    <Th label="Progress" />
                    <Th label="Failed" numeric=true class="max-md:hidden" />
                    <Th label="Agent" class="max-lg:hidden" />
                    <Th label="Started" class="max-md:hidden" />
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
        <Pager text=text newer=newer older=older />
    }
}

#[component]
fn Row(batch: Batch, href: String) -> impl IntoView {
    let counts = batch.counts;
    let failed = counts.failed + counts.timed_out + counts.crashed;
    view! {
        <tr>
            <td class="w-full max-w-0 max-md:py-2">
                <a class="rowlink block truncate" href=href>{batch.name}</a>
                <p class="text-xs text-subtle truncate">"by " {batch.created_by}</p>
            </td>
            <td><BatchBadge state=batch.state /></td>
            <td>
                <span class="num text-muted whitespace-nowrap">{progress_text(&counts)}</span>
                <BatchProgress counts=Signal::stored(counts) />
            </td>
            <td class="r num max-md:hidden">{crate::components::text::count(u64::from(failed))}</td>
            <td class="max-lg:hidden">{batch.agent.title} " " <span class="text-subtle">{format!("v{}", batch.version)}</span></td>
            <td class="max-md:hidden text-muted"><Time at_ms=batch.created_at.millis() /></td>
        </tr>
    }
}
