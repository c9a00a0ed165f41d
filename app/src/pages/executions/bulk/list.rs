//! Actions on many executions so far, newest first.

use domain::bulk::{BulkAction, BulkKind, BulkStatus};
use domain::executions::{ExecutionFilter, FilterDraft};
use domain::paging::Page;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::badge::{Badge, BadgeTone};
use crate::components::button::LinkButton;
use crate::components::empty_state::EmptyState;
use crate::components::kbd::RowKeys;
use crate::components::panel::PageHead;
use crate::components::skeleton::SkeletonRows;
use crate::components::table::{Pager, Table, Th};
use crate::components::text::{count, plural};
use crate::components::time::Time;
use crate::pages::executions::address::{Place, use_workspace, with_query};
use crate::pages::workspace::load::Load;
use crate::server_fns::bulk::list_bulk;

/// What a filter says, in words: "12 executions that failed, with the words parcel".
pub fn words_of(filter: &FilterDraft, number: u64) -> String {
    let mut words = plural(number, "execution", "executions");
    if !filter.ids.is_empty() {
        words.push_str(" chosen in the list");
    }
    let states = filter.status.split(',').filter(|word| !word.is_empty()).map(|word| word.replace('_', " "));
    let states: Vec<_> = states.collect();
    if !states.is_empty() {
        words = format!("{words} in state {}", states.join(", "));
    }
    let more = [
        (!filter.agent.is_empty()).then(|| "of one agent".to_owned()),
        (!filter.q.is_empty()).then(|| format!("with the words \u{201c}{}\u{201d}", filter.q)),
        (!filter.from.is_empty()).then(|| format!("from {}", filter.from)),
        (!filter.to.is_empty()).then(|| format!("before {}", filter.to)),
    ];
    more.into_iter().flatten().fold(words, |words, part| format!("{words}, {part}")) + "."
}

/// The same of an action that was accepted, whose filter always ends when it began.
pub fn words_of_action(action: &BulkAction) -> String {
    let ExecutionFilter { status, agent, from, text, ids, .. } = &action.filter;
    let status: Vec<_> = status.iter().map(ToString::to_string).collect();
    let filter = FilterDraft {
        status: status.join(","),
        agent: agent.map(|agent| agent.to_string()).unwrap_or_default(),
        from: from.map(|from| from.to_string()).unwrap_or_default(),
        to: String::new(),
        q: text.clone().unwrap_or_default(),
        ids: ids.first().map(ToString::to_string).unwrap_or_default(),
    };
    words_of(&filter, action.total)
}

/// What was done, as a heading.
pub fn title_of(action: &BulkAction) -> String {
    let verb = match action.kind {
        BulkKind::Cancel => "Cancel",
        BulkKind::Rerun => "Re-run",
    };
    format!("{verb} {}", plural(action.total, "execution", "executions"))
}

/// Where an action stands.
#[component]
pub fn BulkState(status: BulkStatus) -> impl IntoView {
    let (tone, word) = match status {
        BulkStatus::Running => (BadgeTone::Accent, "Running"),
        BulkStatus::Finished => (BadgeTone::Neutral, "Finished"),
        BulkStatus::Stopped => (BadgeTone::Line, "Stopped"),
    };
    view! { <Badge tone=tone>{word}</Badge> }
}

/// The list.
#[component]
pub fn BulkActionsPage() -> impl IntoView {
    let workspace = use_workspace();
    let place = Place::of_address();
    let page = Resource::new(
        move || (workspace.get(), place.get()),
        |(workspace, place)| async move { list_bulk(workspace, place.cursor()).await },
    );
    view! {
        <Title text="Actions on many executions" />
        <PageHead title="Actions on many executions" />
        <section class="panel" aria-label="Actions">
            <Load
                resource=page
                failed="The actions could not be loaded"
                waiting=|| view! { <SkeletonRows label="Loading actions" /> }
                ready=move |page| {
                    view! { <Actions page=page workspace=workspace.get_untracked() place=place.get_untracked() /> }.into_any()
                }
            />
        </section>
        <RowKeys />
    }
}

#[component]
fn Actions(page: Page<BulkAction>, workspace: String, place: Place) -> impl IntoView {
    let home = format!("/w/{workspace}/executions");
    if page.items.is_empty() {
        return view! {
            <EmptyState icon="list-tree" title="Nothing was done to many executions yet" text="Select rows in the list of executions to cancel them or run them again.">
                <LinkButton href=home>"Executions"</LinkButton>
            </EmptyState>
        }
        .into_any();
    }
    let path = format!("{home}/bulk");
    let link = |place: Place| with_query(&path, &[("cursor", &place.cursor), ("trail", &place.trail)]);
    let newer = place.newer().map(link);
    let older = page.next_cursor.as_deref().map(|next| link(place.older(next)));
    let text = plural(page.items.len() as u64, "action", "actions");
    let rows = page
        .items
        .into_iter()
        .map(|action| {
            let href = format!("{path}/{}", action.id);
            view! {
                <tr>
                    <td><BulkState status=action.status /></td>
                    <td class="w-full max-md:max-w-0">
                        <a class="rowlink truncate" href=href>{title_of(&action)}</a>
                    </td>
                    <td class="r">{count(action.changed)}</td>
                    <td class="r max-md:hidden">{count(action.refused)}</td>
                    <td class="max-md:hidden">{action.created_by.clone()}</td>
                    <td class="max-md:hidden text-muted"><Time at_ms=action.created_at.millis() /></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table label="Actions on many executions">
            <thead>
                <tr>
                    <Th label="State" />
                    <Th label="Action" />
                    <Th label="Done" numeric=true />
                    <Th label="Refused" numeric=true class="max-md:hidden" />
                    <Th label="Asked for by" class="max-md:hidden" />
                    <Th label="When" class="max-md:hidden" />
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
        <Pager text=text newer=newer older=older />
    }
    .into_any()
}
