//! Sending, and bounding what comes back: time, redirects and bytes, counted after decompression.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Method, StatusCode, redirect};
use url::Url;

use super::address::check_url;
use super::names::{OnlyPrivate, Resolver};
use super::{Allowed, Names, Refusal, SystemNames, check};

/// What to send.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where to, as a user gave it.
    pub url: String,
    /// Headers; sent to the first origin only.
    pub headers: HeaderMap,
    /// The body.
    pub body: Option<Bytes>,
}

impl Request {
    /// Reads an address.
    pub fn get(url: impl Into<String>) -> Self {
        Self { method: Method::GET, url: url.into(), headers: HeaderMap::new(), body: None }
    }
}

/// What an answer may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From the first byte sent to the last one read, redirects included.
    pub time: Duration,
    /// Bytes of the body, after decompression.
    pub bytes: usize,
    /// Redirects followed.
    pub redirects: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(30), bytes: 1024 * 1024, redirects: 5 }
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Bytes,
    /// Where it came from in the end.
    pub url: Url,
}

/// Why there is no answer. Says nothing of what was sent.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It may not be called.
    #[error("refuse an address")]
    Refused(#[from] Refusal),
    /// No connection: nothing was sent.
    #[error("connect to an address")]
    Connect(#[source] reqwest::Error),
    /// It took too long.
    #[error("wait for an answer for {0:?}")]
    Timeout(Duration),
    /// The body is larger than allowed.
    #[error("read a body of at most {0} bytes")]
    TooLarge(usize),
    /// It leads from one address to another and to no end, or somewhere a body may not follow.
    #[error("follow redirects")]
    Redirects,
    /// The connection broke, or what came is no HTTP.
    #[error("read an answer")]
    Broken(#[source] reqwest::Error),
}

impl Error {
    /// A sentence for people that says what to do.
    pub fn sentence(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.to_string(),
            Self::Connect(_) => {
                "No connection could be made. Check the address; nothing was sent.".to_owned()
            }
            Self::Timeout(limit) => {
                format!("There was no whole answer within {} ms.", limit.as_millis())
            }
            Self::TooLarge(limit) => format!("The answer is larger than the limit of {limit} bytes."),
            Self::Redirects => "The address redirects too often, or to where a body is not sent.".to_owned(),
            Self::Broken(_) => "The connection broke before the answer was complete.".to_owned(),
        }
    }

    /// A code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(_) => "egress_refused",
            Self::Connect(_) => "unreachable",
            Self::Timeout(_) => "timeout",
            Self::TooLarge(_) => "too_large",
            Self::Redirects => "redirects",
            Self::Broken(_) => "broken_answer",
        }
    }

    fn of(error: reqwest::Error) -> Self {
        if leads_inside(&error) {
            Self::Refused(Refusal::Private)
        } else if error.is_connect() {
            Self::Connect(error.without_url())
        } else {
            Self::Broken(error.without_url())
        }
    }
}

/// Whether the resolver refused, however deep the client has wrapped that.
fn leads_inside(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<OnlyPrivate>() {
            return true;
        }
        next = error.source();
    }
    false
}

/// Sends requests of users. Cheap to clone; the client is made when it is first needed.
#[derive(Clone)]
pub struct Guard {
    allowed: Arc<Allowed>,
    names: Arc<dyn Names>,
    client: Arc<OnceLock<reqwest::Client>>,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}

impl Default for Guard {
    fn default() -> Self {
        Self::new(Allowed::default())
    }
}

impl Guard {
    /// Public addresses, and what is allowed beside them.
    pub fn new(allowed: Allowed) -> Self {
        Self::with_names(allowed, Arc::new(SystemNames))
    }

    /// The same with another resolver.
    pub fn with_names(allowed: Allowed, names: Arc<dyn Names>) -> Self {
        Self { allowed: Arc::new(allowed), names, client: Arc::default() }
    }

    /// Judges an address without calling it.
    pub fn check(&self, url: &str) -> Result<Url, Refusal> {
        check(url, &self.allowed)
    }

    /// Sends, follows redirects, and reads the whole body.
    pub async fn fetch(&self, request: Request, limits: Limits) -> Result<Answer, Error> {
        let answer = tokio::time::timeout(limits.time, self.follow(request, limits)).await;
        answer.unwrap_or(Err(Error::Timeout(limits.time)))
    }

    async fn follow(&self, mut request: Request, limits: Limits) -> Result<Answer, Error> {
        let mut url = self.check(&request.url)?;
        for _ in 0..=limits.redirects {
            let mut sent = self.client()?.request(request.method.clone(), url.clone());
            sent = sent.headers(request.headers.clone());
            if let Some(body) = request.body.clone() {
                sent = sent.body(body);
            }
            let response = sent.send().await.map_err(Error::of)?;
            let Some(next) = redirected(&response, &url) else {
                return read(response, url, limits.bytes).await;
            };
            let next = check_url(next, &self.allowed)?;
            let keeps =
                matches!(response.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
            if !keeps && request.method != Method::HEAD {
                request.method = Method::GET;
                request.body = None;
                request.headers.remove(CONTENT_TYPE);
            }
            if next.origin() != url.origin() {
                if request.body.is_some() {
                    return Err(Error::Redirects);
                }
                // Any header may hold a secret that is meant for the first origin.
                let accept = request.headers.remove(ACCEPT);
                request.headers = accept.map(|value| (ACCEPT, value)).into_iter().collect();
            }
            url = next;
        }
        Err(Error::Redirects)
    }

    fn client(&self) -> Result<&reqwest::Client, Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let resolver = Resolver { names: Arc::clone(&self.names), allowed: Arc::clone(&self.allowed) };
        let client = reqwest::Client::builder()
            .user_agent(concat!("shopfloor/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .redirect(redirect::Policy::none())
            // A proxy would resolve names itself.
            .no_proxy()
            .referer(false)
            .dns_resolver(Arc::new(resolver))
            .build()
            .map_err(Error::Connect)?;
        Ok(self.client.get_or_init(|| client))
    }
}

/// Where an answer sends us, if it does.
fn redirected(response: &reqwest::Response, from: &Url) -> Option<Url> {
    let status = response.status();
    let moves = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(LOCATION).filter(|_| moves)?;
    from.join(location.to_str().ok()?).ok()
}

async fn read(mut response: reqwest::Response, url: Url, limit: usize) -> Result<Answer, Error> {
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(Error::TooLarge(limit));
    }
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(Error::of)? {
        if body.len() + piece.len() > limit {
            return Err(Error::TooLarge(limit));
        }
        body.extend_from_slice(&piece);
    }
    Ok(Answer {
        status: response.status().as_u16(),
        headers: std::mem::take(response.headers_mut()),
        body: body.into(),
        url,
    })
}
