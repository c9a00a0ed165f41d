//! Schedules: making, changing, pausing, and what they did.

use domain::Problem;
use domain::agents::RunnableAgent;
use domain::ids::ScheduleId;
use domain::paging::Page;
use domain::schedules::{Firing, Preview, Schedule, ScheduleDraft};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
#[cfg(feature = "ssr")]
use crate::server_context;

/// A schedule and a page of its log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownSchedule {
    /// The schedule.
    pub schedule: Schedule,
    /// Due times that were dealt with, latest first.
    pub firings: Page<Firing>,
}

/// What the form needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleForm {
    /// Agents that can be run.
    pub agents: Vec<RunnableAgent>,
    /// The schedule to change; none for a new one.
    pub schedule: Option<Schedule>,
    /// What the form begins with.
    pub draft: ScheduleDraft,
    /// When that would fire; none when it would not any more.
    pub preview: Option<Preview>,
}

/// A page of schedules.
#[server(prefix = "/fn", endpoint = "schedules/list_schedules")]
pub async fn list_schedules(workspace: String, cursor: Option<String>) -> Result<Page<Schedule>, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let page = server_context::page(domain::paging::List::Schedules, cursor.as_deref())?;
    server_context::reply(services.schedules().list(&actor, page).await)
}

/// A schedule with a page of its log.
#[server(prefix = "/fn", endpoint = "schedules/get_schedule")]
pub async fn get_schedule(
    workspace: String,
    schedule: ScheduleId,
    cursor: Option<String>,
) -> Result<ShownSchedule, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let page = server_context::page(domain::paging::List::Firings, cursor.as_deref())?;
    let found = server_context::reply(services.schedules().get(&actor, schedule).await)?;
    let firings = server_context::reply(services.schedules().firings(&actor, schedule, page).await)?;
    Ok(ShownSchedule { schedule: found, firings })
}

/// What the form for a schedule needs; a new one without `schedule`.
#[server(prefix = "/fn", endpoint = "schedules/load_schedule_form")]
pub async fn load_schedule_form(
    workspace: String,
    schedule: Option<ScheduleId>,
) -> Result<ScheduleForm, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let agents = server_context::reply(services.agents().runnable(&actor).await)?;
    let schedule = match schedule {
        Some(id) => Some(server_context::reply(services.schedules().get(&actor, id).await)?),
        None => None,
    };
    let draft = schedule.as_ref().map_or_else(ScheduleDraft::example, Schedule::draft);
    let preview = services.schedules().preview(&actor, &draft).ok();
    Ok(ScheduleForm { agents, schedule, draft, preview })
}

/// When a draft would fire, or what is wrong with it: what is typed half-way is no failure of the call.
#[server(prefix = "/fn", endpoint = "schedules/preview_schedule")]
pub async fn preview_schedule(
    workspace: String,
    draft: ScheduleDraft,
) -> Result<Result<Preview, Problem>, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    Ok(services.schedules().preview(&actor, &draft))
}

/// Makes a schedule.
#[server(prefix = "/fn", endpoint = "schedules/create_schedule")]
pub async fn create_schedule(workspace: String, draft: ScheduleDraft) -> Result<Schedule, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let schedule = server_context::reply(services.schedules().create(&actor, &draft).await)?;
    server_context::after_form(&format!("/w/{workspace}/schedules/{}", schedule.id));
    Ok(schedule)
}

/// Replaces a schedule.
#[server(prefix = "/fn", endpoint = "schedules/update_schedule")]
pub async fn update_schedule(
    workspace: String,
    schedule: ScheduleId,
    revision: u64,
    draft: ScheduleDraft,
) -> Result<Schedule, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let changed = services.schedules().update(&actor, schedule, Some(revision), &draft).await;
    let schedule = server_context::reply(changed)?;
    server_context::after_form(&format!("/w/{workspace}/schedules/{}", schedule.id));
    Ok(schedule)
}

/// Starts a schedule's agent now.
#[server(prefix = "/fn", endpoint = "schedules/run_schedule")]
pub async fn run_schedule(workspace: String, schedule: ScheduleId) -> Result<Firing, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let firing = server_context::reply(services.schedules().run_now(&actor, schedule).await)?;
    server_context::after_form(&format!("/w/{workspace}/schedules/{schedule}"));
    Ok(firing)
}

/// Stops a schedule for a while.
#[server(prefix = "/fn", endpoint = "schedules/pause_schedule")]
pub async fn pause_schedule(workspace: String, schedule: ScheduleId) -> Result<Schedule, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let paused = server_context::reply(services.schedules().pause(&actor, schedule).await)?;
    server_context::after_form(&format!("/w/{workspace}/schedules/{schedule}"));
    Ok(paused)
}

/// Lets a schedule go on.
#[server(prefix = "/fn", endpoint = "schedules/resume_schedule")]
pub async fn resume_schedule(workspace: String, schedule: ScheduleId) -> Result<Schedule, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let resumed = server_context::reply(services.schedules().resume(&actor, schedule).await)?;
    server_context::after_form(&format!("/w/{workspace}/schedules/{schedule}"));
    Ok(resumed)
}

/// Deletes a schedule.
#[server(prefix = "/fn", endpoint = "schedules/delete_schedule")]
pub async fn delete_schedule(workspace: String, schedule: ScheduleId) -> Result<(), AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.schedules().delete(&actor, schedule).await)?;
    server_context::after_form(&format!("/w/{workspace}/schedules"));
    Ok(())
}
