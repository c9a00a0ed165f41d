//! One stored value on its way between two databases.

use sea_orm::{QueryResult, Value};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::schema::{Column, Kind};
use crate::Error;

/// A value, apart from how a database writes it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Nothing,
    Bytes(Vec<u8>),
    Number(i64),
    Real(f64),
}

impl Cell {
    /// Reads a column of a row.
    pub(super) fn read(row: &QueryResult, column: &Column) -> Result<Self, Error> {
        let name = column.name.as_str();
        let bytes = |bytes: Option<Vec<u8>>| bytes.map_or(Self::Nothing, Self::Bytes);
        let number = |number: Option<i64>| number.map_or(Self::Nothing, Self::Number);
        Ok(match column.kind {
            Kind::Id => bytes(row.try_get::<Option<Uuid>>("", name)?.map(|id| id.into_bytes().to_vec())),
            Kind::Bytes => bytes(row.try_get("", name)?),
            Kind::Text => bytes(row.try_get::<Option<String>>("", name)?.map(String::into_bytes)),
            Kind::Small => number(row.try_get::<Option<i32>>("", name)?.map(i64::from)),
            Kind::Big => number(row.try_get("", name)?),
            Kind::Flag => number(row.try_get::<Option<bool>>("", name)?.map(i64::from)),
            Kind::Real => row.try_get::<Option<f64>>("", name)?.map_or(Self::Nothing, Self::Real),
        })
    }

    /// The value as it is bound.
    pub(super) fn value(&self, kind: Kind) -> Value {
        let bytes = || if let Self::Bytes(bytes) = self { Some(bytes.clone()) } else { None };
        let number = || if let Self::Number(number) = self { Some(*number) } else { None };
        match kind {
            Kind::Id => bytes().and_then(|bytes| Uuid::from_slice(&bytes).ok()).into(),
            Kind::Bytes => bytes().into(),
            Kind::Text => bytes().and_then(|bytes| String::from_utf8(bytes).ok()).into(),
            Kind::Small => number().and_then(|number| i32::try_from(number).ok()).into(),
            Kind::Big => number().into(),
            Kind::Flag => number().map(|number| number != 0).into(),
            Kind::Real => if let Self::Real(number) = self { Some(*number) } else { None }.into(),
        }
    }

    /// Adds the value to a checksum, so that neighbours cannot be mistaken for each other.
    pub(super) fn mark(&self, hash: &mut Sha256) {
        match self {
            Self::Nothing => hash.update([0]),
            Self::Bytes(bytes) => {
                hash.update([1]);
                hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
                hash.update(bytes);
            }
            Self::Number(number) => {
                hash.update([2]);
                hash.update(number.to_be_bytes());
            }
            Self::Real(number) => {
                hash.update([3]);
                hash.update(number.to_be_bytes());
            }
        }
    }
}
