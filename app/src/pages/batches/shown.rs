//! How batches are put in words, and how far they are as a bar.

use domain::batches::{BatchState, Counts, RowState};
use leptos::prelude::*;

use crate::components::badge::{Badge, BadgeTone};
use crate::components::text::count;

/// Where a batch stands, as a badge.
#[component]
pub fn BatchBadge(state: BatchState) -> impl IntoView {
    let (tone, icon, word) = match state {
        BatchState::Running => (BadgeTone::Accent, "play", "Running"),
        BatchState::Paused => (BadgeTone::Warn, "circle-pause", "Paused"),
        BatchState::Cancelling => (BadgeTone::Warn, "ban", "Cancelling"),
        BatchState::Cancelled => (BadgeTone::Line, "ban", "Cancelled"),
        BatchState::Finished => (BadgeTone::Ok, "circle-check", "Finished"),
    };
    view! { <Badge tone=tone icon=icon>{word}</Badge> }
}

/// The state of a row in words.
pub const fn row_label(state: RowState) -> &'static str {
    match state {
        RowState::Pending => "Pending",
        RowState::Started => "Started",
        RowState::Succeeded => "Succeeded",
        RowState::Failed => "Failed",
        RowState::TimedOut => "Timed out",
        RowState::Cancelled => "Cancelled",
        RowState::Crashed => "Crashed",
    }
}

/// "120 of 400 rows ended".
pub fn progress_text(counts: &Counts) -> String {
    format!("{} of {} rows ended", count(u64::from(counts.ended())), count(u64::from(counts.all())))
}

/// How many percent of the rows have ended; 100 only when all have.
fn percent(counts: &Counts) -> u64 {
    (u64::from(counts.ended()) * 100).checked_div(u64::from(counts.all())).unwrap_or(100)
}

/// How far a batch is. The numbers stand beside it.
#[component]
pub fn BatchProgress(#[prop(into)] counts: Signal<Counts>) -> impl IntoView {
    let shown = Memo::new(move |_| percent(&counts.read()));
    view! {
        <svg
            class="progress"
            role="progressbar"
            aria-label="Rows ended"
            aria-valuenow=move || shown.get().to_string()
            aria-valuemin="0"
            aria-valuemax="100"
        >
            <rect x="0" y="0" width=move || format!("{}%", shown.get()) height="100%" rx="3"></rect>
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_whole_only_at_the_end() {
        let nearly = Counts { started: 1, succeeded: 49_999, ..Counts::default() };
        assert_eq!(percent(&nearly), 99);
        assert_eq!(progress_text(&nearly), "49,999 of 50,000 rows ended");
        assert_eq!(percent(&Counts { failed: 2, ..Counts::default() }), 100);
    }
}
