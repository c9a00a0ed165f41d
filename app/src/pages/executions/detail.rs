//! One execution: what happened, whether it is right, and what to do next.

use domain::Problem;
use domain::ids::ExecutionId;
use leptos::prelude::*;
use leptos_meta::Title;

use super::actions::{CancelButton, FollowUpForm, RunAgainButton};
use super::address::{use_part, use_workspace};
use super::approval::{ClosedApprovals, OpenApproval};
use super::cause::Cause;
use super::events::EventsPanel;
use super::facts::Facts;
use super::failure::{ActionFailed, LoadFailed};
use super::input::InputPanel;
use super::next_attempt::NextAttempt;
use super::output::OutputPanel;
use super::related::{RelatedPanel, short};
use super::sections::{AttemptsPanel, TurnLinks};
use super::shown::{RowStatus, SimulatedBadge, Version, row_status, title, trigger};
use super::timeline::TimelinePanel;
use crate::components::badge::Badge;
use crate::components::copy::{CopyButton, CopyStyle};
use crate::components::icon::{Icon, IconSize};
use crate::components::panel::PageHead;
use crate::components::skeleton::SkeletonText;
use crate::components::status::Status;
use crate::components::text;
use crate::components::time::{Time, TimeStyle};
use crate::error::AppError;
use crate::live::{LiveExecution, Story, load};
use crate::once::once;
use crate::server_fns::executions::ShownExecution;
use crate::shell::context::name_page;

/// One execution.
#[component]
pub fn ExecutionPage() -> impl IntoView {
    let (workspace, id) = (use_workspace(), use_part("id"));
    let loaded = Resource::new(
        move || (workspace.get(), id.get()),
        |(workspace, id)| async move {
            let id = id.parse::<ExecutionId>().map_err(|_| AppError(Problem::not_found("execution")))?;
            load(workspace, id).await
        },
    );
    let retry = Callback::new(move |()| loaded.refetch());
    view! {
        <Transition fallback=|| view! { <SkeletonText label="Loading the execution" block=true /> }>
            {once(move || Suspend::new(async move {
                match loaded.await {
                    Ok((shown, story)) => {
                        view! { <Execution workspace=workspace.get_untracked() shown=shown story=story /> }.into_any()
                    }
                    Err(error) => {
                        let back = (format!("/w/{}/executions", workspace.get_untracked()), "All executions");
                        view! {
                            <Title text="Execution" />
                            <PageHead title="Execution" />
                            <LoadFailed title="The execution could not be loaded" error=error on_retry=retry back=back />
                        }
                        .into_any()
                    }
                }
            }))}
        </Transition>
    }
}

#[component]
fn Execution(workspace: String, shown: ShownExecution, story: Story) -> impl IntoView {
    let live = LiveExecution::follow(workspace.clone(), shown, story);
    // A title never changes. As plain text it holds no lock while the document's head, on a thread of its
    // own, asks for it during rendering.
    let name = title(&live.shown.read_untracked().detail.row);
    let crumb = name.clone();
    name_page(move || Some(crumb.clone()));
    let problem = Signal::derive(move || live.problem.get());
    view! {
        <Title text=name.clone() />
        <Head workspace=workspace.clone() live=live name=name />
        <Announcement live=live />
        <ActionFailed title="The execution could not be read again" error=problem />
        <Cause live=live workspace=workspace.clone() />
        <NextAttempt live=live />
        <OpenApproval live=live workspace=workspace.clone() />
        <Facts live=live />
        <div class="grid gap-4 lg:grid-cols-[minmax(0,1.5fr)_minmax(0,1fr)] items-start">
            <div class="grid grid-cols-1 gap-4 min-w-0 max-lg:order-2">
                <ClosedApprovals live=live />
                <TimelinePanel live=live />
                <EventsPanel live=live />
                <AttemptsPanel live=live />
            </div>
            <div class="grid grid-cols-1 gap-4 min-w-0">
                <OutputPanel live=live workspace=workspace.clone() />
                <FollowUpForm live=live workspace=workspace.clone() />
                <InputPanel live=live workspace=workspace.clone() />
                <RelatedPanel live=live workspace=workspace.clone() />
            </div>
        </div>
    }
}

#[component]
fn Head(workspace: String, live: LiveExecution, name: String) -> impl IntoView {
    let row = Signal::derive(move || live.shown.read().detail.row.clone());
    let first = row.get_untracked();
    let home = StoredValue::new(format!("/w/{workspace}"));
    let id = first.id.to_string();
    let short_id = short(first.id);
    let workspace = StoredValue::new(workspace);
    let lead = ViewFn::from(move || view! { <RowStatus row=row large=true /> });
    let meta = ViewFn::from(move || {
        let first = first.clone();
        let agent = format!("{}/agents/{}/playground", home.read_value(), first.agent.slug);
        let (icon, word) = trigger(first.trigger);
        view! {
            <span class="inline-flex items-center gap-0.5">
                <span class="mono" title=id.clone()>{short_id.clone()}</span>
                <CopyButton text=id.clone() what="execution id" style=CopyStyle::Icon />
            </span>
            <span class="inline-flex items-center gap-1.5">
                <Icon name="bot" size=IconSize::Small class="text-subtle" />
                <a class="underline underline-offset-3" href=agent>{first.agent.title.clone()}</a>
                <Version number=first.version />
            </span>
            <span class="inline-flex items-center gap-1.5">
                <Icon name=icon size=IconSize::Small class="text-subtle" />
                {word} " " {first.created_by.clone()}
            </span>
            <span>"Accepted " <Time at_ms=first.created_at.millis() style=TimeStyle::Local /></span>
            <TurnLinks live=live home=home />
            {first.copied_from.map(|from| {
                let href = format!("{}/executions/{from}", home.read_value());
                view! {
                    <a class="inline-flex" href=href title="Answered with the result of an earlier execution">
                        <Badge icon="database">"Cache hit"</Badge>
                    </a>
                }
            })}
            {first.simulated.then(|| view! { <SimulatedBadge /> })}
        }
    });
    let actions = ViewFn::from(move || {
        view! {
            <CancelButton live=live workspace=workspace.get_value() />
            <RunAgainButton live=live workspace=workspace.get_value() />
        }
    });
    view! { <PageHead title=name lead=lead meta=meta actions=actions /> }
}

/// Tells those who do not see the pill that the state has changed, and nothing more often.
#[component]
fn Announcement(live: LiveExecution) -> impl IntoView {
    let status = Memo::new(move |_| row_status(&live.shown.read().detail.row));
    let words = RwSignal::new(String::new());
    Effect::new(move |before: Option<Status>| {
        let now = status.get();
        if before.is_some_and(|before| before != now) {
            let row = live.shown.read_untracked().detail.row.clone();
            let took =
                row.started_at.zip(row.finished_at).map(|(from, to)| text::duration(to.millis_since(from)));
            words.set(match took {
                Some(took) => format!("Execution {} after {took}", now.label().to_lowercase()),
                None => format!("Execution {}", now.label().to_lowercase()),
            });
        }
        now
    });
    view! { <p class="sr-only" role="status">{move || words.get()}</p> }
}
