//! Batches over REST: checked, made, followed, stopped, and their results downloaded.

mod file;

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::batches::{Batch, BatchDraft, BatchRow, Report, RowState};
use domain::ids::{AgentId, BatchId};
use domain::paging::{List, Page, PageRequest};
use domain::{Kind, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::file::{FileBody, MAX_FILE_BODY};
use crate::caller::{Key, PathId, QueryMap};
use crate::download;
use crate::reply::{ApiError, Reply};
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    let files = OpenApiRouter::default()
        .routes(routes!(list_batches, create_batch))
        .routes(routes!(check_batch))
        .layer(DefaultBodyLimit::max(MAX_FILE_BODY));
    OpenApiRouter::default()
        .merge(files)
        .routes(routes!(get_batch))
        .routes(routes!(pause_batch))
        .routes(routes!(rerun_failed_rows))
        .routes(routes!(resume_batch))
        .routes(routes!(cancel_batch))
        .routes(routes!(list_batch_rows))
        .routes(routes!(batch_results))
}

/// List batches
///
/// Newest first, with their progress.
#[utoipa::path(get, path = "/batches", tag = "Batches",
    params(
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, description = "Rows wanted, 1 to 200; 50 unless given"),
    ),
    responses((status = 200, description = "A page of batches", body = Page<Batch>)))]
async fn list_batches(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    query: QueryMap,
) -> Reply<Page<Batch>> {
    let query = query.known(&["cursor", "limit"])?;
    let page = PageRequest::parse(List::Batches, query.get("cursor"), query.get("limit"))?;
    Ok(Json(services.batches().list(&actor, page).await?))
}

/// Start a batch
///
/// Runs the agent's published version once for each row of a file, at most 50000. Send the file as
/// it is (`Content-Type: text/csv` or `application/x-ndjson`, with agent, name and `rows_at_once` in
/// the address), or inside JSON. The first line of CSV names the columns: `message` and variables of
/// the agent. Every row is checked first; when one is wrong the answer is 422 with the rows and
/// columns, and nothing is started.
#[utoipa::path(post, path = "/batches", tag = "Batches",
    params(
        ("agent" = Option<AgentId>, Query, description = "The agent, beside a file"),
        ("name" = Option<String>, Query, description = "Name in lists, beside a file"),
        ("rows_at_once" = Option<u32>, Query, description = "Rows in the queue at the same time, 1 to 500; 50 unless given"),
    ),
    request_body(content = BatchDraft, example = json!({
        "name": "Welcome mails", "agent": "agt_…", "format": "csv", "data": "name,city\nAda,London\n"
    })),
    responses((status = 201, description = "The batch, running", body = Batch, headers(
        ("Location" = String, description = "Address of the batch")))))]
async fn create_batch(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    FileBody(draft): FileBody,
) -> Result<Response, ApiError> {
    let batch = services.batches().create(&actor, &draft).await?;
    let location = HeaderValue::from_str(&format!("/api/v1/batches/{}", batch.id));
    let mut response = (StatusCode::CREATED, Json(batch)).into_response();
    response.headers_mut().extend(location.map(|location| (header::LOCATION, location)));
    Ok(response)
}

/// Check a file
///
/// Reads a file as a batch would and reports its rows, columns and problems. Nothing is started.
#[utoipa::path(post, path = "/batches/check", tag = "Batches",
    params(
        ("agent" = Option<AgentId>, Query, description = "The agent, beside a file"),
        ("name" = Option<String>, Query, description = "Name in lists, beside a file"),
        ("rows_at_once" = Option<u32>, Query, description = "Rows in the queue at the same time, beside a file"),
    ),
    request_body(content = BatchDraft),
    responses((status = 200, description = "What the file holds and what is wrong with it", body = Report)))]
async fn check_batch(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    FileBody(draft): FileBody,
) -> Reply<Report> {
    Ok(Json(services.batches().check(&actor, &draft).await?))
}

/// Get a batch
///
/// With the number of rows in each state.
#[utoipa::path(get, path = "/batches/{id}", tag = "Batches",
    params(("id" = BatchId, Path, description = "The batch")),
    responses((status = 200, description = "The batch", body = Batch)))]
async fn get_batch(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(batch): PathId<BatchId>,
) -> Reply<Batch> {
    Ok(Json(services.batches().get(&actor, batch).await?))
}

/// Pause a batch
///
/// No more rows are fed to the queue; those in it go on.
#[utoipa::path(post, path = "/batches/{id}/pause", tag = "Batches",
    params(("id" = BatchId, Path, description = "The batch")),
    responses((status = 200, description = "The batch, paused", body = Batch)))]
async fn pause_batch(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(batch): PathId<BatchId>,
) -> Reply<Batch> {
    Ok(Json(services.batches().pause(&actor, batch).await?))
}

/// Run failed rows again
///
/// The rows of an ended batch that failed, timed out or crashed become a new batch, with the agent's published
/// version. Nothing starts when one of them no longer fits the agent.
#[utoipa::path(post, path = "/batches/{id}/rerun-failed", tag = "Batches",
    params(("id" = BatchId, Path, description = "The batch")),
    responses((status = 201, description = "The new batch", body = Batch)))]
async fn rerun_failed_rows(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(batch): PathId<BatchId>,
) -> Result<(StatusCode, Json<Batch>), ApiError> {
    Ok((StatusCode::CREATED, Json(services.batches().rerun_failed(&actor, batch).await?)))
}

/// Resume a batch
///
/// Rows are fed again.
#[utoipa::path(post, path = "/batches/{id}/resume", tag = "Batches",
    params(("id" = BatchId, Path, description = "The batch")),
    responses((status = 200, description = "The batch, running", body = Batch)))]
async fn resume_batch(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(batch): PathId<BatchId>,
) -> Reply<Batch> {
    Ok(Json(services.batches().resume(&actor, batch).await?))
}

/// Cancel a batch
///
/// No more rows are fed, and executions of rows that run are cancelled: follow `state`.
#[utoipa::path(post, path = "/batches/{id}/cancel", tag = "Batches",
    params(("id" = BatchId, Path, description = "The batch")),
    responses((status = 202, description = "The stop is asked for", body = Batch)))]
async fn cancel_batch(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(batch): PathId<BatchId>,
) -> Result<(StatusCode, Json<Batch>), ApiError> {
    Ok((StatusCode::ACCEPTED, Json(services.batches().cancel(&actor, batch).await?)))
}

/// List rows of a batch
///
/// In the order of the file, each with its execution.
#[utoipa::path(get, path = "/batches/{id}/rows", tag = "Batches",
    params(
        ("id" = BatchId, Path, description = "The batch"),
        ("state" = Option<RowState>, Query, description = "Only rows in this state"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, description = "Rows wanted, 1 to 200; 50 unless given"),
    ),
    responses((status = 200, description = "A page of rows", body = Page<BatchRow>)))]
async fn list_batch_rows(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(batch): PathId<BatchId>,
    query: QueryMap,
) -> Reply<Page<BatchRow>> {
    let query = query.known(&["state", "cursor", "limit"])?;
    let page = PageRequest::parse(List::BatchRows, query.get("cursor"), query.get("limit"))?;
    let state = query.get("state").map(str::parse::<RowState>).transpose();
    let state = state.map_err(|text| Problem::new(Kind::InvalidQuery, format!("state: {text}")))?;
    Ok(Json(services.batches().rows(&actor, batch, state, page).await?))
}

/// Download results
///
/// Every row in the order of the file, with input and output, as they stand now. In CSV a cell that
/// a spreadsheet would take for a formula begins with an apostrophe; JSON Lines is exact. Needs the
/// scope payloads:read.
#[utoipa::path(get, path = "/batches/{id}/results", tag = "Batches",
    params(
        ("id" = BatchId, Path, description = "The batch"),
        ("format" = Option<String>, Query, description = "`csv` or `jsonl`; csv unless given"),
    ),
    responses((status = 200, description = "The file", content(
        (String = "text/csv"),
        (String = "application/x-ndjson")))))]
async fn batch_results(
    State(AppState { services, .. }): State<AppState>,
    Key(actor): Key,
    PathId(batch): PathId<BatchId>,
    query: QueryMap,
) -> Result<Response, ApiError> {
    let format = download::format(query.known(&["format"])?.text("format"))?;
    Ok(download::results(services, actor, batch, format).await?)
}
