//! The schedules of the workspace: what runs by itself, and when next.

use domain::Permission;
use domain::paging::Page;
use domain::schedules::Schedule;
use leptos::prelude::*;
use leptos_meta::Title;

use super::shown::{Outcome, StateBadge, expression};
use crate::components::button::{ButtonVariant, LinkButton};
use crate::components::empty_state::EmptyState;
use crate::components::panel::PageHead;
use crate::components::skeleton::SkeletonRows;
use crate::components::table::{Pager, Table, Th};
use crate::components::text::plural;
use crate::once::once;
use crate::pages::executions::address::{Place, use_workspace, with_query};
use crate::pages::executions::failure::LoadFailed;
use crate::pages::executions::keys::on_key;
use crate::pages::workspace::here::may;
use crate::server_fns::schedules::list_schedules;

/// The list of schedules.
#[component]
pub fn SchedulesPage() -> impl IntoView {
    let workspace = use_workspace();
    let path = Memo::new(move |_| format!("/w/{}/schedules", workspace.read()));
    let place = Place::of_address();
    let schedules = Resource::new(
        move || (workspace.get(), place.get()),
        |(workspace, place)| list_schedules(workspace, place.cursor()),
    );
    let retry = Callback::new(move |()| schedules.refetch());
    on_key("n", "[data-key=new-schedule] a");
    let may_write = may(Permission::SchedulesWrite);
    let new = Signal::derive(move || format!("{}/new", path.read()));
    let button = move || {
        may_write.then(|| {
            view! {
                <span data-key="new-schedule">
                    <LinkButton href=new variant=ButtonVariant::Primary icon="plus" shortcut="N">"New schedule"</LinkButton>
                </span>
            }
        })
    };
    view! {
        <Title text="Schedules" />
        <PageHead title="Schedules" actions=ViewFn::from(button) />
        <section class="panel" aria-label="Schedules">
            <Transition fallback=|| view! { <SkeletonRows label="Loading schedules" /> }>
                {once(move || Suspend::new(async move {
                    let path = path.get_untracked();
                    match schedules.await {
                        Err(error) => view! {
                            <div class="p-3.5">
                                <LoadFailed title="The schedules could not be loaded" error=error on_retry=retry />
                            </div>
                        }
                        .into_any(),
                        Ok(page) if page.items.is_empty() => {
                            let text = if may_write {
                                "A schedule runs an agent by the clock: every morning, every hour, or once."
                            } else {
                                "A schedule runs an agent by the clock. Members of the workspace can make one."
                            };
                            let first = may_write.then(|| {
                                view! {
                                    <LinkButton href=format!("{path}/new") icon="plus">"Make the first schedule"</LinkButton>
                                }
                            });
                            view! { <EmptyState icon="calendar-clock" title="No schedules yet" text=text>{first}</EmptyState> }
                                .into_any()
                        }
                        Ok(page) => {
                            view! { <ScheduleTable page=page path=path place=place.get_untracked() /> }.into_any()
                        }
                    }
                }))}
            </Transition>
        </section>
    }
}

#[component]
fn ScheduleTable(page: Page<Schedule>, path: String, place: Place) -> impl IntoView {
    let text = plural(page.items.len() as u64, "schedule", "schedules");
    let link = |place: Place| with_query(&path, &[("cursor", &place.cursor), ("trail", &place.trail)]);
    let newer = place.newer().map(link);
    let older = page.next_cursor.map(|next| link(place.older(&next)));
    let rows = page
        .items
        .into_iter()
        .map(|schedule| {
            let href = format!("{path}/{}", schedule.id);
            view! { <Row schedule=schedule href=href /> }
        })
        .collect_view();
    view! {
        <Table label="Schedules">
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
        </Table>
        <Pager text=text newer=newer older=older />
    }
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
