//! Everything that can go wrong, sorted by what a caller can do about it.
//!
//! The first question after a failed request is whether the server may have acted on it, because
//! Toolhouse has no idempotency key. [`Error::sent`] and [`Error::in_doubt`] answer that. No text
//! here holds the key, a query string or more than 300 characters of what the server said.

mod explanation;
mod retry_after;

use std::time::Duration;

use serde_json::{Map, Value};

pub(crate) use explanation::{fit, status_error};

/// Why a request or a stream failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key is empty or holds a character no header may hold.
    #[error("the key cannot be sent as a header")]
    BadKey,
    /// An address that is not `http` or `https`; names which of the three.
    #[error("the {0} address is not an http or https address")]
    BadEndpoint(&'static str),
    /// A run id that would not be a single path segment.
    #[error("the run id is not one the service gives out")]
    BadRunId,
    /// The HTTP client or the request could not be built.
    #[error("prepare the request")]
    Prepare(#[source] reqwest::Error),
    /// No connection was made; nothing was sent.
    #[error("connect to Toolhouse")]
    Connect(#[source] reqwest::Error),
    /// The request was sent and no response headers came in time.
    #[error("Toolhouse did not answer within {waited:?}")]
    Silence {
        /// Which limit ran out.
        limit: Limit,
        /// How long that limit is.
        waited: Duration,
    },
    /// The request was sent and the connection failed before the response headers.
    #[error("the connection failed before Toolhouse answered")]
    Lost(#[source] reqwest::Error),
    /// The server answered with something other than success.
    #[error("Toolhouse answered {status}: {detail}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// What the server said, at most 300 characters, never a page of HTML.
        detail: String,
        /// The `details` object of the answer, if there was one.
        details: Option<Map<String, Value>>,
        /// How long the server asked to be left alone.
        retry_after: Option<Duration>,
    },
    /// The answer began and then ended by an error instead of its end.
    #[error("the answer was cut off")]
    Cut(#[source] reqwest::Error),
    /// The answer began and then nothing came for too long.
    #[error("nothing more arrived within {waited:?}")]
    Idle {
        /// How long the limit is.
        waited: Duration,
    },
    /// The whole request took longer than it may.
    #[error("the answer was not complete within {limit:?}")]
    Deadline {
        /// How long the limit is.
        limit: Duration,
    },
    /// The stream itself carried an error.
    #[error("the run reported an error: {detail}")]
    Reported {
        /// What the run said, at most 300 characters.
        detail: String,
    },
    /// One line of a stream, or one whole answer, is larger than any real one.
    #[error("the answer holds more than {limit_bytes} bytes in one piece")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// The answer is not what the contract says.
    #[error("understand {what}")]
    Decode {
        /// What was expected.
        what: &'static str,
        /// Where the JSON broke. Absent when the JSON was sound but had another shape.
        #[source]
        source: Option<serde_json::Error>,
    },
}

/// Which limit ended a silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`Timeouts::first_byte`](crate::Timeouts::first_byte).
    FirstByte,
    /// [`Timeouts::unary`](crate::Timeouts::unary).
    Unary,
}

impl Error {
    /// The key is missing, unknown or revoked: 401, or the 403 the service's bearer check gives
    /// when no key came.
    pub fn is_unauthorised(&self) -> bool {
        match self {
            Self::Status { status: 401, .. } => true,
            Self::Status { status: 403, detail, .. } => {
                detail.trim_end_matches('.').eq_ignore_ascii_case("not authenticated")
            }
            _ => false,
        }
    }

    /// The account has no credits left (402).
    pub fn is_out_of_credits(&self) -> bool {
        self.status() == Some(402)
    }

    /// The HTTP status, when the server gave one that is not success.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// How long the server asked to be left alone, when it did.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The request may have reached the server, so the server could have acted on it. `false`
    /// means that nothing was sent and repeating is free of risk.
    pub fn sent(&self) -> bool {
        !matches!(
            self,
            Self::BadKey | Self::BadEndpoint(_) | Self::BadRunId | Self::Prepare(_) | Self::Connect(_)
        )
    }

    /// The request was sent and nobody said what became of it: a silence, a lost connection, an
    /// unreadable or unfinished answer, or a 5xx other than 501 and 503. A refusal (4xx, 501, 503)
    /// and an unfollowed redirect are clear answers and not in doubt.
    pub fn in_doubt(&self) -> bool {
        match self {
            Self::Status { status, .. } => *status >= 500 && !matches!(status, 501 | 503),
            Self::Reported { .. } => false,
            other => other.sent(),
        }
    }
}
