//! Figures that keep themselves up to date: asked for again every few seconds, never two questions
//! at once, and none while nobody can see the page.

use std::time::Duration;

use domain::Kind;
use leptos::prelude::*;

use crate::browser;
use crate::error::AppError;
use crate::shell::context::{Connection, use_connection};

/// What `load` says now: the first answer, then the latest that could be had. While the server cannot
/// be reached the old figures stay, and the top bar says so.
pub fn renewed<T, F>(
    first: T,
    every: Duration,
    slug: Memo<String>,
    load: impl Fn(String) -> F + Send + Sync + 'static,
) -> Memo<T>
where
    T: Clone + PartialEq + Send + Sync + 'static,
    F: Future<Output = Result<T, AppError>> + Send + 'static,
{
    let again = Action::new(move |slug: &String| load(slug.clone()));
    let (value, pending) = (again.value(), again.pending());
    Effect::new(move |_| {
        let tick = move || {
            if !pending.get_untracked() && !browser::is_hidden() {
                again.dispatch(slug.get_untracked());
            }
        };
        if let Ok(timer) = set_interval_with_handle(tick, every) {
            on_cleanup(move || timer.clear());
        }
    });
    let connection = use_connection();
    // The chip in the top bar belongs to the shell, so it is told rather than derived.
    Effect::new(move |_| {
        let state = value.with(|value| match value {
            Some(Err(AppError(problem))) if problem.kind == Kind::Unavailable => Connection::Reconnecting,
            _ => Connection::Connected,
        });
        connection.set(state);
    });
    on_cleanup(move || {
        connection.try_set(Connection::Connected);
    });
    Memo::new(move |before: Option<&T>| match value.get() {
        Some(Ok(new)) => new,
        Some(Err(_)) | None => before.cloned().unwrap_or_else(|| first.clone()),
    })
}
