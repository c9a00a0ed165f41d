//! The four faces of a load: waiting, empty (up to the page), failed, ready.

use domain::{Kind, Problem};
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::here::{sign_in_href, use_address};
use crate::components::button::{ButtonSize, LinkButton};
use crate::components::error_panel::ErrorPanel;
use crate::components::note::{Note, NoteTone};
use crate::error::AppError;
use crate::once::once;

/// Shows what a resource holds. While it loads again, what was there stays.
#[component]
pub fn Load<T>(
    resource: Resource<Result<T, AppError>>,
    /// What to say when it failed: "The members could not be loaded".
    failed: &'static str,
    /// What stands there before the first answer.
    #[prop(into)]
    waiting: ViewFn,
    /// What stands there after it.
    #[prop(into)]
    ready: Callback<T, AnyView>,
) -> impl IntoView
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    let shown = move || {
        Suspend::new(async move {
            match resource.await {
                Ok(value) => ready.run(value),
                Err(AppError(problem)) => {
                    failure(failed, &problem, Some(Callback::new(move |()| resource.refetch())))
                }
            }
        })
    };
    view! { <Transition fallback=move || waiting.run()>{once(shown)}</Transition> }
}

/// A load that failed. A session that ended leads to the sign-in page; a missing right is told
/// with the role that has it; anything else can be tried again.
pub fn failure(title: &'static str, problem: &Problem, retry: Option<Callback<()>>) -> AnyView {
    let message = problem.message.clone();
    match problem.kind {
        Kind::Unauthenticated => {
            let next = use_address();
            let href = Signal::derive(move || sign_in_href(&next.read()));
            view! {
                <ErrorPanel title=title message=message>
                    <LinkButton href=href size=ButtonSize::Small>
                        "Sign in"
                    </LinkButton>
                </ErrorPanel>
            }
            .into_any()
        }
        Kind::Forbidden => view! {
            <Note tone=NoteTone::Warn title="You may not see this" icon="lock">
                {message}
            </Note>
        }
        .into_any(),
        _ => {
            let reference = problem.reference.clone();
            match (reference, retry) {
                (Some(reference), Some(retry)) => {
                    view! { <ErrorPanel title=title message=message reference=reference on_retry=retry /> }
                        .into_any()
                }
                (Some(reference), None) => {
                    view! { <ErrorPanel title=title message=message reference=reference /> }.into_any()
                }
                (None, Some(retry)) => {
                    view! { <ErrorPanel title=title message=message on_retry=retry /> }.into_any()
                }
                (None, None) => view! { <ErrorPanel title=title message=message /> }.into_any(),
            }
        }
    }
}
