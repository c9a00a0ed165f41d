//! The attempts, and the turns of the conversation.

use domain::executions::Status;
use leptos::prelude::*;

use super::shown;
use crate::components::panel::Panel;
use crate::components::status::StatusPill;
use crate::components::table::{Table, Th};
use crate::components::text;
use crate::components::time::{Time, TimeStyle};
use crate::live::LiveExecution;

/// One row for each attempt.
#[component]
pub fn AttemptsPanel(live: LiveExecution) -> impl IntoView {
    let tries = Memo::new(move |_| live.shown.read().detail.tries.clone());
    let rows = move || {
        tries
            .get()
            .into_iter()
            .map(|attempt| {
                let status = shown::status(attempt.status);
                let label = (attempt.status == Status::Queued).then(|| "Handed back".to_owned());
                let took =
                    attempt.finished_at.map(|ended| text::duration(ended.millis_since(attempt.started_at)));
                let message =
                    attempt.message.or_else(|| attempt.reason.map(|reason| reason.sentence().to_owned()));
                view! {
                    <tr>
                        <td class="num">{attempt.number}</td>
                        <td><StatusPill status=status label=label /></td>
                        <td class="text-muted">
                            <Time at_ms=attempt.started_at.millis() style=TimeStyle::Clock />
                        </td>
                        <td class="r num">{took}</td>
                        <td class="w-full whitespace-normal text-muted">{message}</td>
                    </tr>
                }
            })
            .collect_view()
    };
    let is_any = Memo::new(move |_| !tries.read().is_empty());
    move || {
        is_any.get().then(|| {
            view! {
                <Panel id="attempts" title="Attempts" class="overflow-hidden">
                    <Table label="Attempts">
                        <thead>
                            <tr>
                                <Th label="Number" hide_label=true />
                                <Th label="State" />
                                <Th label="Began" />
                                <Th label="Duration" numeric=true />
                                <Th label="Cause" />
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </Table>
                </Panel>
            }
        })
    }
}

/// "Turn 2 of 3" with the way to the others; nothing for a single one.
#[component]
pub fn TurnLinks(live: LiveExecution, home: StoredValue<String>) -> impl IntoView {
    let detail = live.shown.read_untracked().detail.clone();
    let here = detail.turns.iter().position(|turn| *turn == detail.row.id)?;
    let count = detail.turns.len();
    if count < 2 {
        return None;
    }
    let link = |index: Option<usize>, words: &'static str| {
        let id = detail.turns.get(index?)?;
        let href = format!("{}/executions/{id}", home.read_value());
        Some(view! { <a class="underline underline-offset-3" href=href>{words}</a> })
    };
    Some(view! {
        <span class="inline-flex items-center gap-1.5">
            {format!("Turn {} of {count}", here + 1)} {link(here.checked_sub(1), "Previous")} {link(Some(here + 1), "Next")}
        </span>
    })
}
