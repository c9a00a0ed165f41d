//! Why the last attempt failed, and when the next one begins.

use domain::events::EventBody;
use domain::executions::Status;
use leptos::prelude::*;

use crate::components::countdown::Countdown;
use crate::components::note::{Note, NoteTone};
use crate::live::LiveExecution;

/// Counts down to the next attempt while one is waited for.
#[component]
pub fn NextAttempt(live: LiveExecution) -> impl IntoView {
    let next = Memo::new(move |_| {
        let (status, of) = {
            let shown = live.shown.read();
            (shown.detail.row.status, shown.detail.row.max_attempts)
        };
        if status != Status::Queued {
            return None;
        }
        let story = live.story.read();
        story
            .lines
            .iter()
            .rev()
            .map_while(|line| match &line.event.body {
                EventBody::AttemptStarted { .. } => None,
                body => Some(body),
            })
            .find_map(|body| match body {
                EventBody::RetryScheduled { attempt, message, not_before, .. } => {
                    Some((*attempt, of, message.clone(), *not_before))
                }
                _ => None,
            })
    });
    move || {
        next.get().map(|(attempt, of, message, not_before)| {
            view! {
                <Note
                    tone=NoteTone::Warn
                    icon="hourglass"
                    class="mb-4"
                    title=format!("Attempt {attempt} of {of} failed: {message}")
                >
                    "The next attempt begins " <Countdown until_ms=not_before.millis() /> "."
                </Note>
            }
        })
    }
}
