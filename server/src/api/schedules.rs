//! Schedules over REST. A change names the revision it is based on, as `If-Match`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::ids::ScheduleId;
use domain::paging::{List, Page, PageRequest};
use domain::schedules::{Firing, Preview, Schedule, ScheduleDraft};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::{JsonBody, Key, PathId, QueryMap, Revision, revision};
use crate::reply::{ApiError, Reply};
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list_schedules, create_schedule))
        .routes(routes!(preview_schedule))
        .routes(routes!(get_schedule, change_schedule, delete_schedule))
        .routes(routes!(run_schedule))
        .routes(routes!(pause_schedule))
        .routes(routes!(resume_schedule))
        .routes(routes!(list_firings))
}

/// A schedule, with its revision as `ETag`.
fn with_etag(schedule: &Schedule) -> Response {
    let mut response = Json(schedule).into_response();
    let tag = HeaderValue::from_str(&format!("\"{}\"", schedule.revision));
    response.headers_mut().extend(tag.map(|tag| (header::ETAG, tag)));
    response
}

/// List schedules
///
/// Newest first, each with its next due time and its last firing.
#[utoipa::path(get, path = "/schedules", tag = "Schedules",
    params(
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, description = "Rows wanted, 1 to 200; 50 unless given"),
    ),
    responses((status = 200, description = "A page of schedules", body = Page<Schedule>)))]
async fn list_schedules(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    query: QueryMap,
) -> Reply<Page<Schedule>> {
    let query = query.known(&["cursor", "limit"])?;
    let page = PageRequest::parse(List::Schedules, query.get("cursor"), query.get("limit"))?;
    Ok(Json(services.schedules().list(&actor, page).await?))
}

/// Make a schedule
///
/// By `cron` (five fields: minute, hour, day of the month, month, day of the week) in a time zone,
/// or once by `at`. The agent's published version runs, with this message and these variables; both
/// are checked now. Needs executions:write as well.
#[utoipa::path(post, path = "/schedules", tag = "Schedules",
    request_body(content = ScheduleDraft, example = json!({
        "name": "Morning report", "agent": "agt_…", "cron": "0 9 * * 1-5", "zone": "Europe/Berlin",
        "message": "What happened yesterday?", "overlap": "skip", "missed": "once"
    })),
    responses((status = 201, description = "The schedule, active", body = Schedule, headers(
        ("Location" = String, description = "Address of the schedule"),
        ("ETag" = String, description = "Revision of the schedule")))))]
async fn create_schedule(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    JsonBody(draft): JsonBody<ScheduleDraft>,
) -> Result<Response, ApiError> {
    let schedule = services.schedules().create(&actor, &draft).await?;
    let location = HeaderValue::from_str(&format!("/api/v1/schedules/{}", schedule.id));
    let mut response = with_etag(&schedule);
    *response.status_mut() = StatusCode::CREATED;
    response.headers_mut().extend(location.map(|location| (header::LOCATION, location)));
    Ok(response)
}

/// Preview due times
///
/// When a schedule would fire: in words, and the next five times. Nothing is stored, and only the
/// fields about time are looked at.
#[utoipa::path(post, path = "/schedules/preview", tag = "Schedules",
    request_body(content = ScheduleDraft, example = json!({"cron": "30 2 * * *", "zone": "Europe/Berlin"})),
    responses((status = 200, description = "Words and times", body = Preview)))]
async fn preview_schedule(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    JsonBody(draft): JsonBody<ScheduleDraft>,
) -> Reply<Preview> {
    Ok(Json(services.schedules().preview(&actor, &draft)?))
}

/// Get a schedule
///
/// Message and variables are absent without the scope `payloads:read`.
#[utoipa::path(get, path = "/schedules/{id}", tag = "Schedules",
    params(("id" = ScheduleId, Path, description = "The schedule")),
    responses((status = 200, description = "The schedule", body = Schedule, headers(
        ("ETag" = String, description = "Revision of the schedule")))))]
async fn get_schedule(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(schedule): PathId<ScheduleId>,
) -> Result<Response, ApiError> {
    Ok(with_etag(&services.schedules().get(&actor, schedule).await?))
}

/// Change a schedule
///
/// Replaces all of it. Without `If-Match` the answer is 428, with an old revision 409. Times that
/// wait are withdrawn; a paused schedule stays paused, an ended one begins again.
#[utoipa::path(put, path = "/schedules/{id}", tag = "Schedules",
    params(
        ("id" = ScheduleId, Path, description = "The schedule"),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the schedule as you read it"),
    ),
    request_body(content = ScheduleDraft),
    responses((status = 200, description = "The schedule", body = Schedule, headers(
        ("ETag" = String, description = "Revision of the schedule")))))]
async fn change_schedule(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(schedule): PathId<ScheduleId>,
    if_match: Revision,
    JsonBody(draft): JsonBody<ScheduleDraft>,
) -> Result<Response, ApiError> {
    let revision = revision(None, if_match)?;
    Ok(with_etag(&services.schedules().update(&actor, schedule, revision, &draft).await?))
}

/// Delete a schedule
///
/// It fires no more. The executions it started stay.
#[utoipa::path(delete, path = "/schedules/{id}", tag = "Schedules",
    params(("id" = ScheduleId, Path, description = "The schedule")),
    responses((status = 204, description = "Deleted")))]
async fn delete_schedule(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(schedule): PathId<ScheduleId>,
) -> Result<StatusCode, ApiError> {
    services.schedules().delete(&actor, schedule).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Run a schedule now
///
/// Starts its agent with its message, whatever the clock says, whatever goes on, and also while it is paused.
/// The log of firings gets a line with `asked_by`; the schedule's own times stay as they are.
#[utoipa::path(post, path = "/schedules/{id}/run", tag = "Schedules",
    params(("id" = ScheduleId, Path, description = "The schedule")),
    responses((status = 201, description = "The line of the log, with the execution", body = Firing)))]
async fn run_schedule(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(schedule): PathId<ScheduleId>,
) -> Result<(StatusCode, Json<Firing>), ApiError> {
    Ok((StatusCode::CREATED, Json(services.schedules().run_now(&actor, schedule).await?)))
}

/// Pause a schedule
///
/// Times that pass while it is paused are not made up for.
#[utoipa::path(post, path = "/schedules/{id}/pause", tag = "Schedules",
    params(("id" = ScheduleId, Path, description = "The schedule")),
    responses((status = 200, description = "The schedule, paused", body = Schedule)))]
async fn pause_schedule(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(schedule): PathId<ScheduleId>,
) -> Result<Response, ApiError> {
    Ok(with_etag(&services.schedules().pause(&actor, schedule).await?))
}

/// Resume a schedule
///
/// It goes on with the next due time from now.
#[utoipa::path(post, path = "/schedules/{id}/resume", tag = "Schedules",
    params(("id" = ScheduleId, Path, description = "The schedule")),
    responses((status = 200, description = "The schedule, active", body = Schedule)))]
async fn resume_schedule(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(schedule): PathId<ScheduleId>,
) -> Result<Response, ApiError> {
    Ok(with_etag(&services.schedules().resume(&actor, schedule).await?))
}

/// List firings
///
/// Every due time that was dealt with, latest first, those left out included, with the reason.
#[utoipa::path(get, path = "/schedules/{id}/firings", tag = "Schedules",
    params(
        ("id" = ScheduleId, Path, description = "The schedule"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, description = "Rows wanted, 1 to 200; 50 unless given"),
    ),
    responses((status = 200, description = "A page of firings", body = Page<Firing>)))]
async fn list_firings(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(schedule): PathId<ScheduleId>,
    query: QueryMap,
) -> Reply<Page<Firing>> {
    let query = query.known(&["cursor", "limit"])?;
    let page = PageRequest::parse(List::Firings, query.get("cursor"), query.get("limit"))?;
    Ok(Json(services.schedules().firings(&actor, schedule, page).await?))
}
