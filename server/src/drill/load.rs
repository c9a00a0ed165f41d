//! The load: callers who start executions over REST, follow some of them, and cancel some.
//!
//! Each caller sees its execution through to its end before it starts the next, across any number
//! of kills. Everything a caller was promised is noted, to be held against the database later.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::ids::AgentId;
use outbound::peer::Peer;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::child::Addresses;
use super::dice::Dice;
use super::upstream::token;

/// The pause before a call is repeated whose server went away.
const AGAIN: Duration = Duration::from_millis(50);
/// How often a caller asks whether its execution has ended.
const ASK: Duration = Duration::from_millis(300);

/// What is asked of an execution, and so what its end should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A streamed answer.
    Stream,
    /// A streamed answer that takes a few seconds.
    Slow,
    /// Refused twice by the upstream, then answered.
    Retry,
    /// A stream that the upstream cuts; the run completes.
    Cut,
    /// Refused for good.
    Refused,
    /// Stopped by its caller.
    Cancel,
}

impl Kind {
    fn draw(dice: &mut Dice) -> Self {
        match dice.below(20) {
            0..=8 => Self::Stream,
            9..=12 => Self::Slow,
            13..=15 => Self::Retry,
            16 => Self::Cut,
            17 => Self::Refused,
            _ => Self::Cancel,
        }
    }

    /// True when nothing but us could keep it from succeeding.
    pub const fn is_healthy(self) -> bool {
        !matches!(self, Self::Refused | Self::Cancel)
    }

    /// Retries and cut streams are Toolhouse's: a model call keeps no count of its refusals.
    const fn may_be_model(self) -> bool {
        matches!(self, Self::Stream | Self::Slow | Self::Refused | Self::Cancel)
    }

    fn message(self, number: u64) -> String {
        let script = match self {
            Self::Stream => "",
            Self::Slow => "/slow 3 ",
            Self::Retry => "/429-then-ok 2 ",
            Self::Cut => "/truncate ",
            Self::Refused => "/402 ",
            Self::Cancel => "/slow 8 ",
        };
        format!("{script}Where is {}?", token(number))
    }
}

/// What one caller asked for and was told.
#[derive(Debug, Clone)]
pub struct Call {
    /// What was asked.
    pub kind: Kind,
    /// Identifier of the execution, once the start was answered.
    pub accepted: Option<String>,
    /// The stop was acknowledged before the end.
    pub stop_acknowledged: bool,
    /// The caller followed the stream of events.
    pub followed: bool,
    /// Events that were missing from the stream.
    pub missed: u64,
    /// Events that came twice or out of order.
    pub repeated: u64,
}

/// What all callers were told.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Mutex<BTreeMap<u64, Call>>>);

impl Calls {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Call>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, number: u64, change: impl FnOnce(&mut Call)) {
        if let Some(call) = self.lock().get_mut(&number) {
            change(call);
        }
    }

    /// Everything, by number.
    pub fn all(&self) -> BTreeMap<u64, Call> {
        self.lock().clone()
    }
}

/// The callers.
#[derive(Debug, Clone)]
pub struct Load {
    peer: Peer,
    addresses: Addresses,
    agents: [AgentId; 2],
    /// What the callers were told.
    pub calls: Calls,
    /// Starts on their way, by child.
    sending: Arc<Vec<AtomicI64>>,
    next: Arc<AtomicU64>,
    /// No further starts.
    stop: CancellationToken,
    /// No further waiting either.
    give_up: CancellationToken,
    tasks: TaskTracker,
}

impl Load {
    /// Sets `width` callers to work.
    pub fn start(
        peer: Peer,
        addresses: Addresses,
        children: usize,
        agents: [AgentId; 2],
        width: u64,
        seed: u64,
    ) -> Self {
        let load = Self {
            peer,
            addresses,
            agents,
            calls: Calls::default(),
            sending: Arc::new((0..children).map(|_| AtomicI64::new(0)).collect()),
            next: Arc::default(),
            stop: CancellationToken::new(),
            give_up: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        for caller in 0..width {
            let (load, dice) = (load.clone(), Dice::new(seed, 100 + caller));
            load.tasks.clone().spawn(load.work(dice));
        }
        load
    }

    /// Starts that are on their way to a child now.
    pub fn sending(&self, child: usize) -> i64 {
        self.sending.get(child).map_or(0, |sending| sending.load(Ordering::SeqCst))
    }

    /// Asks the callers to start nothing more.
    pub fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
    }

    /// Waits until every caller has seen its last execution end; gives how many had not when the time was over.
    pub async fn end(&self, patience: Duration) -> usize {
        let ended = tokio::time::timeout(patience, self.tasks.wait()).await;
        let waiting = if ended.is_ok() { 0 } else { self.tasks.len() };
        self.give_up.cancel();
        self.tasks.wait().await;
        waiting
    }

    async fn work(self, mut dice: Dice) {
        while !self.stop.is_cancelled() {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            let kind = Kind::draw(&mut dice);
            let on_model = kind.may_be_model() && dice.below(3) == 0;
            tokio::select! {
                () = self.one(number, kind, on_model, &mut dice) => {}
                () = self.give_up.cancelled() => return,
            }
        }
    }

    async fn one(&self, number: u64, kind: Kind, on_model: bool, dice: &mut Dice) {
        let followed = dice.below(4) == 0;
        let call = Call { kind, accepted: None, stop_acknowledged: false, followed, missed: 0, repeated: 0 };
        self.calls.lock().insert(number, call);
        let Some(execution) = self.begin(number, kind, self.agents[usize::from(on_model)]).await else {
            return;
        };
        self.calls.note(number, |call| call.accepted = Some(execution.clone()));
        if kind == Kind::Cancel {
            tokio::time::sleep(dice.pause(0, 2_500)).await;
            self.cancel(number, &execution).await;
        }
        if followed { self.follow(number, &execution).await } else { self.wait(number, &execution).await }
    }

    /// Sends the start until it is answered. None when it is refused, which nothing here should be.
    async fn begin(&self, number: u64, kind: Kind, agent: AgentId) -> Option<String> {
        let key = token(number);
        let body = json!({ "message": kind.message(number) });
        for go in 0.. {
            let (child, base) = self.addresses.pick(number + go);
            let address = format!("{base}/api/v1/agents/{agent}/executions");
            let sending = self.sending.get(child)?;
            sending.fetch_add(1, Ordering::SeqCst);
            let answer = self.peer.post(&address, &body, &[("idempotency-key", &key)]).await;
            sending.fetch_sub(1, Ordering::SeqCst);
            match answer {
                Ok(answer) if matches!(answer.status, 200 | 202) => {
                    return answer.body["id"].as_str().map(str::to_owned);
                }
                Ok(answer) if answer.status < 500 => {
                    tracing::error!(status = answer.status, "a start was refused: {}", answer.body);
                    return None;
                }
                Ok(_) | Err(_) => tokio::time::sleep(AGAIN).await,
            }
        }
        None
    }

    async fn cancel(&self, number: u64, execution: &str) {
        for go in 0.. {
            let (_, base) = self.addresses.pick(number + go);
            let address = format!("{base}/api/v1/executions/{execution}/cancel");
            match self.peer.post(&address, &Value::Null, &[]).await {
                Ok(answer) if answer.status == 202 => {
                    return self.calls.note(number, |call| call.stop_acknowledged = true);
                }
                Ok(answer) if answer.status < 500 => return,
                Ok(_) | Err(_) => tokio::time::sleep(AGAIN).await,
            }
        }
    }

    async fn wait(&self, number: u64, execution: &str) {
        for go in 0.. {
            tokio::time::sleep(ASK).await;
            let (_, base) = self.addresses.pick(number + go);
            let answer = self.peer.get(&format!("{base}/api/v1/executions/{execution}")).await;
            if answer.is_ok_and(|answer| answer.body["finished_at"].is_string()) {
                return;
            }
        }
    }

    /// Follows the stream to its end, from wherever it broke off, and checks the numbers.
    async fn follow(&self, number: u64, execution: &str) {
        let mut last = 0;
        for go in 0.. {
            let (_, base) = self.addresses.pick(number + go);
            let address = format!("{base}/api/v1/executions/{execution}/events");
            let Ok(mut stream) = self.peer.follow(&address, last).await else {
                tokio::time::sleep(AGAIN).await;
                continue;
            };
            if stream.status() == 204 {
                return;
            }
            while let Ok(Some(seen)) = stream.next().await {
                self.calls.note(number, |call| {
                    call.repeated += u64::from(seen.number <= last);
                    call.missed += seen.number.saturating_sub(last + 1);
                });
                last = last.max(seen.number);
                if seen.name == "finished" {
                    return;
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}
