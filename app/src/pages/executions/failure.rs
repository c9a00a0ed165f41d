//! A load that failed, with the status the page deserves.

use domain::Kind;
use leptos::prelude::*;

use crate::components::button::LinkButton;
use crate::components::error_panel::ErrorPanel;
use crate::error::AppError;

/// Stands in for what could not be loaded. On the server it also sets the status of the page.
#[component]
pub fn LoadFailed(
    /// What failed: "The agents could not be loaded".
    #[prop(into)]
    title: String,
    error: AppError,
    #[prop(into)] on_retry: Callback<()>,
    /// Where to go when the thing is not there: address and words.
    #[prop(optional)]
    back: Option<(String, &'static str)>,
) -> impl IntoView {
    let problem = error.0;
    #[cfg(feature = "ssr")]
    crate::server_context::page_status(problem.kind);
    let is_gone = matches!(problem.kind, Kind::NotFound | Kind::InvalidId | Kind::WrongIdKind);
    let is_hopeless = is_gone || matches!(problem.kind, Kind::Forbidden);
    let retry = (!is_hopeless).then_some(on_retry);
    let back = back.map(|(href, words)| view! { <LinkButton href=href>{words}</LinkButton> });
    match (retry, problem.reference) {
        (Some(retry), Some(reference)) => view! {
            <ErrorPanel title=title message=problem.message reference=reference on_retry=retry>{back}</ErrorPanel>
        }
        .into_any(),
        (Some(retry), None) => {
            view! { <ErrorPanel title=title message=problem.message on_retry=retry>{back}</ErrorPanel> }.into_any()
        }
        (None, _) => view! { <ErrorPanel title=title message=problem.message>{back}</ErrorPanel> }.into_any(),
    }
}

/// What an action answered when it failed; nothing while it has not.
#[component]
pub fn ActionFailed(
    #[prop(into)] title: String,
    #[prop(into)] error: Signal<Option<AppError>>,
) -> impl IntoView {
    move || {
        let title = title.clone();
        error.get().map(|AppError(problem)| match problem.reference {
            Some(reference) => {
                view! { <ErrorPanel title=title message=problem.message reference=reference /> }.into_any()
            }
            None => view! { <ErrorPanel title=title message=problem.message /> }.into_any(),
        })
    }
}
