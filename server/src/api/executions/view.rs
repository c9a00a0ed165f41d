//! Executions as the API shows them: flat, with `error` in place of reason and message.

use domain::Timestamp;
use domain::agents::Runtime;
use domain::approvals::Approval;
use domain::executions::{
    AgentRef, Attempt, CacheUse, ExecutionDetail, ExecutionRow, Input, Priority, Reason, Status, Step,
    Trigger,
};
use domain::ids::ExecutionId;
use serde::Serialize;

/// Why an execution ended other than well.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ExecutionError {
    /// Stable code for programs.
    code: Reason,
    /// One sentence.
    message: String,
}

/// An execution as listed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ExecutionRow)]
pub(in crate::api) struct ExecutionRowBody {
    /// Identifier.
    id: ExecutionId,
    /// State.
    status: Status,
    /// Why it ended other than well; absent until then.
    #[schema(inline = false)]
    error: Option<ExecutionError>,
    /// First line of the input; absent without the scope `payloads:read`.
    title: Option<String>,
    /// Which agent.
    agent: AgentRef,
    /// Which version; absent for the draft.
    version: Option<u32>,
    /// What set it off.
    trigger: Trigger,
    /// Who set it off.
    created_by: String,
    /// Which goes first when many wait.
    priority: Priority,
    /// True when the simulator answered.
    simulated: bool,
    /// The current or last attempt, from 1; 0 before the first.
    attempt: u32,
    /// How many attempts there may be.
    max_attempts: u32,
    /// When it was accepted.
    created_at: Timestamp,
    /// When the first attempt began.
    started_at: Option<Timestamp>,
    /// When it ended.
    finished_at: Option<Timestamp>,
    /// While queued: the earliest time of the next attempt.
    not_before: Option<Timestamp>,
    /// True when a stop was asked for and is not confirmed yet.
    cancelling: bool,
    /// The execution it runs again, if it does.
    rerun_of: Option<ExecutionId>,
    /// What the cache of results did; absent where the agent keeps none.
    cache: Option<CacheUse>,
    /// The execution whose result it copies, if the cache answered.
    copied_from: Option<ExecutionId>,
}

impl From<ExecutionRow> for ExecutionRowBody {
    fn from(row: ExecutionRow) -> Self {
        let reason = row.reason.filter(|_| row.status.is_final());
        let message = row.message;
        Self {
            id: row.id,
            status: row.status,
            error: reason.map(|code| ExecutionError {
                code,
                message: message.unwrap_or_else(|| code.sentence().to_owned()),
            }),
            title: row.title,
            agent: row.agent,
            version: row.version,
            trigger: row.trigger,
            created_by: row.created_by,
            priority: row.priority,
            simulated: row.simulated,
            attempt: row.attempt,
            max_attempts: row.max_attempts,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            not_before: row.not_before,
            cancelling: row.cancelling,
            rerun_of: row.rerun_of,
            cache: row.cache,
            copied_from: row.copied_from,
        }
    }
}

/// Everything about one execution but its events.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Execution)]
pub(super) struct ExecutionBody {
    /// What lists show.
    #[serde(flatten)]
    row: ExecutionRowBody,
    /// What came out; absent before there is any and without the scope `payloads:read`.
    output: Option<String>,
    /// What went in; absent without the scope `payloads:read`.
    input: Option<Input>,
    /// Attempts in order.
    attempts: Vec<Attempt>,
    /// Steps in order.
    steps: Vec<Step>,
    /// Questions to people, in order; what they are about is absent without the scope `payloads:read`.
    approvals: Vec<Approval>,
    /// Number of the last event stored.
    last_event: u64,
    /// Runtime word.
    #[schema(value_type = Runtime)]
    runtime: String,
    /// Seconds it may run.
    run_deadline_s: u32,
    /// The first execution of the conversation, if this one continues another.
    conversation: Option<ExecutionId>,
    /// Executions of the same conversation, oldest first, this one included.
    turns: Vec<ExecutionId>,
    /// Executions that run this one again, newest first, at most 20.
    reruns: Vec<ExecutionId>,
    /// False when the caller may not see inputs and outputs.
    payloads_visible: bool,
}

impl From<ExecutionDetail> for ExecutionBody {
    fn from(detail: ExecutionDetail) -> Self {
        Self {
            row: detail.row.into(),
            output: detail.output,
            input: detail.input,
            attempts: detail.tries,
            steps: detail.steps,
            approvals: detail.approvals,
            last_event: detail.last_event,
            runtime: detail.runtime,
            run_deadline_s: detail.run_deadline_s,
            conversation: detail.conversation,
            turns: detail.turns,
            reruns: detail.reruns,
            payloads_visible: detail.payloads_visible,
        }
    }
}
