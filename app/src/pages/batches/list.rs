//! The batches of the workspace, and how far each is.

use domain::Permission;
use domain::batches::Batch;
use leptos::prelude::*;

use super::shown::{BatchBadge, BatchProgress, progress_text};
use crate::components::table::Th;
use crate::components::time::Time;
use crate::pages::workspace::listing::{ListPage, Things};
use crate::server_fns::batches::list_batches;

/// The list of batches.
#[component]
pub fn BatchesPage() -> impl IntoView {
    let things = Things {
        title: "Batches",
        one: "batch",
        many: "batches",
        about: "A batch runs one agent over the rows of a CSV or JSON Lines file.",
        icon: "table-2",
        first: ("upload", "Upload the first file"),
        make: Permission::ExecutionsWrite,
    };
    view! { <ListPage things=things load=list_batches table=table /> }
}

fn table(batches: Vec<Batch>, path: &str) -> AnyView {
    let rows = batches
        .into_iter()
        .map(|batch| {
            let href = format!("{path}/{}", batch.id);
            view! { <Row batch=batch href=href /> }
        })
        .collect_view();
    view! {
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
    }
    .into_any()
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
