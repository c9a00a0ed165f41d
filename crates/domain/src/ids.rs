//! Typed identifiers: 16 bytes inside, a readable prefix outside.
//!
//! The bytes have the layout of a version 7 UUID (RFC 9562): 48 bits of Unix milliseconds first,
//! so that ids sort by the time they were made, then random bits. The text form is the prefix,
//! an underscore and 26 characters of Crockford's base 32 in lower case.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::{Clock, Entropy};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Why a text is not the identifier that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// It is an identifier, but of another kind of thing.
    #[error("the identifier starts with another prefix")]
    WrongKind,
    /// It is no identifier at all.
    #[error("the text is not an identifier")]
    Malformed,
}

/// What every identifier type can do; storage and cursors are written against it.
pub trait Id: Copy + Eq + Ord + fmt::Display + FromStr<Err = IdError> {
    /// The readable prefix, without the underscore.
    const PREFIX: &'static str;
    /// Takes 16 bytes as stored.
    fn from_bytes(bytes: [u8; 16]) -> Self;
    /// The 16 bytes to store.
    fn bytes(self) -> [u8; 16];
    /// Makes a new identifier from the given time and randomness.
    fn generate(clock: &dyn Clock, entropy: &dyn Entropy) -> Self {
        Self::from_bytes(time_ordered(clock.now().millis(), entropy))
    }
}

/// A version 7 UUID's bytes for the given Unix milliseconds.
fn time_ordered(millis: i64, entropy: &dyn Entropy) -> [u8; 16] {
    let mut bytes = [0_u8; 16];
    entropy.fill(&mut bytes[6..]);
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    bytes[6] = (bytes[6] & 0x0f) | 0x70;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    bytes
}

/// Writes 16 bytes as 26 characters of base 32.
pub fn encode(bytes: [u8; 16]) -> String {
    let value = u128::from_be_bytes(bytes);
    (0..26)
        .rev()
        .map(|place| {
            let digit = (value >> (place * 5)) & 31;
            char::from(ALPHABET[usize::try_from(digit).unwrap_or(0)])
        })
        .collect()
}

/// Reads what [`encode`] wrote; `None` when the text is anything else.
pub fn decode(text: &str) -> Option<[u8; 16]> {
    if text.len() != 26 {
        return None;
    }
    let mut value: u128 = 0;
    for (place, byte) in text.bytes().enumerate() {
        let digit = ALPHABET.iter().position(|&letter| letter == byte)?;
        if place == 0 && digit > 7 {
            return None;
        }
        value = (value << 5) | u128::try_from(digit).ok()?;
    }
    Some(value.to_be_bytes())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; 16]);

        impl Id for $name {
            const PREFIX: &'static str = $prefix;
            fn from_bytes(bytes: [u8; 16]) -> Self { Self(bytes) }
            fn bytes(self) -> [u8; 16] { self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), encode(self.0))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let Some((prefix, rest)) = text.split_once('_') else { return Err(IdError::Malformed) };
                let bytes = decode(rest).ok_or(IdError::Malformed)?;
                if prefix == $prefix {
                    Ok(Self(bytes))
                } else if PREFIXES.contains(&prefix) {
                    Err(IdError::WrongKind)
                } else {
                    Err(IdError::Malformed)
                }
            }
        }
        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> { text.parse() }
        }
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-9a-hjkmnp-tv-z]{26}$")))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
        impl From<$name> for String {
            fn from(id: $name) -> Self { id.to_string() }
        }
    )*
    const PREFIXES: &[&str] = &[$($prefix),*];
    };
}

ids! {
    /// A person.
    UserId = "usr";
    /// One signed-in browser or program of a person.
    SessionId = "ses";
    /// A tenant.
    WorkspaceId = "wsp";
    /// A machine's key.
    ApiKeyId = "key";
    /// An agent.
    AgentId = "agt";
    /// A tool.
    ToolId = "tol";
    /// One run of one agent version on one input.
    ExecutionId = "exe";
    /// One journalled effect inside an attempt.
    StepId = "stp";
    /// A rule that starts executions by the clock.
    ScheduleId = "sch";
    /// One agent over many rows.
    BatchId = "bat";
    /// A row of the audit log.
    AuditId = "aud";
    /// An encrypted value.
    SecretId = "sec";
    /// A link that works once: setup, invitation, password reset.
    LinkId = "lnk";
    /// A process that runs executions.
    WorkerId = "wrk";
    /// One action on many executions.
    BulkId = "blk";
    /// A filter kept under a name.
    SavedFilterId = "flt";
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_form_reads_back(bytes in any::<[u8; 16]>()) {
            let id = AgentId::from_bytes(bytes);
            prop_assert_eq!(id.to_string().parse::<AgentId>(), Ok(id));
        }

        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,40}") {
            let _ = text.parse::<AgentId>();
        }

        #[test]
        fn text_sorts_as_bytes_do(a in any::<[u8; 16]>(), b in any::<[u8; 16]>()) {
            prop_assert_eq!(a.cmp(&b), encode(a).cmp(&encode(b)));
        }
    }

    #[test]
    fn another_kind_is_told_from_rubbish() {
        let agent = AgentId::from_bytes([1; 16]).to_string();
        assert_eq!(agent.parse::<ExecutionId>(), Err(IdError::WrongKind));
        assert_eq!("agt_short".parse::<AgentId>(), Err(IdError::Malformed));
        assert_eq!("".parse::<AgentId>(), Err(IdError::Malformed));
    }
}
