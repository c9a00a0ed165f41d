//! Turning inner errors into [`Problem`]s: logged once with the whole chain, shown without it.

use std::error::Error;
use std::fmt::Write as _;

use domain::{Kind, Problem};

/// An error and its sources on one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let _ = write!(text, ": {source}");
        next = source.source();
    }
    text
}

/// Ends the life of an inner error.
pub trait Fault<T> {
    /// Logs the error with what was tried and gives a problem that says nothing about it.
    fn or_internal(self, tried: &str) -> Result<T, Problem>;
    /// Logs the error with what was tried and goes on without the value.
    fn log_and_continue(self, tried: &str) -> Option<T>;
}

impl<T, E: Error + 'static> Fault<T> for Result<T, E> {
    fn or_internal(self, tried: &str) -> Result<T, Problem> {
        self.map_err(|error| {
            tracing::error!(error = chain(&error), "could not {tried}");
            Problem::new(
                Kind::Internal,
                "Something went wrong on our side. Try again; if it stays, give the reference to your administrator.",
            )
        })
    }

    fn log_and_continue(self, tried: &str) -> Option<T> {
        self.map_err(|error| tracing::warn!(error = chain(&error), "could not {tried}")).ok()
    }
}
