//! Executions: starting, following up, reading, stopping.

use domain::approvals::AnswerDraft;
use domain::events::Event;
#[cfg(feature = "ssr")]
use domain::executions::Span;
use domain::executions::{
    ExecutionDetail, ExecutionFilter, ExecutionRow, FilterDraft, Histogram, RerunChoices, RerunDraft,
    StartDraft,
};
use domain::ids::{AgentId, ExecutionId};
use domain::paging::Page;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
#[cfg(feature = "ssr")]
use crate::server_context;

/// A name for a form that starts executions, so that it starts one however often it is sent.
#[server(prefix = "/fn", endpoint = "executions/name_form")]
pub async fn name_form(workspace: String) -> Result<String, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    Ok(services.executions().form_name(&actor))
}

/// Accepts an execution.
#[server(prefix = "/fn", endpoint = "executions/start_execution")]
pub async fn start_execution(
    workspace: String,
    agent: AgentId,
    #[server(default)] start: StartDraft,
    #[server(default)] form: String,
) -> Result<ExecutionDetail, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let started = services.executions().start_from_form(&actor, agent, &start, &form).await;
    let started = server_context::reply(started)?;
    server_context::after_form(&format!("/w/{workspace}/executions/{}", started.row.id));
    Ok(started)
}

/// Continues a conversation.
#[server(prefix = "/fn", endpoint = "executions/follow_up")]
pub async fn follow_up(
    workspace: String,
    execution: ExecutionId,
    message: String,
    #[server(default)] form: String,
) -> Result<ExecutionDetail, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let started = services.executions().follow_up_from_form(&actor, execution, &message, &form).await;
    let started = server_context::reply(started)?;
    server_context::after_form(&format!("/w/{workspace}/executions/{}", started.row.id));
    Ok(started)
}

/// A page of executions.
#[server(prefix = "/fn", endpoint = "executions/list_executions")]
pub async fn list_executions(
    workspace: String,
    #[server(default)] filter: ExecutionFilter,
    cursor: Option<String>,
) -> Result<Page<ExecutionRow>, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(
        services
            .executions()
            .list(&actor, &filter, server_context::page(domain::paging::List::Executions, cursor.as_deref())?)
            .await,
    )
}

/// How many executions that fit the filter were accepted when.
#[server(prefix = "/fn", endpoint = "executions/get_histogram")]
pub async fn get_histogram(
    workspace: String,
    #[server(default)] filter: FilterDraft,
    #[server(default)] span: String,
) -> Result<Histogram, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let filter = server_context::reply(filter.parse())?;
    let span = server_context::reply(Span::read(&span))?;
    server_context::reply(services.executions().histogram(&actor, &filter, span).await)
}

/// Events after the given number.
#[server(prefix = "/fn", endpoint = "executions/list_events")]
pub async fn list_events(
    workspace: String,
    execution: ExecutionId,
    after: u64,
) -> Result<Vec<Event>, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.executions().events(&actor, execution, after, 1000).await)
}

/// Asks for a stop.
#[server(prefix = "/fn", endpoint = "executions/cancel_execution")]
pub async fn cancel_execution(
    workspace: String,
    execution: ExecutionId,
) -> Result<ExecutionDetail, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.executions().cancel(&actor, execution).await)
}

/// Runs an execution again.
#[server(prefix = "/fn", endpoint = "executions/rerun_execution")]
pub async fn rerun_execution(
    workspace: String,
    execution: ExecutionId,
    #[server(default)] rerun: RerunDraft,
) -> Result<ExecutionDetail, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let started = server_context::reply(services.executions().rerun(&actor, execution, &rerun).await)?;
    server_context::after_form(&format!("/w/{workspace}/executions/{}", started.row.id));
    Ok(started)
}

/// What running an execution again can start from.
#[server(prefix = "/fn", endpoint = "executions/get_rerun_choices")]
pub async fn get_rerun_choices(workspace: String, execution: ExecutionId) -> Result<RerunChoices, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    server_context::reply(services.executions().rerun_choices(&actor, execution).await)
}

/// Answers the question of an execution that waits.
#[server(prefix = "/fn", endpoint = "executions/answer_approval")]
pub async fn answer_approval(
    workspace: String,
    execution: ExecutionId,
    #[server(default)] answer: AnswerDraft,
) -> Result<ExecutionDetail, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let answered = server_context::reply(services.approvals().answer(&actor, execution, &answer).await)?;
    server_context::after_form(&format!("/w/{workspace}/executions/{execution}"));
    Ok(answered)
}

/// An execution with its output rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownExecution {
    /// The execution.
    pub detail: ExecutionDetail,
    /// Its output as sanitised HTML, once it has ended.
    pub output_html: Option<String>,
}

/// One execution with its output rendered from Markdown and sanitised.
#[server(prefix = "/fn", endpoint = "executions/get_execution")]
pub async fn get_execution(workspace: String, execution: ExecutionId) -> Result<ShownExecution, AppError> {
    let (services, actor) = server_context::enter(&workspace).await?;
    let detail = server_context::reply(services.executions().get(&actor, execution).await)?;
    let finished = detail.output.as_deref().filter(|_| detail.row.status.is_final());
    Ok(ShownExecution { output_html: finished.map(services::markdown::render), detail })
}
