//! The queue: how much waits and for how long, of which agent, and who works.
//!
//! Renewed every three seconds in place. Rows keep their places: an agent whose work is done stays with
//! zeros, and one that comes later stands at the end, until the page is loaded anew.

use std::time::Duration;

use domain::executions::WorkerRow;
use domain::ids::{AgentId, WorkerId};
use domain::queue::{QueueAgent, QueueView, QueueWorker};
use leptos::prelude::*;
use leptos_meta::Title;

use super::workspace::here::use_slug;
use super::workspace::load::Load;
use super::workspace::renewed::renewed;
use crate::components::empty_state::EmptyState;
use crate::components::kpi::{Kpi, KpiStrip, Progress};
use crate::components::note::{Note, NoteTone};
use crate::components::panel::{PageHead, Panel};
use crate::components::skeleton::SkeletonRows;
use crate::components::table::{Table, Th};
use crate::components::text;
use crate::components::time::Time;
use crate::server_fns::queue::get_queue;

const RENEWED_EVERY: Duration = Duration::from_secs(3);

/// Loads the queue and keeps it fresh.
#[component]
pub fn QueuePage() -> impl IntoView {
    let slug = use_slug();
    let first = Resource::new(move || slug.get(), get_queue);
    view! {
        <Title text="Queue" />
        <Load
            resource=first
            failed="The queue could not be loaded"
            waiting=|| {
                view! {
                    <PageHead title="Queue" />
                    <div class="panel">
                        <SkeletonRows label="Loading the queue" />
                    </div>
                }
            }
            ready=move |first| view! { <Ready first=first slug=slug /> }.into_any()
        />
    }
}

#[component]
fn Ready(first: QueueView, slug: Memo<String>) -> impl IntoView {
    let fresh = renewed(first, RENEWED_EVERY, slug, get_queue);
    let now = Memo::new(move |before: Option<&QueueView>| kept_in_place(before, fresh.get()));
    view! {
        <PageHead title="Queue" />
        <Figures now=now slug=slug />
        {move || {
            let lost = now.with(|now| now.lost);
            (lost > 0).then(|| {
                let title = text::plural(lost, "execution has lost its worker", "executions have lost their worker");
                view! {
                    <Note tone=NoteTone::Warn title=title class="mb-4">
                        "The process was not seen for a minute. They go on elsewhere when their leases end."
                    </Note>
                }
            })
        }}
        <Agents now=now slug=slug />
        <Workers now=now />
    }
}

/// The new figures with the agents in the order they were shown in.
fn kept_in_place(before: Option<&QueueView>, mut new: QueueView) -> QueueView {
    let Some(before) = before else { return new };
    let mut agents: Vec<_> = before
        .agents
        .iter()
        .map(|shown| match new.agents.iter().position(|agent| agent.agent.id == shown.agent.id) {
            Some(place) => new.agents.remove(place),
            None => QueueAgent { due: 0, later: 0, oldest: None, running: 0, ..shown.clone() },
        })
        .collect();
    agents.append(&mut new.agents);
    QueueView { agents, ..new }
}

#[component]
fn Figures(now: Memo<QueueView>, slug: Memo<String>) -> impl IntoView {
    let figure =
        move |of: fn(&QueueView) -> u64| Signal::derive(move || now.with(|now| text::count(of(now))));
    let list = move |status: &str| format!("/w/{}/executions?status={status}", slug.get_untracked());
    let oldest = Signal::derive(move || {
        now.with(|now| {
            now.oldest.map_or_else(|| "–".to_owned(), |since| text::duration(now.at.millis_since(since)))
        })
    });
    view! {
        <KpiStrip class="mb-4">
            <Kpi name="Due now" value=figure(|now| now.due) href=list("queued") />
            <Kpi name="Oldest" value=oldest note=Signal::derive(move || now.with(|now| now.oldest.is_some()).then(|| "waits for a worker".to_owned())) />
            <Kpi name="Not due yet" value=figure(|now| now.later) note=Signal::stored(Some("next attempts".to_owned())) />
            <Kpi name="Running" value=figure(|now| now.running) href=list("running") />
            <Kpi name="Waiting for people" value=figure(|now| now.waiting) href=list("waiting") />
        </KpiStrip>
    }
}

#[component]
fn Agents(now: Memo<QueueView>, slug: Memo<String>) -> impl IntoView {
    let ids =
        Memo::new(move |_| now.with(|now| now.agents.iter().map(|agent| agent.agent.id).collect::<Vec<_>>()));
    let is_empty = Memo::new(move |_| ids.read().is_empty());
    let table = move || {
        if is_empty.get() {
            view! {
                <EmptyState icon="hourglass" title="Nothing waits" text="Executions stand here while they wait for a worker and while they run." />
            }
            .into_any()
        } else {
            view! {
                <Table label="Queue by agent">
                    <thead>
                        <tr>
                            <Th label="Agent" />
                            <Th label="Due now" numeric=true />
                            <Th label="Oldest" numeric=true class="max-md:hidden" />
                            <Th label="Not due yet" numeric=true class="max-md:hidden" />
                            <Th label="Running" numeric=true />
                            <Th label="At the same time" class="max-md:hidden" />
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || ids.get() key=|id| *id let(id)>
                            <AgentRow now=now id=id slug=slug />
                        </For>
                    </tbody>
                </Table>
            }
            .into_any()
        }
    };
    view! { <Panel id="by-agent" title="By agent" class="mb-4">{table}</Panel> }
}

#[component]
fn AgentRow(now: Memo<QueueView>, id: AgentId, slug: Memo<String>) -> impl IntoView {
    let row = Memo::new(move |before: Option<&Option<QueueAgent>>| {
        let found = now.with(|now| now.agents.iter().find(|agent| agent.agent.id == id).cloned());
        found.or_else(|| before.cloned().flatten())
    });
    let first = row.get_untracked()?;
    let (title, slug_of) = (first.agent.title.clone(), first.agent.slug.clone());
    let row = Signal::derive(move || row.get().unwrap_or_else(|| first.clone()));
    let figure = move |of: fn(&QueueAgent) -> u64| move || text::count(of(&row.read()));
    let href = move || format!("/w/{}/executions?status=queued,running,waiting&agent={id}", slug.read());
    let age = move || {
        let at = now.with(|now| now.at);
        row.read().oldest.map_or_else(|| "–".to_owned(), |since| text::duration(at.millis_since(since)))
    };
    let label = format!("Places of {title} in use");
    let used = Signal::derive(move || {
        let row = row.read();
        u8::try_from(row.running.saturating_mul(100) / u64::from(row.limit.max(1))).unwrap_or(100)
    });
    let of = move || {
        let row = row.read();
        format!("{} of {}", text::count(row.running), text::count(u64::from(row.limit)))
    };
    let agent = move || format!("/w/{}/agents/{slug_of}/configuration", slug.read());
    Some(view! {
        <tr>
            <td class="w-full max-md:max-w-0">
                <a class="rowlink truncate" href=href>{title}</a>
            </td>
            <td class="r">{figure(|row| row.due)}</td>
            <td class="r max-md:hidden">{age}</td>
            <td class="r max-md:hidden">{figure(|row| row.later)}</td>
            <td class="r">{figure(|row| row.running)}</td>
            <td class="max-md:hidden">
                <a class="flex items-center gap-2 w-40 hover:underline underline-offset-3" href=agent title="Change the limit of this agent">
                    <span class="w-20"><Progress label=label percent=used thin=true /></span>
                    <span class="num">{of}</span>
                </a>
            </td>
        </tr>
    })
}

#[component]
fn Workers(now: Memo<QueueView>) -> impl IntoView {
    let ids = Memo::new(move |_| {
        now.with(|now| now.workers.iter().map(|worker| worker.worker.id).collect::<Vec<_>>())
    });
    let is_empty = Memo::new(move |_| ids.read().is_empty());
    let table = move || {
        if is_empty.get() {
            view! {
                <EmptyState
                    icon="triangle-alert"
                    title="Nobody works"
                    text="No process that runs executions was seen for a minute. Start one with shopfloor serve or shopfloor worker; what waits is kept."
                />
            }
            .into_any()
        } else {
            view! {
                <Table label="Workers">
                    <thead>
                        <tr>
                            <Th label="Process" />
                            <Th label="Places in use" />
                            <Th label="Held here" numeric=true />
                            <Th label="Leases until" class="max-md:hidden" />
                            <Th label="Late writes refused" numeric=true class="max-lg:hidden" />
                            <Th label="Last seen" class="max-md:hidden" />
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || ids.get() key=|id| *id let(id)>
                            <WorkerLine now=now id=id />
                        </For>
                    </tbody>
                </Table>
                <p class="px-3.5 py-2 text-xs text-subtle border-t border-line">
                    "These processes serve every workspace of this installation. Held here counts this one."
                </p>
            }
            .into_any()
        }
    };
    view! { <Panel id="workers" title="Workers">{table}</Panel> }
}

#[component]
fn WorkerLine(now: Memo<QueueView>, id: WorkerId) -> impl IntoView {
    let row = Memo::new(move |before: Option<&Option<QueueWorker>>| {
        let found = now.with(|now| now.workers.iter().find(|worker| worker.worker.id == id).cloned());
        found.or_else(|| before.cloned().flatten())
    });
    let first = row.get_untracked()?;
    let WorkerRow { name, version, .. } = first.worker.clone();
    let row = Signal::derive(move || row.get().unwrap_or_else(|| first.clone()));
    let label = format!("Places of {name} in use");
    let used = Signal::derive(move || {
        let worker = &row.read().worker;
        u8::try_from(u64::from(worker.busy) * 100 / u64::from(worker.slots.max(1))).unwrap_or(100)
    });
    let of = move || {
        let worker = &row.read().worker;
        format!("{} of {}", text::count(u64::from(worker.busy)), text::count(u64::from(worker.slots)))
    };
    let lease = move || match row.read().lease_until {
        Some(until) => view! { <Time at_ms=until.millis() /> }.into_any(),
        None => view! { <span class="text-subtle">"none"</span> }.into_any(),
    };
    let seen = Memo::new(move |_| row.read().worker.seen_at.millis());
    Some(view! {
        <tr>
            <td class="w-full max-md:max-w-0">
                <span class="flex items-baseline gap-2 min-w-0">
                    <span class="truncate">{name}</span>
                    <span class="text-subtle max-md:hidden">{format!("v{version}")}</span>
                </span>
            </td>
            <td>
                <span class="flex items-center gap-2 md:w-40">
                    <span class="w-20 max-md:hidden"><Progress label=label percent=used thin=true /></span>
                    <span class="num">{of}</span>
                </span>
            </td>
            <td class="r">{move || text::count(row.read().held)}</td>
            <td class="max-md:hidden text-muted">{lease}</td>
            <td class="r max-lg:hidden">{move || text::count(row.read().worker.refused_writes)}</td>
            <td class="max-md:hidden text-muted"><Time at_ms=seen /></td>
        </tr>
    })
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use domain::executions::AgentRef;
    use domain::ids::Id as _;

    use super::*;

    fn queue(agents: &[(u8, u64)]) -> QueueView {
        let agent = |&(n, due): &(u8, u64)| QueueAgent {
            agent: AgentRef { id: AgentId::from_bytes([n; 16]), slug: String::new(), title: String::new() },
            due,
            later: 0,
            oldest: None,
            running: 0,
            limit: 4,
        };
        let agents: Vec<_> = agents.iter().map(agent).collect();
        let at = Timestamp::from_millis(0);
        QueueView {
            at,
            due: 0,
            later: 0,
            oldest: None,
            running: 0,
            waiting: 0,
            agents,
            workers: Vec::new(),
            lost: 0,
        }
    }

    #[test]
    fn rows_keep_their_places_while_figures_change() {
        let shown = queue(&[(2, 5), (3, 1)]);
        let now = kept_in_place(Some(&shown), queue(&[(1, 9), (3, 7)]));
        let rows: Vec<_> = now.agents.iter().map(|agent| (agent.agent.id.bytes()[0], agent.due)).collect();
        assert_eq!(rows, [(2, 0), (3, 7), (1, 9)]);
    }
}
