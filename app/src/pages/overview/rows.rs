//! Executions as rows of the overview's panels.

use domain::approvals::OpenQuestion;
use domain::executions::ExecutionRow;
use leptos::prelude::*;

use crate::components::badge::{Badge, BadgeTone};
use crate::components::countdown::Countdown;
use crate::components::status::{Status, StatusPill};
use crate::components::time::Time;

/// The state as it is drawn: a stop that is asked for and a wait for the next attempt have words
/// of their own.
fn shown(row: &ExecutionRow) -> Status {
    use domain::executions::Status as S;
    match row.status {
        S::Queued if row.attempt > 0 => Status::Retrying,
        S::Queued => Status::Queued,
        S::Running | S::Waiting if row.cancelling => Status::Cancelling,
        S::Running => Status::Running,
        S::Waiting => Status::Waiting,
        S::Succeeded => Status::Succeeded,
        S::Failed => Status::Failed,
        S::TimedOut => Status::TimedOut,
        S::Cancelled => Status::Cancelled,
        S::Crashed => Status::Crashed,
    }
}

fn simulated(row: &ExecutionRow) -> Option<impl IntoView + use<>> {
    row.simulated.then(|| view! { <Badge tone=BadgeTone::Line>"Simulated"</Badge> })
}

/// A question that waits for the reader's answer.
#[component]
pub fn WaitingRow(question: OpenQuestion, slug: String) -> impl IntoView {
    let about = question
        .title
        .map_or_else(|| question.agent.title.clone(), |title| format!("{}: {title}", question.agent.title));
    let asked = question.question.unwrap_or_else(|| "A question".to_owned());
    view! {
        <li class="row">
            <StatusPill status=Status::Waiting />
            <div class="min-w-0 flex-1">
                <a class="rowlink block truncate" href=format!("/w/{slug}/executions/{}", question.execution)>
                    {asked}
                </a>
                <p class="text-muted truncate">{about}</p>
            </div>
            <span class="text-subtle whitespace-nowrap pr-1.5">
                "Expires " <Countdown until_ms=question.expires_at.millis() />
            </span>
        </li>
    }
}

/// An execution that is going on.
#[component]
pub fn LiveRow(row: ExecutionRow, slug: String) -> impl IntoView {
    let status = shown(&row);
    let simulated = simulated(&row);
    let since = row.started_at.unwrap_or(row.created_at).millis();
    view! {
        <li class="row">
            <StatusPill status=status />
            <a class="rowlink truncate" href=format!("/w/{slug}/executions/{}", row.id)>
                {row.agent.title}
            </a>
            <span class="text-muted truncate min-w-0 flex-1">{row.title}</span>
            {simulated}
            <span class="text-subtle num whitespace-nowrap pr-1.5">
                <Time at_ms=since />
            </span>
        </li>
    }
}

/// An execution that ended in trouble, with the reason.
#[component]
pub fn FailureRow(row: ExecutionRow, slug: String) -> impl IntoView {
    let status = shown(&row);
    let simulated = simulated(&row);
    let ended = row.finished_at.unwrap_or(row.created_at).millis();
    let why = row.message.or_else(|| row.reason.map(|reason| reason.sentence().to_owned()));
    view! {
        <li class="row items-start">
            <StatusPill status=status />
            <div class="min-w-0 flex-1">
                <p class="flex items-center gap-2 min-w-0">
                    <a class="rowlink truncate" href=format!("/w/{slug}/executions/{}", row.id)>
                        {row.agent.title}
                    </a>
                    {simulated}
                </p>
                <p class="text-muted">{why}</p>
            </div>
            <span class="text-subtle num whitespace-nowrap pr-1.5">
                <Time at_ms=ended />
            </span>
        </li>
    }
}
