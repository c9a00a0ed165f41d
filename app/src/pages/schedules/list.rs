//! The schedules of the workspace: what runs by itself, and when next.

use domain::Permission;
use domain::schedules::Schedule;
use leptos::prelude::*;

use super::shown::{Outcome, StateBadge, expression};
use crate::components::table::Th;
use crate::pages::workspace::listing::{ListPage, Things};
use crate::server_fns::schedules::list_schedules;

/// The list of schedules.
#[component]
pub fn SchedulesPage() -> impl IntoView {
    let things = Things {
        title: "Schedules",
        one: "schedule",
        many: "schedules",
        about: "A schedule runs an agent by the clock: every morning, every hour, or once.",
        icon: "calendar-clock",
        first: ("plus", "Make the first schedule"),
        make: Permission::SchedulesWrite,
    };
    view! { <ListPage things=things load=list_schedules table=table /> }
}

fn table(schedules: Vec<Schedule>, path: &str) -> AnyView {
    let rows = schedules
        .into_iter()
        .map(|schedule| {
            let href = format!("{path}/{}", schedule.id);
            view! { <Row schedule=schedule href=href /> }
        })
        .collect_view();
    view! {
        <thead>
            <tr>
                <Th label="Schedule" />
                <Th label="State" />
                <Th label="Agent" class="max-lg:hidden" />
                <Th label="Next due" class="max-md:hidden" />
                <Th label="Last" class="max-md:hidden" />
            </tr>
        </thead>
        <tbody>{rows}</tbody>
    }
    .into_any()
}

#[component]
fn Row(schedule: Schedule, href: String) -> impl IntoView {
    let next = schedule.next.map_or_else(|| "Not due".to_owned(), |next| next.local);
    let last = match schedule.last {
        Some(firing) => view! { <Outcome firing=firing /> }.into_any(),
        None => view! { <span class="text-subtle">"None yet"</span> }.into_any(),
    };
    view! {
        <tr>
            <td class="w-full max-w-0 max-md:py-2">
                <a class="rowlink block truncate" href=href>{schedule.name}</a>
                <p class="text-xs text-subtle truncate">
                    <span class="mono">{expression(&schedule.timing)}</span> " " {schedule.words}
                </p>
            </td>
            <td><StateBadge state=schedule.state /></td>
            <td class="max-lg:hidden">{schedule.agent.title}</td>
            <td class="max-md:hidden num">{next}</td>
            <td class="max-md:hidden">{last}</td>
        </tr>
    }
}
