//! The first page of a workspace: how the last day went, what runs, what went wrong.
//!
//! The figures are renewed every few seconds in place: rows are keyed, so focus stays where it is.

pub mod rows;

use std::time::Duration;

use domain::Permission;
use domain::overview::Overview;
use leptos::prelude::*;
use leptos_meta::Title;

use self::rows::{FailureRow, LiveRow, WaitingRow};
use super::workspace::here::{may, use_slug};
use super::workspace::load::Load;
use super::workspace::renewed::renewed;
use crate::components::button::{ButtonVariant, LinkButton};
use crate::components::empty_state::EmptyState;
use crate::components::kpi::{Kpi, KpiColumns, KpiStrip};
use crate::components::panel::{PageHead, Panel};
use crate::components::skeleton::SkeletonRows;
use crate::components::text;
use crate::server_fns::overview::get_overview;

const RENEWED_EVERY: Duration = Duration::from_secs(5);

/// Loads the overview and keeps it fresh.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let slug = use_slug();
    let first = Resource::new(move || slug.get(), get_overview);
    view! {
        <Title text="Overview" />
        <Load
            resource=first
            failed="The overview could not be loaded"
            waiting=|| {
                view! {
                    <PageHead title="Overview" />
                    <div class="panel">
                        <SkeletonRows label="Loading the overview" />
                    </div>
                }
            }
            ready=move |first| view! { <Ready first=first slug=slug /> }.into_any()
        />
    }
}

#[component]
fn Ready(first: Overview, slug: Memo<String>) -> impl IntoView {
    let now = renewed(first, RENEWED_EVERY, slug, get_overview);
    let can_run = may(Permission::ExecutionsWrite);
    let href = move |path: &str| format!("/w/{}/{path}", slug.read());
    let actions = move || {
        let has_agents = now.read().agents > 0;
        (can_run && has_agents).then(|| {
            view! {
                <LinkButton href=href("agents") variant=ButtonVariant::Primary icon="play">
                    "Run an agent"
                </LinkButton>
            }
        })
    };
    let is_new =
        Memo::new(move |_| now.with(|now| now.agents == 0 && now.executions == 0 && now.live.is_empty()));
    view! {
        <PageHead
            title="Overview"
            meta=ViewFn::from(|| view! { <span>"Last 24 hours"</span> })
            actions=ViewFn::from(move || actions)
        />
        {move || {
            if is_new.get() {
                view! { <FirstSteps slug=slug /> }.into_any()
            } else {
                view! { <Figures now=now slug=slug /> }.into_any()
            }
        }}
    }
}

#[component]
fn FirstSteps(slug: Memo<String>) -> impl IntoView {
    let can_make = may(Permission::AgentsWrite);
    view! {
        <div class="panel">
            <EmptyState
                icon="bot"
                title="No agents yet"
                text="An agent is a set of instructions, variables and limits that you run on an input. Start from a template, import a file, or write your own."
            >
                {can_make
                    .then(|| {
                        view! {
                            <LinkButton
                                href=move || format!("/w/{}/agents/new", slug.read())
                                variant=ButtonVariant::Primary
                                icon="plus"
                            >
                                "New agent"
                            </LinkButton>
                        }
                    })}
            </EmptyState>
        </div>
    }
}

#[component]
fn Figures(now: Memo<Overview>, slug: Memo<String>) -> impl IntoView {
    let figure = move |of: fn(&Overview) -> u64| Signal::derive(move || now.with(|now| text::count(of(now))));
    let rate = Signal::derive(move || {
        now.with(|now| text::percent(now.succeeded, now.succeeded + now.troubled))
            .unwrap_or_else(|| "–".to_owned())
    });
    let rate_note = Signal::derive(move || {
        Some(match now.with(|now| (now.succeeded + now.troubled, now.troubled)) {
            (0, _) => "nothing has ended yet".to_owned(),
            (_, troubled) => format!("{} failed", text::count(troubled)),
        })
    });
    let cached = Signal::derive(move || {
        let (hits, all) = now.with(|now| (now.cache_hits, now.cache_hits + now.cache_misses));
        (all > 0).then(|| format!("{} of {} from cache", text::count(hits), text::count(all)))
    });
    let base = move |path: &str| format!("/w/{}/{path}", slug.get_untracked());
    view! {
        <KpiStrip columns=KpiColumns::Four class="mb-4">
            <Kpi name="Agents" value=figure(|now| now.agents) href=base("agents") />
            <Kpi
                name="Executions in 24 h"
                value=figure(|now| now.executions)
                note=cached
                href=base("executions")
            />
            <Kpi name="Success rate" value=rate note=rate_note />
            <Kpi name="Queued now" value=figure(|now| now.queued) href=base("executions?status=queued") />
        </KpiStrip>
        <Waiting now=now slug=slug />
        <div class="grid grid-cols-[minmax(0,1fr)] gap-4 lg:grid-cols-2 items-start">
            <Live now=now slug=slug />
            <Failures now=now slug=slug />
        </div>
    }
}

/// What only a person can move on; nothing when nobody is waited for.
#[component]
fn Waiting(now: Memo<Overview>, slug: Memo<String>) -> impl IntoView {
    let questions = Memo::new(move |_| now.with(|now| now.waiting.clone()));
    let is_any = Memo::new(move |_| !questions.read().is_empty());
    move || {
        is_any.get().then(|| {
            view! {
                <Panel id="waiting" title="Waiting for you" class="mb-4">
                    <ul class="rows">
                        <For
                            each=move || questions.get()
                            key=|question| (question.execution, question.step)
                            let(question)
                        >
                            <WaitingRow question=question slug=slug.get_untracked() />
                        </For>
                    </ul>
                </Panel>
            }
        })
    }
}

#[component]
fn Live(now: Memo<Overview>, slug: Memo<String>) -> impl IntoView {
    let rows = Memo::new(move |_| now.with(|now| now.live.clone()));
    let head = ViewFn::from(move || {
        view! {
            <a class="link ml-auto pr-1.5" href=format!("/w/{}/executions", slug.read())>
                "All executions"
            </a>
        }
    });
    view! {
        <Panel id="live" title="Live now" head=head>
            {move || {
                rows.read()
                    .is_empty()
                    .then(|| view! { <p class="text-muted px-3.5 py-6 text-center">"Nothing is running."</p> })
            }}
            <ul class="rows">
                <For each=move || rows.get() key=|row| (row.id, row.status, row.cancelling, row.attempt) let(row)>
                    <LiveRow row=row slug=slug.get_untracked() />
                </For>
            </ul>
        </Panel>
    }
}

#[component]
fn Failures(now: Memo<Overview>, slug: Memo<String>) -> impl IntoView {
    let rows = Memo::new(move |_| now.with(|now| now.failures.clone()));
    view! {
        <Panel id="failures" title="Recent failures">
            {move || {
                rows.read()
                    .is_empty()
                    .then(|| view! { <p class="text-muted px-3.5 py-6 text-center">"Nothing has failed."</p> })
            }}
            <ul class="rows">
                <For each=move || rows.get() key=|row| row.id let(row)>
                    <FailureRow row=row slug=slug.get_untracked() />
                </For>
            </ul>
        </Panel>
    }
}
