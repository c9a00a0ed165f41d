//! Identifiers and numbers in the address, query parameters, and the revision an edit names.

use std::collections::BTreeMap;
use std::convert::Infallible;

use axum::extract::{FromRequestParts, Query, RawPathParams};
use axum::http::header;
use axum::http::request::Parts;
use domain::ids::{Id, IdError};
use domain::{Kind, Problem, text};

use crate::reply::ApiError;

/// The identifier at `{id}` in the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathId<I>(pub I);

impl<S: Send + Sync, I: Id> FromRequestParts<S> for PathId<I> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        read_id(&segment(parts, state, "id").await?).map(Self)
    }
}

/// The number at `{n}` in the address, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number(pub u32);

impl<S: Send + Sync> FromRequestParts<S> for Number {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let text = segment(parts, state, "n").await?;
        let number = text.parse::<u32>().ok().filter(|number| *number > 0);
        number.map(Self).ok_or_else(|| {
            ApiError::new(Kind::InvalidId, "The address names no version. Versions are numbers from 1.")
        })
    }
}

/// The name at `{name}` in the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathName(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathName {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        segment(parts, state, "name").await.map(Self)
    }
}

pub(super) async fn segment<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
    name: &str,
) -> Result<String, ApiError> {
    let unreadable =
        || ApiError::new(Kind::InvalidId, "The address cannot be read. Check the identifier in it.");
    let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| unreadable())?;
    params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).ok_or_else(unreadable)
}

fn read_id<I: Id>(text: &str) -> Result<I, ApiError> {
    text.parse::<I>().map_err(|error| match error {
        IdError::WrongKind => ApiError::new(
            Kind::WrongIdKind,
            format!(
                "{} names another kind of thing. Here ids begin with {}_.",
                text::headline(text, 40),
                I::PREFIX
            ),
        ),
        IdError::Malformed => ApiError::new(
            Kind::InvalidId,
            format!(
                "{} is no identifier. Ids look like {}_ and 26 letters and digits.",
                text::headline(text, 40),
                I::PREFIX
            ),
        ),
    })
}

/// Query parameters, each at most once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueryMap(BTreeMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for QueryMap {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let pairs = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let Query(pairs) = pairs.map_err(|_| {
            ApiError::new(
                Kind::InvalidQuery,
                "The part after ? cannot be read. Write it as name=value&name=value.",
            )
        })?;
        let mut map = BTreeMap::new();
        for (name, value) in pairs {
            if map.insert(name.clone(), value).is_some() {
                let message = format!("{} is given twice. Give it once.", text::headline(&name, 40));
                return Err(ApiError::new(Kind::InvalidQuery, message));
            }
        }
        Ok(Self(map))
    }
}

impl QueryMap {
    /// Refuses parameters that this address does not know.
    pub fn known(self, names: &[&str]) -> Result<Self, ApiError> {
        let Some(stranger) = self.0.keys().find(|name| !names.contains(&name.as_str())) else {
            return Ok(self);
        };
        let stranger = text::headline(stranger, 40);
        let message =
            format!("There is no query parameter {stranger} here. There are: {}.", names.join(", "));
        Err(ApiError::new(Kind::InvalidQuery, message))
    }

    /// A parameter's value, if it is given and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A parameter's value, or an empty text.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// `true` or `false`; absent means false.
    pub fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.text(name) {
            "" | "false" => Ok(false),
            "true" => Ok(true),
            _ => Err(ApiError::new(Kind::InvalidQuery, format!("{name}: Give true or false."))),
        }
    }

    /// A number between two bounds, if given.
    pub fn number(&self, name: &str, min: u64, max: u64) -> Result<Option<u64>, ApiError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = value.parse::<u64>().ok().filter(|number| (min..=max).contains(number));
        number.map(Some).ok_or_else(|| {
            let message = format!("{name}: Give a number from {min} to {max}.");
            ApiError::new(Kind::InvalidQuery, message)
        })
    }
}

/// The revision that `If-Match` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision(pub Result<Option<u64>, Misread>);

/// An `If-Match` that is no revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misread;

impl<S: Send + Sync> FromRequestParts<S> for Revision {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(Self(Ok(None))) };
        Ok(Self(value.to_str().ok().and_then(read_tag).map(Some).ok_or(Misread)))
    }
}

fn read_tag(text: &str) -> Option<u64> {
    let text = text.trim();
    text.strip_prefix("W/").unwrap_or(text).trim_matches('"').parse().ok()
}

/// The revision an edit is based on, from the body or from `If-Match`; the two must agree.
pub fn revision(body: Option<u64>, header: Revision) -> Result<Option<u64>, ApiError> {
    let refuse = |message: &str| Err(ApiError(Problem::field("If-Match", message)));
    match (body, header.0) {
        (_, Err(Misread)) => refuse("Give the ETag of the agent as you read it, such as \"7\"."),
        (Some(body), Ok(Some(header))) if body != header => {
            refuse("If-Match and \"revision\" name different revisions. Send one of them.")
        }
        (body, Ok(header)) => Ok(body.or(header)),
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::{AgentId, ExecutionId};

    use super::*;

    #[test]
    fn wrong_ids_are_told_apart() {
        let agent = AgentId::from_bytes([3; 16]).to_string();
        assert!(read_id::<AgentId>(&agent).is_ok());
        assert_eq!(read_id::<ExecutionId>(&agent).expect_err("an agent").0.kind, Kind::WrongIdKind);
        assert_eq!(read_id::<AgentId>("rubbish").expect_err("rubbish").0.kind, Kind::InvalidId);
    }

    #[test]
    fn unknown_query_parameters_are_refused_with_the_known_ones() {
        let map = QueryMap(BTreeMap::from([("stauts".to_owned(), "failed".to_owned())]));
        let problem = map.known(&["status", "limit"]).expect_err("unknown").0;
        assert_eq!(problem.kind, Kind::InvalidQuery);
        assert!(problem.message.contains("status, limit"));
    }

    #[test]
    fn a_revision_comes_from_body_or_header() {
        assert_eq!(read_tag("\"7\""), Some(7));
        assert_eq!(read_tag("W/\"7\""), Some(7));
        assert_eq!(read_tag("*"), None);
        assert_eq!(revision(Some(3), Revision(Ok(None))), Ok(Some(3)));
        assert_eq!(revision(None, Revision(Ok(Some(4)))), Ok(Some(4)));
        assert_eq!(revision(None, Revision(Ok(None))), Ok(None));
        assert!(revision(Some(3), Revision(Ok(Some(4)))).is_err());
        assert!(revision(Some(3), Revision(Err(Misread))).is_err());
    }
}
