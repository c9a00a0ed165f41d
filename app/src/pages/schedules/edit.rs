//! Making a schedule, and changing one.

use domain::ids::ScheduleId;
use domain::schedules::ScheduleDraft;
use domain::{Permission, Problem};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::form::ScheduleFields;
use crate::components::note::{Note, NoteTone};
use crate::components::panel::PageHead;
use crate::components::skeleton::SkeletonText;
use crate::error::AppError;
use crate::kept::kept;
use crate::once::once;
use crate::pages::executions::address::{use_part, use_workspace};
use crate::pages::executions::failure::LoadFailed;
use crate::pages::workspace::form::problem_of;
use crate::pages::workspace::here::may;
use crate::server_fns::schedules::{CreateSchedule, ScheduleForm, UpdateSchedule, load_schedule_form};
use crate::shell::context::name_page;

/// Makes a schedule.
#[component]
pub fn NewSchedulePage() -> impl IntoView {
    let workspace = use_workspace();
    let form = Resource::new(move || workspace.get(), |workspace| load_schedule_form(workspace, None));
    view! {
        <Title text="New schedule" />
        <PageHead title="New schedule" />
        <Loaded workspace=workspace form=form />
    }
}

/// Changes a schedule.
#[component]
pub fn EditSchedulePage() -> impl IntoView {
    let (workspace, id) = (use_workspace(), use_part("id"));
    let form = Resource::new(
        move || (workspace.get(), id.get()),
        |(workspace, id)| async move {
            let id = id.parse::<ScheduleId>().map_err(|_| AppError(Problem::not_found("schedule")))?;
            load_schedule_form(workspace, Some(id)).await
        },
    );
    view! {
        <Title text="Edit schedule" />
        <PageHead title="Edit schedule" />
        <Loaded workspace=workspace form=form />
    }
}

/// The four faces of the form.
#[component]
fn Loaded(workspace: Memo<String>, form: Resource<Result<ScheduleForm, AppError>>) -> impl IntoView {
    let retry = Callback::new(move |()| form.refetch());
    let may_write = may(Permission::SchedulesWrite);
    view! {
        <Transition fallback=|| view! { <SkeletonText label="Loading the form" block=true /> }>
            {once(move || Suspend::new(async move {
                let workspace = workspace.get_untracked();
                match form.await {
                    Err(error) => {
                        let back = (format!("/w/{workspace}/schedules"), "All schedules");
                        view! { <LoadFailed title="The form could not be loaded" error=error on_retry=retry back=back /> }
                            .into_any()
                    }
                    Ok(_) if !may_write => view! {
                        <Note tone=NoteTone::Warn title="You may not change schedules" icon="lock">
                            "This needs the role member or higher. Ask an owner or admin of the workspace."
                        </Note>
                    }
                    .into_any(),
                    Ok(form) if form.schedule.is_some() => view! { <ChangeForm workspace=workspace form=form /> }.into_any(),
                    Ok(form) => view! { <NewForm workspace=workspace form=form /> }.into_any(),
                }
            }))}
        </Transition>
    }
}

/// The form with what was typed before, whose times the browser alone can show.
fn with_typed(form: ScheduleForm, typed: Option<ScheduleDraft>) -> ScheduleForm {
    match typed {
        Some(draft) => ScheduleForm { draft, preview: None, ..form },
        None => form,
    }
}

/// Goes to the schedule that was saved.
fn go_to_saved(workspace: String, saved: impl Fn() -> Option<ScheduleId> + 'static) {
    let navigate = use_navigate();
    Effect::new(move |_| {
        if let Some(id) = saved() {
            navigate(&format!("/w/{workspace}/schedules/{id}"), NavigateOptions::default());
        }
    });
}

#[component]
fn NewForm(workspace: String, form: ScheduleForm) -> impl IntoView {
    let form = with_typed(form, kept::<CreateSchedule>().map(|typed| typed.draft));
    let create = ServerAction::<CreateSchedule>::new();
    let value = create.value();
    go_to_saved(workspace.clone(), move || value.get().and_then(Result::ok).map(|schedule| schedule.id));
    view! {
        <ActionForm action=create>
            <ScheduleFields
                back=format!("/w/{workspace}/schedules")
                workspace=workspace
                form=form
                problem=problem_of(create)
                pending=create.pending().into()
                words=("Create schedule", "Creating schedule")
            />
        </ActionForm>
    }
}

#[component]
fn ChangeForm(workspace: String, form: ScheduleForm) -> impl IntoView {
    let update = ServerAction::<UpdateSchedule>::new();
    let value = update.value();
    go_to_saved(workspace.clone(), move || value.get().and_then(Result::ok).map(|schedule| schedule.id));
    let (id, revision, name) = form
        .schedule
        .as_ref()
        .map(|schedule| (schedule.id.to_string(), schedule.revision, schedule.name.clone()))
        .unwrap_or_default();
    name_page(move || Some(name.clone()));
    let typed = kept::<UpdateSchedule>().filter(|typed| typed.schedule.to_string() == id);
    let form = with_typed(form, typed.map(|typed| typed.draft));
    view! {
        <ActionForm action=update>
            <input type="hidden" name="schedule" value=id.clone() />
            <input type="hidden" name="revision" value=revision.to_string() />
            <ScheduleFields
                back=format!("/w/{workspace}/schedules/{id}")
                workspace=workspace
                form=form
                problem=problem_of(update)
                pending=update.pending().into()
                words=("Save schedule", "Saving schedule")
            />
        </ActionForm>
    }
}
