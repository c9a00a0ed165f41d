//! The one error that leaves the house. Safe to show: no secrets, no text of inner errors.
//!
//! [`Kind`] owns the HTTP status and the stable code; REST and server functions both use this
//! table, and `docs/api.md` documents the codes.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $status:literal $code:literal $title:literal;)*) => {
        /// What went wrong, as a caller can act on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Kind { $($(#[$doc])* #[serde(rename = $code)] $name),* }

        impl Kind {
            /// Every kind, for tests and documents.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            /// The HTTP status.
            pub const fn status(self) -> u16 { match self { $(Self::$name => $status),* } }
            /// The stable machine-readable code.
            pub const fn code(self) -> &'static str { match self { $(Self::$name => $code),* } }
            /// A short title, the same for every problem of this kind.
            pub const fn title(self) -> &'static str { match self { $(Self::$name => $title),* } }
        }
        impl utoipa::PartialSchema for Kind {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let codes = Self::ALL.iter().map(|kind| kind.code());
                crate::words::schema("What went wrong, as a caller can act on it.", codes)
            }
        }
        impl utoipa::ToSchema for Kind {}
    };
}

kinds! {
    /// The body is not JSON, or not of the expected shape.
    MalformedBody = 400 "malformed_body" "The request body cannot be read";
    /// A query parameter cannot be read.
    InvalidQuery = 400 "invalid_query" "A query parameter cannot be read";
    /// A cursor that this list did not give out.
    InvalidCursor = 400 "invalid_cursor" "The cursor does not belong to this list";
    /// The text is no identifier.
    InvalidId = 400 "invalid_id" "The identifier cannot be read";
    /// An identifier of another kind of thing.
    WrongIdKind = 400 "wrong_id_kind" "The identifier names another kind of thing";
    /// No credentials.
    Unauthenticated = 401 "unauthenticated" "Sign in first";
    /// E-mail and password do not match.
    WrongCredentials = 401 "wrong_credentials" "E-mail and password do not match";
    /// A token or key that was never valid or is no longer.
    InvalidToken = 401 "invalid_token" "The token is not valid";
    /// A token or key past its end.
    ExpiredToken = 401 "expired_token" "The token has expired";
    /// A refresh token used twice: its session was ended.
    ReusedToken = 401 "reused_token" "The refresh token was used before";
    /// The role or key does not allow it.
    Forbidden = 403 "forbidden" "Not allowed";
    /// The request comes from another site.
    CrossOrigin = 403 "cross_origin" "The request comes from another site";
    /// Not there, or not yours.
    NotFound = 404 "not_found" "Not found";
    /// The address exists, the method does not.
    MethodNotAllowed = 405 "method_not_allowed" "The method is not allowed here";
    /// Took too long to send.
    RequestTimeout = 408 "request_timeout" "The request took too long";
    /// The state of the thing does not allow it.
    Conflict = 409 "conflict" "The state does not allow this";
    /// Somebody else changed it meanwhile.
    StaleRevision = 409 "stale_revision" "Changed by somebody else meanwhile";
    /// The agent has no published version.
    NotPublished = 409 "not_published" "The agent is not published";
    /// The agent is archived.
    Archived = 409 "archived" "The agent is archived";
    /// The execution has already ended.
    AlreadyFinished = 409 "already_finished" "The execution has already ended";
    /// The same idempotency key came with another body.
    IdempotencyConflict = 409 "idempotency_conflict" "The idempotency key was used for another request";
    /// No Toolhouse key is connected.
    ToolhouseNotConnected = 409 "toolhouse_not_connected" "Toolhouse is not connected";
    /// The Toolhouse plan does not allow private agents.
    ToolhousePrivateRefused = 409 "toolhouse_private_refused" "Toolhouse refuses a private agent";
    /// A one-time link that was used or has ended.
    LinkExpired = 410 "link_expired" "The link has been used or has expired";
    /// Too many bytes.
    BodyTooLarge = 413 "body_too_large" "The request body is too large";
    /// The body is announced as something other than JSON.
    UnsupportedMediaType = 415 "unsupported_media_type" "Send JSON";
    /// Fields are wrong; `fields` says which.
    InvalidInput = 422 "invalid_input" "Some fields need attention";
    /// The draft cannot be published or run yet; `fields` says why.
    InvalidDraft = 422 "invalid_draft" "The draft is not ready";
    /// An edit must name the revision it is based on.
    RevisionRequired = 428 "revision_required" "Say which revision you edit";
    /// Too many requests.
    RateLimited = 429 "rate_limited" "Too many requests";
    /// Too many failed sign-ins.
    LockedOut = 429 "locked_out" "Signing in is locked for a while";
    /// Ours, and unexpected.
    Internal = 500 "internal" "Something went wrong on our side";
    /// Toolhouse or a model provider answered with an error.
    UpstreamRefused = 502 "upstream_refused" "The upstream service refused";
    /// Toolhouse or a model provider cannot be reached.
    UpstreamUnreachable = 502 "upstream_unreachable" "The upstream service cannot be reached";
    /// Toolhouse or a model provider asks to slow down.
    UpstreamBusy = 503 "upstream_busy" "The upstream service is busy";
    /// Toolhouse or a model provider did not answer in time.
    UpstreamTimeout = 504 "upstream_timeout" "The upstream service did not answer in time";
    /// Not ready, or shutting down.
    Unavailable = 503 "unavailable" "Not available at the moment";
}

/// One field that needs attention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Path of the field, such as `limits.attempts`.
    pub field: String,
    /// One sentence: what is wrong and what to do.
    pub message: String,
}

/// A refusal or failure, safe to show to the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What kind of problem; owns status and code.
    pub kind: Kind,
    /// One or two sentences: what happened and what to do next.
    pub message: String,
    /// The fields concerned, if any.
    #[serde(default)]
    pub fields: Vec<FieldError>,
    /// The request id under which the cause is logged.
    #[serde(default)]
    pub reference: Option<String>,
    /// Seconds to wait before trying again, where waiting helps.
    #[serde(default)]
    pub retry_after_s: Option<u64>,
}

impl Problem {
    /// A problem with a message.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), fields: Vec::new(), reference: None, retry_after_s: None }
    }

    /// Nothing of that name for this caller. Also used for other workspaces' things.
    pub fn not_found(what: &str) -> Self {
        Self::new(
            Kind::NotFound,
            format!("There is no such {what} here. It may have been removed, or the address is wrong."),
        )
    }

    /// The caller's role or key does not allow the action.
    pub fn forbidden(what: &str) -> Self {
        Self::new(Kind::Forbidden, format!("{what} Ask an owner or admin of the workspace."))
    }

    /// One wrong field.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut fields = Fields::default();
        fields.add(field, message);
        fields.problem()
    }

    /// The same problem with the request id.
    #[must_use]
    pub fn with_reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// The message for one field, if it is among those concerned.
    pub fn for_field(&self, field: &str) -> Option<&str> {
        self.fields.iter().find(|error| error.field == field).map(|error| error.message.as_str())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

/// Collects every wrong field, so that a caller sees all of them at once.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// Notes a wrong field.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), message: message.into() });
    }

    /// Takes a parsed value, or notes why there is none.
    pub fn take<T>(&mut self, field: &str, parsed: Result<T, String>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(message) => {
                self.add(field, message);
                None
            }
        }
    }

    /// True when nothing was noted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The problem that names the noted fields.
    pub fn problem(self) -> Problem {
        let message = match self.0.as_slice() {
            [] => "Some fields need attention.".to_owned(),
            [one] => one.message.clone(),
            many => format!(
                "{} fields need attention: {}.",
                many.len(),
                many.iter().map(|e| e.field.as_str()).collect::<Vec<_>>().join(", ")
            ),
        };
        Problem { fields: self.0, ..Problem::new(Kind::InvalidInput, message) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_statuses_are_errors() {
        let codes: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert!((400..=599).contains(&kind.status()), "{kind:?}");
            assert_eq!(serde_json::to_value(kind).expect("serialises"), kind.code());
        }
    }

    #[test]
    fn every_wrong_field_is_named() {
        let mut fields = Fields::default();
        fields.add("title", "Give a title.");
        fields.add("runtime", "Choose a runtime.");
        let problem = fields.problem();
        assert_eq!(problem.for_field("runtime"), Some("Choose a runtime."));
        assert!(problem.message.contains("title, runtime"));
    }
}
