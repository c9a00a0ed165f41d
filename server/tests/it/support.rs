//! Requests to a router and what comes back.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, Response, header};
use futures::StreamExt as _;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request in the making.
pub(crate) struct Ask {
    app: Router,
    request: Request<Body>,
}

impl Ask {
    pub(crate) fn new(app: Router, method: &str, path: &str) -> Self {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).expect(path);
        Self { app, request }.header("host", "127.0.0.1:3000").from([192, 0, 2, 1])
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.request.headers_mut().append(name, value.parse().expect("a header"));
        self
    }

    /// The network address the request comes from.
    pub(crate) fn from(mut self, address: [u8; 4]) -> Self {
        self.request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 40_000))));
        self
    }

    /// With a key or an access token.
    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn cookie(self, cookies: &str) -> Self {
        self.header("cookie", cookies)
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    pub(crate) fn form(self, body: &str) -> Self {
        self.header("content-type", "application/x-www-form-urlencoded").body(body.to_owned())
    }

    pub(crate) fn body(mut self, body: impl Into<Body>) -> Self {
        *self.request.body_mut() = body.into();
        self
    }

    /// Sends, and hands out the answer while its body may still be coming.
    pub(crate) async fn open(self) -> Response<Body> {
        let place = format!("{} {}", self.request.method(), self.request.uri());
        let answer = tokio::time::timeout(PATIENCE, self.app.oneshot(self.request)).await;
        answer.unwrap_or_else(|_| panic!("no answer to {place}")).expect("the router cannot fail")
    }

    /// Sends and reads everything.
    pub(crate) async fn send(self) -> Reply {
        let (parts, body) = self.open().await.into_parts();
        let body = tokio::time::timeout(PATIENCE, body.collect()).await.expect("the body ends");
        let body = body.expect("the body arrives").to_bytes().to_vec();
        Reply { status: parts.status.as_u16(), headers: parts.headers, body }
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    body: Vec<u8>,
}

impl Reply {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's text, empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// Whatever JSON came.
    pub(crate) fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The JSON of an answer with this status.
    pub(crate) fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        if self.body.is_empty() { Value::Null } else { self.value() }
    }

    /// The problem of an answer with this status and code; it says what to do and names its request.
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        let problem = self.json(status);
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(problem["request_id"], self.header("x-request-id"), "{problem}");
        assert!(
            problem["detail"].as_str().is_some_and(|text| text.ends_with('.') && text.len() > 10),
            "{problem}"
        );
        problem
    }

    /// The same of a server function, whose problems have the form that pages read.
    pub(crate) fn refusal(&self, status: u16, code: &str) -> Value {
        let problem = self.json(status);
        assert_eq!(problem["kind"], code, "{problem}");
        assert!(
            problem["message"].as_str().is_some_and(|text| text.ends_with('.') && text.len() > 10),
            "{problem}"
        );
        problem
    }

    /// The cookies that were set, as a browser would send them back, and as they came.
    pub(crate) fn cookies(&self) -> (String, Vec<String>) {
        let set = self.headers.get_all(header::SET_COOKIE).iter();
        let set: Vec<String> = set.map(|value| value.to_str().expect("text").to_owned()).collect();
        let pairs = set.iter().map(|cookie| cookie.split(';').next().expect("a pair").to_owned());
        (pairs.collect::<Vec<_>>().join("; "), set)
    }
}

/// One server-sent event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sse {
    pub(crate) id: u64,
    pub(crate) event: String,
    pub(crate) data: Value,
}

/// Reads events from an open stream until it ends or `enough` says so of what has come.
pub(crate) async fn read_events(answer: Response<Body>, enough: impl Fn(&[Sse]) -> bool) -> Vec<Sse> {
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut stream = answer.into_body().into_data_stream();
    let (mut text, mut events) = (String::new(), Vec::new());
    while !enough(&events) {
        let piece = tokio::time::timeout(PATIENCE, stream.next()).await.expect("the stream goes on or ends");
        let Some(piece) = piece else { break };
        text.push_str(std::str::from_utf8(&piece.expect("a piece")).expect("whole characters"));
        while let Some((block, rest)) = text.split_once("\n\n") {
            events.extend(parse(block));
            text = rest.to_owned();
        }
    }
    events
}

/// Reads what a stream that was sent as a whole holds.
pub(crate) fn parse_events(text: &str) -> Vec<Sse> {
    text.split("\n\n").filter_map(parse).collect()
}

fn parse(block: &str) -> Option<Sse> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    Some(Sse {
        id: field("id")?.parse().expect("a number"),
        event: field("event")?.to_owned(),
        data: serde_json::from_str(field("data")?).expect("JSON"),
    })
}
