//! The conversation in the playground: one turn for each execution, oldest first.

use domain::executions::Status;
use domain::ids::ExecutionId;
use leptos::prelude::*;

use super::detail::Here;
use crate::error::AppError;
use crate::live::{LiveExecution, Story, load};
use crate::pages::executions::actions::CancelButton;
use crate::pages::executions::output::Output;
use crate::pages::executions::shown::{RowStatus, SimulatedBadge, Took, Version};
use crate::server_fns::executions::ShownExecution;

/// A turn as it is when it is put on screen.
pub type Turn = (ShownExecution, Story);

/// The most turns of an older conversation that are loaded.
const MAX_TURNS: usize = 20;

/// The latest turn, as the message box needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latest {
    pub id: ExecutionId,
    pub status: Status,
}

/// Reads the conversation that an execution belongs to, up to that execution.
pub async fn load_thread(workspace: String, id: String) -> Result<Vec<Turn>, AppError> {
    let Ok(id) = id.parse::<ExecutionId>() else { return Ok(Vec::new()) };
    let last = load(workspace.clone(), id).await?;
    let earlier: Vec<_> = last.0.detail.turns.iter().copied().take_while(|turn| *turn != id).collect();
    let mut turns = Vec::with_capacity(earlier.len() + 1);
    for turn in earlier.iter().skip(earlier.len().saturating_sub(MAX_TURNS)) {
        turns.push(load(workspace.clone(), *turn).await?);
    }
    turns.push(last);
    Ok(turns)
}

/// One turn: what was said, and the answer as it arrives.
#[component]
pub fn TurnView(here: Here, turn: Turn, latest: RwSignal<Option<Latest>>) -> impl IntoView {
    let (shown, story) = turn;
    let detail = shown.detail.clone();
    let workspace = here.workspace.get_value();
    let live = LiveExecution::follow(workspace.clone(), shown, story);
    let id = detail.row.id;
    let status = Memo::new(move |_| live.shown.read().detail.row.status);
    // The message box stands outside this turn and has to know whether it may go on.
    Effect::new(move |_| {
        let status = status.get();
        latest.update(|latest| {
            if latest.is_none_or(|latest| latest.id <= id) {
                *latest = Some(Latest { id, status });
            }
        });
    });
    let row = Signal::derive(move || live.shown.read().detail.row.clone());
    let href = format!("/w/{workspace}/executions/{id}");
    let said = detail.input.map(|input| input.message).unwrap_or_default();
    let cause = move || {
        let row = row.read();
        row.message.clone().filter(|_| row.status.is_trouble()).map(|message| {
            view! { <p class="px-3.5 pb-2 text-danger-text">{message}</p> }
        })
    };
    view! {
        <article class="border-b border-line" aria-label="Turn">
            <div class="px-3.5 pt-3">
                <h3 class="text-xs text-subtle">"You"</h3>
                <p class="whitespace-pre-wrap break-words">{said}</p>
            </div>
            <h3 class="px-3.5 pt-3 text-xs text-subtle inline-flex items-center gap-1.5">
                {detail.row.agent.title} <Version number=detail.row.version />
            </h3>
            <Output live=live />
            {cause}
            <div class="px-3.5 pb-3 flex flex-wrap items-center gap-x-3 gap-y-2 text-muted" role="group" aria-label="About this turn">
                <RowStatus row=row />
                <Took row=row />
                {detail.row.simulated.then(|| view! { <SimulatedBadge /> })}
                <a class="underline underline-offset-3 text-accent-text" href=href>"Open execution"</a>
                <CancelButton live=live workspace=workspace />
            </div>
        </article>
    }
}
