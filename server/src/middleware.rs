//! What happens to every request and answer: ids, logs, limits, headers, sessions, and errors that
//! always have the form their path promises.

mod errors;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use app::server_context::Caller;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use domain::{Kind, Problem};
use leptos::nonce::Nonce;
use services::accounts::Origin;
use tower_http::request_id::RequestId;
use tracing::Instrument as _;

use crate::deadline;
use crate::limits::Counted;
use crate::reply::ApiError;
use crate::router::TRIED;
use crate::state::AppState;

pub(crate) use errors::is_server_function;

/// How long a request may take before its answer begins, from the last byte that arrived; waiting for an
/// execution takes up to 60 s.
const TIMEOUT: Duration = Duration::from_secs(90);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The outermost layer: gives the request an id, logs it, and puts the id and the headers of every
/// answer in place.
pub async fn frame(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let mut random = [0; 24];
    state.services.entropy().fill(&mut random);
    let id = given_id(request.headers()).unwrap_or_else(|| hex(&random[..8]));
    let value = HeaderValue::from_str(&id).unwrap_or_else(|_| HeaderValue::from_static("unknown"));
    let nonce = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&random[8..]);
    let origin = origin(&state, &request, id.clone());
    request.extensions_mut().insert(RequestId::new(value.clone()));
    request.extensions_mut().insert(Nonce::from_value(nonce.as_str()));
    request.extensions_mut().insert(origin);
    let counted = Counted::default();
    request.extensions_mut().insert(counted.clone());
    let waits = request.headers().contains_key(header::EXPECT);
    let (parts, body) = request.into_parts();
    let (body, fate) = deadline::within(body, state.body_time, waits);
    let request = Request::from_parts(parts, body);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let span = tracing::info_span!("request", id = %id, method = %method);
    let begin = tokio::time::Instant::now();
    let mut response = tokio::select! {
        response = next.run(request).instrument(span.clone()) => response,
        () = fate.idle_for(TIMEOUT) => {
            ApiError(Problem::new(Kind::Unavailable, "The answer took too long. Try again in a moment."))
                .into_response()
        }
    };
    if fate.is_late() && !response.status().is_success() {
        response = too_late();
    }
    if response.status().is_client_error() || response.status().is_server_error() {
        fate.drain().await;
        response = errors::shape(response, &path, &id);
    }
    let status = response.status().as_u16();
    let took_ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::debug!(status, took_ms, "{method} {}", shown_path(&path)));
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, value);
    counted.write(headers);
    secure(headers, &path, &nonce, state.cookies.secure);
    response
}

/// Reads an entry that a proxy wrote: an address, perhaps with a port.
fn forwarded_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let with_port = || text.parse().ok().map(|address: SocketAddr| address.ip());
    text.trim_matches(['[', ']']).parse().ok().or_else(with_port)
}

/// Answers a body that did not arrive in time. What still comes of it is not read.
fn too_late() -> Response {
    let message = "The body took too long to arrive. Send it again, over a better connection.";
    let mut response = ApiError(Problem::new(Kind::RequestTimeout, message)).into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// An id that a proxy or caller gave, if it is short and plain.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    let plain = (8..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    plain.then(|| text.to_owned())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |text, byte| text + &format!("{byte:02x}"))
}

/// A path as it may be logged: one-time links keep their tokens in the query, which is left out.
fn shown_path(path: &str) -> &str {
    path.get(..120).unwrap_or(path)
}

/// Where a request comes from. Behind proxies that are trusted, the address is the one the
/// outermost of them saw: entries are counted from the right, because callers can write the left,
/// and one that cannot be read counts too, because skipping it would move a caller's into its place.
fn origin(state: &AppState, request: &Request, id: String) -> Origin {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let forwarded = request.headers().get_all("x-forwarded-for").iter();
    let forwarded = forwarded.flat_map(|value| value.to_str().unwrap_or_default().split(','));
    let forwarded: Vec<&str> = forwarded.collect();
    let address = match state.trusted_proxies {
        0 => peer,
        hops => forwarded.iter().rev().nth(hops - 1).and_then(|text| forwarded_address(text)).or(peer),
    };
    let agent =
        request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Origin {
        address: address.map(|address| address.to_string()).unwrap_or_default(),
        user_agent: agent.chars().take(200).collect(),
        request_id: Some(id),
    }
}

/// The headers that keep a browser from being turned against us.
fn secure(headers: &mut HeaderMap, path: &str, nonce: &str, https: bool) {
    let policy = if path == "/api/docs" {
        "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'"
            .to_owned()
    } else {
        format!(
            "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
             font-src 'self'; connect-src 'self'{}; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
            if cfg!(debug_assertions) { " ws://127.0.0.1:3001" } else { "" }
        )
    };
    let fixed = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    ];
    for (name, value) in fixed {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        );
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Answers a panic as an error of ours instead of closing the connection.
#[expect(clippy::needless_pass_by_value, reason = "the layer gives the panic away")]
pub fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response<Body> {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!(panic = text, "a request panicked");
    ApiError(Problem::new(Kind::Internal, "Something went wrong on our side. Try again.")).into_response()
}

/// Finds out who calls from the session's cookies, and renews the session when its access token has
/// ended. Not for the API, which takes keys only.
pub async fn session(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/") || path.starts_with("/pkg/") {
        return next.run(request).await;
    }
    let origin = request.extensions().get::<Origin>().cloned().unwrap_or_default();
    let accounts = state.services.accounts();
    let access = state.cookies.read_access(request.headers());
    let refresh = state.cookies.read_refresh(request.headers());
    let mut renewed = None;
    let mut ended = false;
    let mut person = match &access {
        Some(token) => accounts.authenticate(token).await.ok(),
        None => None,
    };
    if person.is_none()
        && let Some(token) = &refresh
    {
        match accounts.refresh(token, &origin).await {
            Ok(signed_in) => {
                person = accounts.authenticate(signed_in.access.expose()).await.ok();
                renewed = Some(signed_in);
            }
            // A database that does not answer does not end anybody's session.
            Err(problem) => ended = problem.kind.status() == 401,
        }
        // Who shows tokens that nobody was given is counted; who renews a session is not.
        if ended && let Err(problem) = state.limits.tried(request.extensions()) {
            return ApiError(problem).into_response();
        }
    }
    if let Some(person) = &person
        && let Err(problem) = state.limits.account(person.user.id).admit(request.extensions())
    {
        return ApiError(problem).into_response();
    }
    request.extensions_mut().insert(Caller { person, origin });
    let mut response = next.run(request).await;
    // A server function that set the session's cookies itself (sign-in, sign-out) has the last word.
    if !sets_session(&state, response.headers()) {
        let cookies = match (&renewed, ended) {
            (Some(signed_in), _) => Some(state.cookies.set(signed_in)),
            (None, true) => Some(state.cookies.clear()),
            (None, false) => None,
        };
        for cookie in cookies.into_iter().flatten() {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// True when an answer begins, renews or ends a session; other cookies do not count.
fn sets_session(state: &AppState, headers: &HeaderMap) -> bool {
    let name = |cookie: &HeaderValue| {
        cookie.to_str().ok().and_then(|text| text.split_once('=')).map(|(name, _)| name.to_owned())
    };
    let ours = state.cookies.clear().each_ref().map(name);
    headers.get_all(header::SET_COOKIE).iter().any(|cookie| ours.contains(&name(cookie)))
}

/// Counts sign-ins and the like per address.
pub async fn sign_in_limit(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if request.method() != http::Method::GET
        && TRIED.contains(&request.uri().path())
        && let Err(problem) = state.limits.tried(request.extensions())
    {
        return ApiError(problem).into_response();
    }
    next.run(request).await
}

/// Answers a request that another site caused.
pub fn cross_origin(_error: tower_http::csrf::ProtectionError) -> Response {
    ApiError(Problem::new(
        Kind::CrossOrigin,
        "The request comes from another site. Open Shopfloor itself; its address must be the one in SHOPFLOOR_PUBLIC_URL.",
    ))
    .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_proxies_are_read_with_and_without_ports() {
        let read = |text| forwarded_address(text).map(|address| address.to_string());
        for (text, address) in [
            (" 192.0.2.1 ", Some("192.0.2.1")),
            ("192.0.2.1:5555", Some("192.0.2.1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("[2001:db8::1]:5555", Some("2001:db8::1")),
            ("unknown", None),
            ("", None),
        ] {
            assert_eq!(read(text).as_deref(), address, "{text:?}");
        }
    }
}
