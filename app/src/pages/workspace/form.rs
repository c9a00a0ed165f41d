//! Forms: what went wrong with the last try, in words beside the form and beside its fields.
//!
//! Without a script a form that failed comes back with the problem in the address; it is read from
//! there on both sides, so the first frame is the same and nothing is lost.

use domain::Problem;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::error::ServerFnUrlError;
use leptos_router::hooks::use_query_map;

use crate::components::copy::CopyButton;
use crate::components::note::{Note, NoteTone};
use crate::components::toast::{Toast, use_toasts};
use crate::error::AppError;

/// The problem of the last try, if it failed.
pub fn problem_of<S>(action: ServerAction<S>) -> Signal<Option<Problem>>
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let query = use_query_map();
    let (version, value) = (action.version(), action.value());
    Signal::derive(move || {
        if version.get() == 0 {
            let query = query.read();
            let is_ours = query.get_str("__path") == Some(S::PATH);
            return query
                .get_str("__err")
                .filter(|_| is_ours)
                .map(|text| ServerFnUrlError::<AppError>::decode_err(text).0);
        }
        value.with(|value| match value {
            Some(Err(AppError(problem))) => Some(problem.clone()),
            Some(Ok(_)) | None => None,
        })
    })
}

/// What is wrong with one field.
pub fn wrong(problem: Signal<Option<Problem>>, field: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || problem.with(|problem| problem.as_ref()?.for_field(field).map(str::to_owned)))
}

/// The problem above a form. Fields say their own part, so it is left out when they say it all.
#[component]
pub fn FormProblem(
    /// "The key could not be made".
    title: &'static str,
    problem: Signal<Option<Problem>>,
    /// The fields that show their own message.
    #[prop(default = &[])]
    fields: &'static [&'static str],
) -> impl IntoView {
    move || {
        let problem = problem.get()?;
        let told = |name: &str| fields.contains(&name);
        if !problem.fields.is_empty() && problem.fields.iter().all(|error| told(&error.field)) {
            return None;
        }
        let reference = problem
            .reference
            .clone()
            .map(|reference| view! { <CopyButton text=reference what="reference" /> });
        Some(view! {
            <Note tone=NoteTone::Danger title=title alert=true class="mb-4">
                <p>{problem.message.clone()}</p>
                {reference}
            </Note>
        })
    }
}

/// Says so when a change was made.
pub fn toast_when_done<S>(action: ServerAction<S>, words: &'static str)
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let toasts = use_toasts();
    let value = action.value();
    Effect::new(move |_| {
        if value.with(|value| matches!(value, Some(Ok(_)))) {
            toasts.show(Toast::success(words));
        }
    });
}
