//! Batches: checking, starting, stopping, and how far they are.

use domain::agents::RunnableAgent;
use domain::batches::{Batch, BatchDraft, BatchRow, Report, RowState};
use domain::ids::BatchId;
use domain::paging::Page;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
#[cfg(feature = "ssr")]
use crate::server_context;

/// A batch and a page of its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownBatch {
    /// The batch.
    pub batch: Batch,
    /// Its rows in order.
    pub rows: Page<BatchRow>,
    /// False when the reader may not see payloads, and so may not download them.
    pub payloads_visible: bool,
}

/// A page of batches.
#[server(prefix = "/fn", endpoint = "batches/list_batches")]
pub async fn list_batches(workspace: String, cursor: Option<String>) -> Result<Page<Batch>, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let page = server_context::page(domain::paging::List::Batches, cursor.as_deref())?;
    server_context::reply(services.batches().list(&actor, page).await)
}

/// A batch with a page of its rows, those in one state if asked.
#[server(prefix = "/fn", endpoint = "batches/get_batch")]
pub async fn get_batch(
    workspace: String,
    batch: BatchId,
    state: Option<RowState>,
    cursor: Option<String>,
) -> Result<ShownBatch, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let page = server_context::page(domain::paging::List::BatchRows, cursor.as_deref())?;
    let found = server_context::reply(services.batches().get(&actor, batch).await)?;
    let rows = server_context::reply(services.batches().rows(&actor, batch, state, page).await)?;
    let payloads_visible = actor.may(domain::Permission::PayloadsRead);
    Ok(ShownBatch { batch: found, rows, payloads_visible })
}

/// Agents that a batch can run.
#[server(prefix = "/fn", endpoint = "batches/batch_agents")]
pub async fn batch_agents(workspace: String) -> Result<Vec<RunnableAgent>, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.agents().runnable(&actor).await)
}

/// Says what is wrong with a file. Changes nothing.
#[server(prefix = "/fn", endpoint = "batches/check_batch")]
pub async fn check_batch(workspace: String, draft: BatchDraft) -> Result<Report, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.batches().check(&actor, &draft).await)
}

/// Starts a batch when every row can run.
#[server(prefix = "/fn", endpoint = "batches/create_batch")]
pub async fn create_batch(workspace: String, draft: BatchDraft) -> Result<Batch, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let batch = server_context::reply(services.batches().create(&actor, &draft).await)?;
    server_context::after_form(&format!("/w/{workspace}/batches/{}", batch.id));
    Ok(batch)
}

/// Runs the failed rows of an ended batch again, as a new batch.
#[server(prefix = "/fn", endpoint = "batches/rerun_failed_rows")]
pub async fn rerun_failed_rows(workspace: String, batch: BatchId) -> Result<Batch, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let started = server_context::reply(services.batches().rerun_failed(&actor, batch).await)?;
    server_context::after_form(&format!("/w/{workspace}/batches/{}", started.id));
    Ok(started)
}

/// Feeds no more rows.
#[server(prefix = "/fn", endpoint = "batches/pause_batch")]
pub async fn pause_batch(workspace: String, batch: BatchId) -> Result<Batch, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let paused = server_context::reply(services.batches().pause(&actor, batch).await)?;
    server_context::after_form(&format!("/w/{workspace}/batches/{batch}"));
    Ok(paused)
}

/// Feeds rows again.
#[server(prefix = "/fn", endpoint = "batches/resume_batch")]
pub async fn resume_batch(workspace: String, batch: BatchId) -> Result<Batch, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let resumed = server_context::reply(services.batches().resume(&actor, batch).await)?;
    server_context::after_form(&format!("/w/{workspace}/batches/{batch}"));
    Ok(resumed)
}

/// Stops a batch for good.
#[server(prefix = "/fn", endpoint = "batches/cancel_batch")]
pub async fn cancel_batch(workspace: String, batch: BatchId) -> Result<Batch, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let cancelled = server_context::reply(services.batches().cancel(&actor, batch).await)?;
    server_context::after_form(&format!("/w/{workspace}/batches/{batch}"));
    Ok(cancelled)
}
