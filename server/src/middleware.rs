//! What happens to every request and answer: ids, logs, limits, headers, sessions, and errors that
//! always have the form their path promises.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use app::server_context::{Caller, SERVER_FN_PREFIX};
use axum::Json;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use domain::{Kind, Problem};
use leptos::nonce::Nonce;
use services::accounts::Origin;
use tower_http::request_id::RequestId;
use tracing::Instrument as _;

use crate::reply::ApiError;
use crate::state::AppState;

/// How long a request may take before its answer begins; waiting for an execution takes up to 60 s.
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
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let span = tracing::info_span!("request", id = %id, method = %method);
    let begin = tokio::time::Instant::now();
    let mut response = match tokio::time::timeout(TIMEOUT, next.run(request)).instrument(span.clone()).await {
        Ok(response) => response,
        Err(_) => {
            ApiError(Problem::new(Kind::Unavailable, "The answer took too long. Try again in a moment."))
                .into_response()
        }
    };
    if speaks_problems(&path) {
        response = as_problem(response, &id);
    } else if path.starts_with(SERVER_FN_PREFIX) {
        response = as_refusal(response, &id);
    }
    let status = response.status().as_u16();
    let took_ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::debug!(status, took_ms, "{method} {}", shown_path(&path)));
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, value);
    secure(headers, &path, &nonce, state.cookies.secure);
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
/// outermost of them saw: entries are counted from the right, because callers can write the left.
fn origin(state: &AppState, request: &Request, id: String) -> Origin {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let forwarded: Vec<IpAddr> = request
        .headers()
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|text| text.trim().parse().ok())
        .collect();
    let address = match state.trusted_proxies {
        0 => peer,
        hops => forwarded.iter().rev().nth(hops - 1).copied().or(peer),
    };
    let agent =
        request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Origin {
        address: address.map(|address| address.to_string()).unwrap_or_default(),
        user_agent: agent.chars().take(200).collect(),
        request_id: Some(id),
    }
}

/// Paths whose errors are problem documents.
fn speaks_problems(path: &str) -> bool {
    ["/api/", "/auth/", "/live/"].iter().any(|prefix| path.starts_with(prefix))
}

/// Gives an error of another layer the form the API promises, and every problem the request's id.
fn as_problem(response: Response, id: &str) -> Response {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let problem = match parts.extensions.get::<Problem>() {
        Some(problem) if problem.reference.is_some() => return Response::from_parts(parts, body),
        Some(problem) => problem.clone(),
        None => {
            let title = kind_of(status).title();
            let message = format!("{title}. The reference at /api/docs says what this address takes.");
            Problem::new(kind_of(status), message)
        }
    };
    with_headers(ApiError(problem.with_reference(id)).into_response(), &parts.headers)
}

/// Gives a problem that did not come from a server function itself the form that pages read.
fn as_refusal(response: Response, id: &str) -> Response {
    let Some(problem) = response.extensions().get::<Problem>().cloned() else { return response };
    let (parts, _) = response.into_parts();
    let body = Json(problem.with_reference(id)).into_response();
    with_headers((parts.status, body).into_response(), &parts.headers)
}

/// Adds the headers of an answer whose body is written anew. There may be several cookies.
fn with_headers(mut response: Response, headers: &HeaderMap) -> Response {
    for (name, value) in headers {
        if *name == header::SET_COOKIE {
            response.headers_mut().append(name, value.clone());
        } else if ![header::CONTENT_TYPE, header::CONTENT_LENGTH].contains(name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

fn kind_of(status: StatusCode) -> Kind {
    match status.as_u16() {
        400 => Kind::MalformedBody,
        401 => Kind::Unauthenticated,
        403 => Kind::Forbidden,
        404 => Kind::NotFound,
        405 => Kind::MethodNotAllowed,
        408 => Kind::RequestTimeout,
        413 => Kind::BodyTooLarge,
        415 => Kind::UnsupportedMediaType,
        422 => Kind::InvalidInput,
        429 => Kind::RateLimited,
        503 => Kind::Unavailable,
        _ if status.is_client_error() => Kind::InvalidQuery,
        _ => Kind::Internal,
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
    }
    if let Some(person) = &person
        && let Err(wait) = state.limits.account(person.user.id)
    {
        return too_many(wait);
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
    let path = request.uri().path();
    let counted = request.method() == http::Method::POST
        && (["/auth/sign-in", "/auth/refresh"].contains(&path)
            || ["sign_in", "setup", "accept_invitation", "reset_password", "change_password"].iter().any(
                |name| {
                    path.strip_prefix(SERVER_FN_PREFIX).is_some_and(|rest| rest == format!("accounts/{name}"))
                },
            ));
    if counted {
        let address = request.extensions().get::<Origin>().and_then(|origin| origin.address.parse().ok());
        if let Some(Err(wait)) = address.map(|address| state.limits.address(address)) {
            return too_many(wait);
        }
    }
    next.run(request).await
}

fn too_many(wait_s: u64) -> Response {
    let mut problem = Problem::new(Kind::RateLimited, format!("Too many requests. Try again in {wait_s} s."));
    problem.retry_after_s = Some(wait_s);
    ApiError(problem).into_response()
}

/// Answers a request that another site caused.
pub fn cross_origin(_error: tower_http::csrf::ProtectionError) -> Response {
    ApiError(Problem::new(
        Kind::CrossOrigin,
        "The request comes from another site. Open Shopfloor itself; its address must be the one in SHOPFLOOR_PUBLIC_URL.",
    ))
    .into_response()
}
