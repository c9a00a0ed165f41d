//! Reading stored values back into domain types, and writing them.

use domain::Timestamp;
use domain::ids::Id;
use sea_orm::{QueryResult, TryGetable, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::Error;

/// An identifier as stored.
pub(crate) fn key<I: Id>(id: I) -> Uuid {
    Uuid::from_bytes(id.bytes())
}

/// An identifier read back.
pub(crate) fn id<I: Id>(stored: Uuid) -> I {
    I::from_bytes(stored.into_bytes())
}

/// A document as stored.
pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|source| Error::Corrupt { what: "document", source: Some(source) })
}

/// A document read back.
pub(crate) fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|source| Error::Corrupt { what, source: Some(source) })
}

/// A word of a closed list read back.
pub(crate) fn word<T: std::str::FromStr>(what: &'static str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::corrupt(what))
}

/// A count read back; negative values cannot occur.
pub(crate) fn count(what: &'static str, stored: i32) -> Result<u32, Error> {
    u32::try_from(stored).map_err(|_| Error::corrupt(what))
}

/// A large count read back; negative values cannot occur.
pub(crate) fn big(what: &'static str, stored: i64) -> Result<u64, Error> {
    u64::try_from(stored).map_err(|_| Error::corrupt(what))
}

/// A time read back.
pub(crate) fn time(stored: i64) -> Timestamp {
    Timestamp::from_millis(stored)
}

/// One column of a raw row.
pub(crate) fn column<T: TryGetable>(row: &QueryResult, name: &'static str) -> Result<T, Error> {
    Ok(row.try_get("", name)?)
}

/// A bound parameter for an identifier.
pub(crate) fn key_value<I: Id>(id: I) -> Value {
    key(id).into()
}
