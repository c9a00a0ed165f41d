//! The log of requests, so that a test can say what was sent.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State as Shared},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::header::USER_AGENT;
use serde_json::Value;

use crate::{refusals, state::State};

const BODY_BYTES: usize = 16 * 1024 * 1024;

/// One request that arrived. Keys are not recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestRecord {
    /// When, counted from the start of the simulator.
    pub at: Duration,
    /// The method in capitals.
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// The body, when it was JSON.
    pub body: Option<Value>,
    /// The client's name for itself.
    pub user_agent: Option<String>,
    /// Whether it carried an `Authorization` header.
    pub authorised: bool,
}

pub(crate) struct Requests {
    started: Instant,
    limit: usize,
    records: VecDeque<RequestRecord>,
}

impl Requests {
    pub(crate) fn new(limit: usize) -> Self {
        Self { started: Instant::now(), limit, records: VecDeque::new() }
    }

    pub(crate) fn records(&self) -> Vec<RequestRecord> {
        self.records.iter().cloned().collect()
    }

    fn push(&mut self, mut record: RequestRecord) {
        // Taken under the lock, so that order and times agree.
        record.at = self.started.elapsed();
        self.records.push_back(record);
        while self.records.len() > self.limit {
            self.records.pop_front();
        }
    }
}

/// Notes each request before it is answered.
pub(crate) async fn record(Shared(state): Shared<State>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, BODY_BYTES).await else {
        return refusals::detail(413, "The request is too large").into_response();
    };
    let headers = &parts.headers;
    state.lock().requests.push(RequestRecord {
        at: Duration::ZERO,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        body: serde_json::from_slice(&bytes).ok(),
        user_agent: headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned),
        authorised: headers.contains_key(http::header::AUTHORIZATION),
    });
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}
