//! The load: callers who start executions over REST, follow some of them, and cancel some; beside
//! them callers who make schedules and batches.
//!
//! Each caller sees its work through to its end before it starts the next, across any number of
//! kills. Everything a caller was promised is noted, to be held against the database later.

mod batches;
mod schedules;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use domain::ids::AgentId;
use outbound::peer::{Answer, Peer};
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::calls::{Call, Calls, Kind};
use super::child::Addresses;
use super::dice::Dice;
use super::upstream::token;

/// The pause before a call is repeated whose server went away.
const AGAIN: Duration = Duration::from_millis(50);
/// How many start something at once, just before a kill.
const BURST: u64 = 16;
/// How often a caller asks whether its work has ended.
const ASK: Duration = Duration::from_millis(300);

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
    /// Sets `width` callers to work, and those of schedules and batches beside them.
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
            load.set_to_work(caller, load.clone().start_executions(caller, Dice::new(seed, 100 + caller)));
        }
        let (first, second, third) = (width, width + 1, width + 2);
        load.set_to_work(first, load.clone().repeat_by_the_minute(first));
        load.set_to_work(second, load.clone().schedule_once(second, Dice::new(seed, 100 + second)));
        load.set_to_work(third, load.clone().run_batches(third, Dice::new(seed, 100 + third)));
        load
    }

    /// Starts some more at once, so that a kill finds work in every window however quick the server is.
    pub fn burst(&self, dice: &mut Dice) {
        for _ in 0..BURST {
            // Numbers tell callers apart; those of the others are small.
            let (caller, mut dice) = (u64::MAX - self.number(), Dice::new(dice.roll(), 99));
            let (load, kind) = (self.clone(), Kind::draw(&mut dice));
            let on_model = kind.may_be_model() && dice.below(2) == 0;
            self.set_to_work(caller, async move { load.one(caller, kind, on_model, &mut dice).await });
        }
    }

    fn set_to_work(&self, caller: u64, work: impl Future<Output = ()> + Send + 'static) {
        let load = self.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = work => { load.calls.lock().waits.remove(&caller); }
                () = load.give_up.cancelled() => {}
            }
        });
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

    /// Waits until every caller has seen its last work end; gives what they waited for when the time
    /// was over.
    pub async fn end(&self, deadline: Instant) -> Vec<String> {
        let ended = tokio::time::timeout_at(deadline, self.tasks.wait()).await;
        self.give_up.cancel();
        self.tasks.wait().await;
        if ended.is_ok() { Vec::new() } else { self.calls.lock().waits.values().cloned().collect() }
    }

    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::SeqCst)
    }

    /// Waits before the next piece of work; false when there shall be none.
    async fn pause(&self, wait: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(wait) => true,
            () = self.stop.cancelled() => false,
        }
    }

    /// Posts until it is answered, to one child after the other.
    async fn post(&self, number: u64, path: &str, body: &Value) -> Answer {
        let mut turn = number;
        loop {
            let (_, base) = self.addresses.pick(turn);
            match self.peer.post(&format!("{base}{path}"), body, &[]).await {
                Ok(answer) if answer.status < 500 => return answer,
                Ok(_) | Err(_) => tokio::time::sleep(AGAIN).await,
            }
            turn += 1;
        }
    }

    /// Asks until the answer is what is waited for.
    async fn ask(&self, number: u64, path: &str, is_enough: impl Fn(&Value) -> bool + Send) -> Value {
        let mut turn = number;
        loop {
            tokio::time::sleep(ASK).await;
            let (_, base) = self.addresses.pick(turn);
            match self.peer.get(&format!("{base}{path}")).await {
                Ok(answer) if answer.status == 200 && is_enough(&answer.body) => return answer.body,
                Ok(_) | Err(_) => turn += 1,
            }
        }
    }

    async fn start_executions(self, caller: u64, mut dice: Dice) {
        while !self.stop.is_cancelled() {
            let kind = Kind::draw(&mut dice);
            let on_model = kind.may_be_model() && dice.below(2) == 0;
            self.one(caller, kind, on_model, &mut dice).await;
        }
    }

    async fn one(&self, caller: u64, kind: Kind, on_model: bool, dice: &mut Dice) {
        let number = self.number();
        let followed = dice.below(4) == 0;
        let call = Call {
            kind,
            accepted: None,
            refused: false,
            stop_acknowledged: false,
            followed,
            missed: 0,
            repeated: 0,
        };
        self.calls.lock().calls.insert(number, call);
        self.calls.waits(caller, format!("the answer to the start of {}", token(number)));
        let Some(execution) = self.begin(number, kind, self.agents[usize::from(on_model)]).await else {
            return self.calls.note(number, |call| call.refused = true);
        };
        self.calls.note(number, |call| call.accepted = Some(execution.clone()));
        self.calls.waits(caller, format!("the end of {execution} ({}, {kind:?})", token(number)));
        if kind == Kind::Cancel {
            tokio::time::sleep(dice.pause(0, 2_500)).await;
            let path = format!("/api/v1/executions/{execution}/cancel");
            if self.post(number, &path, &Value::Null).await.status == 202 {
                self.calls.note(number, |call| call.stop_acknowledged = true);
            }
        }
        if followed {
            self.follow(number, &execution).await;
        } else {
            let has_ended = |execution: &Value| execution["finished_at"].is_string();
            self.ask(number, &format!("/api/v1/executions/{execution}"), has_ended).await;
        }
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
