//! The log of a schedule: every due time that was dealt with, those left out included.

use domain::paging::Page;
use domain::schedules::Firing;
use leptos::prelude::*;

use super::shown::Outcome;
use crate::components::empty_state::EmptyState;
use crate::components::panel::Panel;
use crate::components::table::{Pager, Table, Th};
use crate::components::text::plural;
use crate::components::time::{Time, TimeStyle};
use crate::pages::executions::address::{Place, with_query};

/// The log, with links to what was started.
#[component]
pub fn FiringLog(
    firings: RwSignal<Page<Firing>>,
    #[prop(into)] workspace: String,
    /// The path of the page.
    #[prop(into)]
    path: String,
    place: Place,
) -> impl IntoView {
    let link = move |place: Place| with_query(&path, &[("cursor", &place.cursor), ("trail", &place.trail)]);
    let newer = place.newer().map(&link);
    let older = Signal::derive(move || {
        let next = firings.with(|page| page.next_cursor.clone())?;
        Some(link(place.older(&next)))
    });
    let text = Signal::derive(move || Some(plural(firings.read().items.len() as u64, "firing", "firings")));
    let executions = format!("/w/{workspace}/executions");
    let rows = move || {
        let executions = executions.clone();
        let items = firings.get().items;
        if items.is_empty() {
            return view! {
                <EmptyState icon="calendar-clock" title="Nothing was due yet" text="Each due time gets a line here, also when it was left out." />
            }
            .into_any();
        }
        let rows = items
            .into_iter()
            .map(|firing| view! { <Row firing=firing executions=executions.clone() /> })
            .collect_view();
        view! {
            <Table label="Firings">
                <thead>
                    <tr>
                        <Th label="Due" />
                        <Th label="Outcome" />
                        <Th label="Execution or reason" />
                        <Th label="Dealt with" class="max-md:hidden" />
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        }
        .into_any()
    };
    view! {
        <Panel id="firings" title="Firings">
            {rows}
            <Pager text=text newer=newer older=older />
        </Panel>
    }
}

#[component]
fn Row(firing: Firing, executions: String) -> impl IntoView {
    let what = match (firing.execution, firing.message.clone()) {
        (Some(id), _) => view! {
            <a class="mono underline underline-offset-3" href=format!("{executions}/{id}")>{id.to_string()}</a>
        }
        .into_any(),
        (None, Some(message)) => view! { <span class="text-muted">{message}</span> }.into_any(),
        (None, None) => view! { <span class="text-subtle">"Starts when the execution before it has ended"</span> }.into_any(),
    };
    let (due, at) = (firing.due.local.clone(), firing.at.millis());
    let by_hand = firing.asked_by.clone().map(|by| {
        view! { <span class="block text-xs text-subtle">{format!("Run now by {by}")}</span> }
    });
    view! {
        <tr>
            <td class="num">{due} {by_hand}</td>
            <td><Outcome firing=firing /></td>
            <td class="w-full">{what}</td>
            <td class="max-md:hidden text-muted"><Time at_ms=at style=TimeStyle::Clock /></td>
        </tr>
    }
}
