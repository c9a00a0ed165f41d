//! What a handler takes from a request: who calls, from where, and with what.
//!
//! Keys are accepted only under `/api/v1` and cookies never there; sessions are accepted only
//! elsewhere. Everything here refuses with a problem of its own code, never with plain text.

mod body;
mod path;

use app::server_context::Caller;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use domain::{Actor, Kind, Principal};
use services::accounts::{Origin, Person};

use crate::reply::ApiError;
use crate::state::AppState;

pub use body::{JsonBody, OptionalJson, ThFileBody, ThFileJson};
pub use path::{Misread, Number, PathId, PathName, QueryMap, Revision, revision};

/// The holder of an API key.
#[derive(Debug, Clone)]
pub struct Key(pub Actor);

impl FromRequestParts<AppState> for Key {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let token = api_token(&parts.headers)?;
        let known = state.services.api_keys().authenticate(token, &origin(parts)).await;
        if known.as_ref().is_err_and(|problem| problem.kind.status() == 401) {
            state.limits.tried(&parts.extensions)?;
        }
        let (actor, per_minute) = known?;
        if let (Some(per_minute), Principal::Key { key }) = (per_minute, actor.principal) {
            state.limits.key(key, per_minute).admit(&parts.extensions)?;
        }
        Ok(Self(actor))
    }
}

/// A signed-in person, by access token or session cookie.
#[derive(Debug, Clone)]
pub struct PersonCaller(pub Person);

impl FromRequestParts<AppState> for PersonCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        match bearer(&parts.headers)? {
            Some(token) if token.starts_with("sf_") => Err(ApiError::new(
                Kind::InvalidToken,
                "API keys are not accepted here: sessions are for people. Sign in with POST /auth/sign-in.",
            )),
            Some(token) => {
                let person = state.services.accounts().authenticate(token).await?;
                state.limits.account(person.user.id).admit(&parts.extensions)?;
                Ok(Self(person))
            }
            None => with_cookie(parts).map(Self),
        }
    }
}

/// A signed-in person in the workspace whose slug is at `{workspace}` in the address.
#[derive(Debug, Clone)]
pub struct MemberCaller(pub Actor);

impl FromRequestParts<AppState> for MemberCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let PersonCaller(person) = PersonCaller::from_request_parts(parts, state).await?;
        let slug = path::segment(parts, state, "workspace").await?;
        Ok(Self(state.services.accounts().enter(&person, &slug, &origin(parts)).await?))
    }
}

/// The person whose session cookie came with the request, as the session layer found them.
fn with_cookie(parts: &Parts) -> Result<Person, ApiError> {
    let person = parts.extensions.get::<Caller>().and_then(|caller| caller.person.clone());
    person.ok_or_else(|| {
        ApiError::new(
            Kind::Unauthenticated,
            "Send the access token of a session as Authorization: Bearer. POST /auth/sign-in gives one.",
        )
    })
}

/// Where the request comes from.
#[derive(Debug, Clone)]
pub struct RequestOrigin(pub Origin);

impl<S: Send + Sync> FromRequestParts<S> for RequestOrigin {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(origin(parts)))
    }
}

/// Where a request comes from, as the outermost layer found it: it knows which proxies to believe.
fn origin(parts: &Parts) -> Origin {
    parts.extensions.get::<Origin>().cloned().unwrap_or_default()
}

/// The token of `Authorization: Bearer`, if there is such a header. Another scheme is refused.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty());
    let (_, token) = token.ok_or_else(|| {
        ApiError::new(Kind::InvalidToken, "Write the header as Authorization: Bearer, a space and the token.")
    })?;
    Ok(Some(token.trim()))
}

fn api_token(headers: &HeaderMap) -> Result<&str, ApiError> {
    match bearer(headers)? {
        Some(token) if token.starts_with("sf_") => Ok(token),
        Some(token) if token.split('.').count() == 3 => Err(ApiError::new(
            Kind::InvalidToken,
            "This is the token of a session. Here API keys are used: make one in Settings and send it as Authorization: Bearer sf_….",
        )),
        Some(_) => Err(ApiError::new(
            Kind::InvalidToken,
            "This is no API key. Keys begin with sf_; make one in Settings and send it as Authorization: Bearer sf_….",
        )),
        None => Err(ApiError::new(
            Kind::Unauthenticated,
            "Send an API key as Authorization: Bearer sf_…. Cookies are not accepted here.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn check(authorization: Option<&'static str>) -> Result<String, Kind> {
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static(value));
        }
        headers.insert(header::COOKIE, HeaderValue::from_static("shopfloor_access=a.b.c"));
        api_token(&headers).map(str::to_owned).map_err(|error| error.0.kind)
    }

    #[test]
    fn only_keys_are_taken_where_machines_call() {
        assert_eq!(check(Some("Bearer sf_x_y")), Ok("sf_x_y".to_owned()));
        assert_eq!(check(Some("bearer  sf_x_y ")), Ok("sf_x_y".to_owned()));
        assert_eq!(check(None), Err(Kind::Unauthenticated));
        for wrong in ["Bearer a.b.c", "Basic c2Y6", "Bearer ", "sf_x_y", "Bearer th-key"] {
            assert_eq!(check(Some(wrong)), Err(Kind::InvalidToken), "{wrong}");
        }
    }
}
