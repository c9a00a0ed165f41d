//! The client itself: one connection pool, one key, and the two ways a request goes out.
//!
//! A unary request is answered whole and within one limit; a streamed one is handed on the moment
//! its headers arrive. Nothing is ever sent twice from here.

use std::{fmt, sync::Arc, time::Duration};

use reqwest::{
    Method, RequestBuilder, Response,
    header::{AUTHORIZATION, HeaderValue},
    redirect,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use crate::{
    error::{self, Error, Limit},
    settings::{Endpoints, Timeouts},
};

/// A whole answer may be this large; long conversations are, nothing else comes near.
const ANSWER_BYTES: usize = 32 * 1024 * 1024;

const USER_AGENT: &str = concat!("toolhouse-rust/", env!("CARGO_PKG_VERSION"));

/// A client for one account. Clones share the connections and cost nothing.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    endpoints: Endpoints,
    timeouts: Timeouts,
    key: SecretString,
    bearer: HeaderValue,
}

impl Client {
    /// Makes a client; connects to nothing yet.
    ///
    /// Fails with [`Error::BadKey`] for a key that no header can carry, [`Error::BadEndpoint`] for
    /// an address that is not HTTP, and [`Error::Prepare`] if the HTTP client cannot be built.
    pub fn new(endpoints: Endpoints, key: SecretString, timeouts: Timeouts) -> Result<Self, Error> {
        for (name, url) in endpoints.each() {
            if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
                return Err(Error::BadEndpoint(name));
            }
        }
        let bearer = bearer(key.expose_secret())?;
        let mut http = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(redirect::Policy::none())
            .connect_timeout(timeouts.connect);
        // A stand-in on this machine is not to be looked for behind a proxy.
        if endpoints.each().into_iter().all(|(_, url)| is_local(url)) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(Error::Prepare)?;
        Ok(Self { inner: Arc::new(Inner { http, endpoints, timeouts, key, bearer }) })
    }

    /// The limits this client works with.
    pub fn timeouts(&self) -> &Timeouts {
        &self.inner.timeouts
    }

    /// The addresses this client talks to.
    pub fn endpoints(&self) -> &Endpoints {
        &self.inner.endpoints
    }

    /// The key, for those who must not repeat it.
    pub(crate) fn key(&self) -> SecretString {
        self.inner.key.clone()
    }

    /// A request to the `/v1` surface.
    pub(crate) fn api(&self, method: Method, segments: &[&str]) -> RequestBuilder {
        let url = join(&self.inner.endpoints.api, &["v1"], segments);
        self.request(method, url)
    }

    /// A request to the Workers API.
    pub(crate) fn workers(&self, method: Method, segments: &[&str]) -> RequestBuilder {
        let url = join(&self.inner.endpoints.agents, &[], segments);
        self.request(method, url)
    }

    fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.inner.http.request(method, url).header(AUTHORIZATION, self.inner.bearer.clone())
    }

    /// Sends and returns the whole JSON answer; an empty one is `null`. `what` names the request
    /// in logs and errors.
    pub(crate) async fn unary(&self, what: &'static str, request: RequestBuilder) -> Result<Value, Error> {
        let limit = self.inner.timeouts.unary;
        let deadline = Instant::now() + limit;
        let mut response = self
            .send(what, request, deadline)
            .await?
            .ok_or(Error::Silence { limit: Limit::Unary, waited: limit })?;
        let mut body = Vec::new();
        loop {
            let piece = timeout_at(deadline, response.chunk())
                .await
                .map_err(|_elapsed| Error::Deadline { limit })?
                .map_err(|source| Error::Cut(source.without_url()))?;
            let Some(bytes) = piece else { break };
            if body.len() + bytes.len() > ANSWER_BYTES {
                return Err(Error::TooLarge { limit_bytes: ANSWER_BYTES });
            }
            body.extend_from_slice(&bytes);
        }
        if body.trim_ascii().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).map_err(|source| Error::Decode { what, source: Some(source) })
    }

    /// Sends and returns as soon as headers are there.
    pub(crate) async fn streamed(
        &self,
        what: &'static str,
        request: RequestBuilder,
        started: Instant,
    ) -> Result<Response, Error> {
        let Timeouts { first_byte, total, .. } = self.inner.timeouts;
        let wait = total.map_or(first_byte, |total| total.min(first_byte));
        let response = self.send(what, request, started + wait).await?;
        response.ok_or(match total {
            Some(total) if total < first_byte => Error::Deadline { limit: total },
            _ => Error::Silence { limit: Limit::FirstByte, waited: first_byte },
        })
    }

    /// A successful response, or `None` when the deadline passed first.
    async fn send(
        &self,
        what: &'static str,
        request: RequestBuilder,
        deadline: Instant,
    ) -> Result<Option<Response>, Error> {
        let asked = Instant::now();
        let Ok(answer) = timeout_at(deadline, request.send()).await else {
            tracing::debug!(what, waited_ms = millis(asked.elapsed()), "no answer in time");
            return Ok(None);
        };
        let response = answer.map_err(classify)?;
        tracing::debug!(
            what,
            status = response.status().as_u16(),
            waited_ms = millis(asked.elapsed()),
            "answered"
        );
        if response.status().is_success() {
            Ok(Some(response))
        } else {
            Err(error::status_error(response, self.inner.key.expose_secret()).await)
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("endpoints", &self.inner.endpoints)
            .field("timeouts", &self.inner.timeouts)
            .finish_non_exhaustive()
    }
}

fn classify(source: reqwest::Error) -> Error {
    let source = source.without_url();
    if source.is_builder() {
        Error::Prepare(source)
    } else if source.is_connect() {
        Error::Connect(source)
    } else {
        Error::Lost(source)
    }
}

fn bearer(key: &str) -> Result<HeaderValue, Error> {
    // A header may hold spaces and more; a key that does was pasted wrongly.
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::BadKey);
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_invalid| Error::BadKey)?;
    value.set_sensitive(true);
    Ok(value)
}

fn join(base: &Url, version: &[&str], segments: &[&str]) -> Url {
    let mut url = base.clone();
    url.set_query(None);
    url.set_fragment(None);
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(version).extend(segments);
    }
    url
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
