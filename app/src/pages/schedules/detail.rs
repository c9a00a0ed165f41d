//! One schedule: when it fires next, what it did, and what can be done with it.

use std::time::Duration;

use domain::ids::ScheduleId;
use domain::paging::Page;
use domain::schedules::{Firing, Schedule, ScheduleState};
use domain::{Permission, Problem};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

use super::firings::FiringLog;
use super::shown::{StateBadge, expression};
use crate::components::button::{Button, ButtonKind, ButtonVariant, LinkButton};
use crate::components::dialog::Dialog;
use crate::components::kpi::{Fact, KpiColumns, KpiStrip};
use crate::components::panel::PageHead;
use crate::components::skeleton::SkeletonText;
use crate::components::time::Time;
use crate::components::toast::{Toast, use_toasts};
use crate::error::AppError;
use crate::once::once;
use crate::pages::agents::dialogs::addressed;
use crate::pages::executions::address::{Place, use_part, use_workspace};
use crate::pages::executions::failure::LoadFailed;
use crate::pages::workspace::form::{FormProblem, problem_of, toast_when_done};
use crate::pages::workspace::here::may;
use crate::server_fns::schedules::{
    DeleteSchedule, PauseSchedule, ResumeSchedule, RunSchedule, ShownSchedule, get_schedule,
};
use crate::shell::context::name_page;

/// How often the page looks again.
const AGAIN: Duration = Duration::from_secs(5);

async fn load(workspace: String, id: String, place: Place) -> Result<ShownSchedule, AppError> {
    let id = id.parse::<ScheduleId>().map_err(|_| AppError(Problem::not_found("schedule")))?;
    get_schedule(workspace, id, place.cursor()).await
}

/// One schedule.
#[component]
pub fn SchedulePage() -> impl IntoView {
    let (workspace, id, place) = (use_workspace(), use_part("id"), Place::of_address());
    let loaded = Resource::new(
        move || (workspace.get(), id.get(), place.get()),
        |(workspace, id, place)| load(workspace, id, place),
    );
    let retry = Callback::new(move |()| loaded.refetch());
    view! {
        <Transition fallback=|| view! { <SkeletonText label="Loading the schedule" block=true /> }>
            {once(move || Suspend::new(async move {
                let workspace = workspace.get_untracked();
                match loaded.await {
                    Ok(shown) => {
                        view! { <Shown workspace=workspace shown=shown place=place.get_untracked() /> }.into_any()
                    }
                    Err(error) => {
                        let back = (format!("/w/{workspace}/schedules"), "All schedules");
                        view! {
                            <Title text="Schedule" />
                            <PageHead title="Schedule" />
                            <LoadFailed title="The schedule could not be loaded" error=error on_retry=retry back=back />
                        }
                        .into_any()
                    }
                }
            }))}
        </Transition>
    }
}

/// Reads the schedule and its log again and again, while the page is there.
fn keep_fresh(
    workspace: String,
    id: ScheduleId,
    place: Place,
    schedule: RwSignal<Schedule>,
    firings: RwSignal<Page<Firing>>,
) {
    Effect::new(move |_| {
        let (workspace, place) = (workspace.clone(), place.clone());
        let look = move || {
            let (workspace, place) = (workspace.clone(), place.clone());
            spawn_local(async move {
                // What is shown stays when the server cannot be reached.
                if let Ok(fresh) = get_schedule(workspace, id, place.cursor()).await {
                    schedule.try_set(fresh.schedule);
                    firings.try_set(fresh.firings);
                }
            });
        };
        if let Ok(timer) = set_interval_with_handle(look, AGAIN) {
            on_cleanup(move || timer.clear());
        }
    });
}

#[component]
fn Shown(workspace: String, shown: ShownSchedule, place: Place) -> impl IntoView {
    let name = shown.schedule.name.clone();
    let crumb = name.clone();
    name_page(move || Some(crumb.clone()));
    let id = shown.schedule.id;
    let path = format!("/w/{workspace}/schedules/{id}");
    let schedule = RwSignal::new(shown.schedule);
    let firings = RwSignal::new(shown.firings);
    keep_fresh(workspace.clone(), id, place.clone(), schedule, firings);
    let state = Memo::new(move |_| schedule.read().state);
    let lead = ViewFn::from(move || move || view! { <StateBadge state=state.get() /> });
    let meta = ViewFn::from({
        let agents = format!("/w/{workspace}/agents");
        move || {
            let agents = agents.clone();
            move || {
                let schedule = schedule.read();
                let href = format!("{agents}/{}/playground", schedule.agent.slug);
                view! {
                    <span>"Runs " <a class="underline underline-offset-3" href=href>{schedule.agent.title.clone()}</a></span>
                    <span class="mono">{expression(&schedule.timing)}</span>
                    <span>{schedule.words.clone()}</span>
                }
            }
        }
    });
    let actions = ViewFn::from({
        let (workspace, path) = (workspace.clone(), path.clone());
        move || view! { <Actions workspace=workspace.clone() path=path.clone() id=id schedule=schedule /> }
    });
    view! {
        <Title text=name.clone() />
        <PageHead title=name lead=lead meta=meta actions=actions />
        <Facts schedule=schedule />
        <FiringLog firings=firings workspace=workspace.clone() path=path place=place />
        <DeleteDialog workspace=workspace id=id />
    }
}

#[component]
fn Facts(schedule: RwSignal<Schedule>) -> impl IntoView {
    let next =
        move || schedule.read().next.as_ref().map_or_else(|| "Not due".to_owned(), |due| due.local.clone());
    let end = move || match schedule.read().end_at {
        Some(end) => view! { <Time at_ms=end.millis() /> }.into_any(),
        None => "Never".into_any(),
    };
    let overlap = move || schedule.read().overlap.sentence();
    let missed = move || {
        let schedule = schedule.read();
        match schedule.missed.as_str() {
            "all" => format!("Up to {} missed times", schedule.missed_limit),
            "once" => "Once".to_owned(),
            _ => "Not at all".to_owned(),
        }
    };
    let by = Signal::derive(move || Some(format!("by {}", schedule.read().updated_by)));
    let changed = Signal::derive(move || schedule.read().updated_at.millis());
    view! {
        <KpiStrip columns=KpiColumns::Five class="mb-4">
            <Fact name="Next due">{next}</Fact>
            <Fact name="Ends">{end}</Fact>
            <Fact name="If still going">{overlap}</Fact>
            <Fact name="Catches up">{missed}</Fact>
            <Fact name="Changed" note=by><Time at_ms=changed /></Fact>
        </KpiStrip>
    }
}

#[component]
fn Actions(workspace: String, path: String, id: ScheduleId, schedule: RwSignal<Schedule>) -> impl IntoView {
    let pause = ServerAction::<PauseSchedule>::new();
    let resume = ServerAction::<ResumeSchedule>::new();
    let run = ServerAction::<RunSchedule>::new();
    toast_when_done(run, "Execution started");
    let (paused, resumed) = (pause.value(), resume.value());
    Effect::new(move |_| {
        if let Some(Ok(changed)) = paused.get() {
            schedule.set(changed);
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(changed)) = resumed.get() {
            schedule.set(changed);
        }
    });
    let may_write = may(Permission::SchedulesWrite);
    let state = Memo::new(move |_| schedule.read().state);
    let hidden = StoredValue::new((workspace, id.to_string()));
    let fields = move || {
        let (workspace, id) = hidden.get_value();
        view! {
            <input type="hidden" name="workspace" value=workspace />
            <input type="hidden" name="schedule" value=id />
        }
    };
    let switch = move || {
        match state.get() {
        ScheduleState::Active => view! {
            <ActionForm action=pause>
                {fields()}
                <Button kind=ButtonKind::Submit icon="circle-pause" busy=pause.pending()>"Pause"</Button>
            </ActionForm>
        }
        .into_any(),
        ScheduleState::Paused => view! {
            <ActionForm action=resume>
                {fields()}
                <Button kind=ButtonKind::Submit variant=ButtonVariant::Primary icon="play" busy=resume.pending()>"Resume"</Button>
            </ActionForm>
        }
        .into_any(),
        ScheduleState::Ended => ().into_any(),
    }
    };
    may_write.then(|| {
        view! {
            {may(Permission::ExecutionsWrite)
                .then(|| view! {
                    <ActionForm action=run>
                        {fields()}
                        <Button kind=ButtonKind::Submit icon="play" busy=run.pending()>"Run now"</Button>
                    </ActionForm>
                })}
            {switch}
            <LinkButton href=format!("{path}/edit") icon="pencil">"Edit"</LinkButton>
            <LinkButton href=format!("{path}?dialog=delete") variant=ButtonVariant::Danger icon="trash-2">"Delete"</LinkButton>
            <FormProblem title="It was not started" problem=problem_of(run) />
            <FormProblem title="It was not paused" problem=problem_of(pause) />
            <FormProblem title="It was not resumed" problem=problem_of(resume) />
        }
    })
}

/// Asks before a schedule is deleted.
#[component]
fn DeleteDialog(workspace: String, id: ScheduleId) -> impl IntoView {
    let (open, leave) = addressed("delete");
    let delete = ServerAction::<DeleteSchedule>::new();
    let value = delete.value();
    let toasts = use_toasts();
    let navigate = use_navigate();
    let list = format!("/w/{workspace}/schedules");
    Effect::new(move |_| {
        if matches!(*value.read(), Some(Ok(()))) {
            toasts.show(Toast::success("Schedule deleted"));
            navigate(&list, NavigateOptions::default());
        }
    });
    let path = use_location().pathname;
    view! {
        <Dialog
            id="delete"
            open=open
            title="Delete this schedule?"
            description="It fires no more and leaves the list with its log. The executions it started stay."
            on_close=leave
        >
            <ActionForm action=delete>
                <input type="hidden" name="workspace" value=workspace />
                <input type="hidden" name="schedule" value=id.to_string() />
                <div class="mt-3">
                    <FormProblem title="The schedule was not deleted" problem=problem_of(delete) />
                </div>
                <div class="dialog-foot">
                    <LinkButton href=path>"Keep schedule"</LinkButton>
                    <Button kind=ButtonKind::Submit variant=ButtonVariant::DangerSolid busy=delete.pending()>
                        "Delete schedule"
                    </Button>
                </div>
            </ActionForm>
        </Dialog>
    }
}
