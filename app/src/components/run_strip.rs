//! The last executions as ticks: short is fine, tall is trouble, hollow is live.

use leptos::prelude::*;

use super::status::Status;

const fn class(status: Status) -> &'static str {
    match status {
        Status::Succeeded => "",
        Status::Failed | Status::Crashed => "f",
        Status::TimedOut => "t",
        Status::Cancelled => "c",
        Status::Waiting => "w",
        Status::Queued | Status::Running | Status::Cancelling | Status::Retrying => "l",
    }
}

/// Ticks, oldest first; `name` is whose executions they are.
#[component]
pub fn RunStrip(#[prop(into)] name: String, #[prop(into)] statuses: Signal<Vec<Status>>) -> impl IntoView {
    let label = move || {
        let statuses = statuses.read();
        let failed = statuses.iter().filter(|status| class(**status) == "f").count();
        format!("{name}: {failed} failed of the last {} executions", statuses.len())
    };
    view! {
        <span class="strip" role="img" aria-label=label>
            {move || statuses.get().into_iter().map(|status| view! { <i class=class(status)></i> }).collect_view()}
        </span>
    }
}
