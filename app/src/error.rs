//! The error that server functions send to the browser: a [`Problem`], nothing else.

use domain::{Kind, Problem};
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, IntoAppError as _, ServerFnErrorErr};
use leptos::server_fn::{Bytes, Decodes as _};
use serde::{Deserialize, Serialize};

use crate::browser;

/// A refusal or failure of a server function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppError(pub Problem);

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let problem = match error {
            ServerFnErrorErr::Request(_) => Problem::new(
                Kind::Unavailable,
                "The server cannot be reached. Check the connection, then try again.",
            ),
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_) => Problem::new(
                Kind::InvalidInput,
                "The form could not be read. Load the page again and repeat.",
            ),
            _ => Problem::new(Kind::Internal, "Something went wrong on our side. Try again."),
        };
        Self(problem)
    }

    /// Every refusal reaches the browser through here, so this is where an ended session is noticed.
    fn de(data: Bytes) -> Self {
        let error: Self = JsonEncoding::decode(data)
            .unwrap_or_else(|error| ServerFnErrorErr::Deserialization(error.to_string()).into_app_error());
        if error.0.kind == Kind::Unauthenticated {
            browser::tell_signed_out();
        }
        error
    }
}

impl From<Problem> for AppError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl std::fmt::Display for AppError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for AppError {}
