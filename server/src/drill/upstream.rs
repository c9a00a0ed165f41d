//! The upstream in the drill's own process, with a log of the effects it had.
//!
//! An effect is a request that began something: a run at Toolhouse's side or a model call. What was
//! refused had none. Each request carries the token of the execution it belongs to in its message.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use futures::StreamExt as _;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What every token begins with.
const PREFIX: &str = "drill-";
/// The largest request that is looked into.
const MAX_BODY: usize = 1024 * 1024;

/// The token of the `number`th execution.
pub fn token(number: u64) -> String {
    format!("{PREFIX}{number:06}")
}

/// The last token in a text.
pub fn token_in(text: &str) -> Option<u64> {
    let rest = &text[text.rfind(PREFIX)? + PREFIX.len()..];
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// What kind of step an effect belongs to; the words of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A run.
    ToolhouseRun,
    /// A model call.
    ModelCall,
}

impl Step {
    /// The word in the journal.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ToolhouseRun => "toolhouse_run",
            Self::ModelCall => "model_call",
        }
    }
}

/// The effects for one execution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effects {
    /// Runs begun.
    pub runs: u32,
    /// Model calls begun.
    pub calls: u32,
    /// Answers sent to their last byte.
    pub told: u32,
}

/// What happened at the upstream, by execution.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<BTreeMap<u64, Effects>>>);

impl Log {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Effects>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, token: u64, change: impl FnOnce(&mut Effects)) {
        change(self.lock().entry(token).or_default());
    }

    /// The effects for one execution.
    pub fn of(&self, token: u64) -> Effects {
        self.lock().get(&token).copied().unwrap_or_default()
    }

    /// All of it as it is now.
    pub fn snapshot(&self) -> BTreeMap<u64, Effects> {
        self.lock().clone()
    }

    /// All effects of all executions.
    pub fn total(&self) -> u64 {
        self.lock().values().map(|effects| u64::from(effects.runs) + u64::from(effects.calls)).sum()
    }
}

/// The upstream, listening.
#[derive(Debug)]
pub struct Upstream {
    /// Such as `http://127.0.0.1:49152`.
    pub base: String,
    /// What happened there.
    pub log: Log,
    held: watch::Sender<bool>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// How quick the upstream is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pace {
    /// The pause before an answer begins.
    pub before: Duration,
    /// The pause before each of its pieces.
    pub between: Duration,
}

impl Upstream {
    /// Starts on a free port of this machine.
    pub async fn start(seed: u64, pace: Pace) -> std::io::Result<Self> {
        let log = Log::default();
        let (held, holding) = watch::channel(false);
        let options = simulator::Options {
            seed,
            chunk_delay: pace.between,
            log_limit: 10,
            run_limit: usize::MAX,
            ..simulator::Options::default()
        };
        let app = simulator::router(options)
            .layer(axum::middleware::from_fn_with_state((log.clone(), pace.before, holding), note));
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let base = format!("http://{}", listener.local_addr()?);
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let stopped = stop.clone();
        let serving =
            axum::serve(listener, app).with_graceful_shutdown(async move { stopped.cancelled().await });
        tasks.spawn(async move { serving.await });
        Ok(Self { base, log, held, stop, tasks })
    }

    /// Lets calls of models wait before anything happens, or go on.
    pub fn hold(&self, is_held: bool) {
        self.held.send_replace(is_held);
    }

    /// Stops listening. Open connections end with this process.
    pub fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
    }
}

/// Which step a request belongs to, if it may begin anything.
fn step(request: &Request) -> Option<Step> {
    let path = request.uri().path();
    if *request.method() != Method::POST {
        return None;
    }
    match path {
        "/v1/chat/completions" => Some(Step::ModelCall),
        "/v1/agent-runs" => Some(Step::ToolhouseRun),
        path if path.starts_with("/v1/") => None,
        _ => Some(Step::ToolhouseRun),
    }
}

async fn note(
    State((log, before, mut held)): State<(Log, Duration, watch::Receiver<bool>)>,
    request: Request,
    next: Next,
) -> Response {
    let Some(step) = step(&request) else { return next.run(request).await };
    if step == Step::ModelCall {
        // Its sender is gone with the upstream itself, and then nothing waits any more.
        let _ = held.wait_for(|is_held| !is_held).await;
    }
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, MAX_BODY).await.unwrap_or_default();
    let token = token_in(&String::from_utf8_lossy(&bytes));
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    if !before.is_zero() {
        tokio::time::sleep(before).await;
    }
    let Some(token) = token.filter(|_| response.status().is_success()) else { return response };
    log.note(token, |effects| match step {
        Step::ToolhouseRun => effects.runs += 1,
        Step::ModelCall => effects.calls += 1,
    });
    let (parts, body) = response.into_parts();
    let mut told = Some(log);
    let end = futures::stream::poll_fn(move |_| {
        if let Some(log) = told.take() {
            log.note(token, |effects| effects.told += 1);
        }
        Poll::Ready(None)
    });
    Response::from_parts(parts, Body::from_stream(body.into_data_stream().chain(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_token_of_a_text_is_read() {
        assert_eq!(token_in(&format!("/slow 2 {} please", token(41))), Some(41));
        assert_eq!(token_in("drill-000001 then drill-000002"), Some(2));
        assert_eq!(token_in("nothing drill-"), None);
    }
}
