//! Runs and the conversations they hold.
//!
//! A run works in a task of its own and hands its words to whoever listens. That nobody listens
//! any more changes nothing for it.

mod plans;
mod work;

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

pub(crate) use plans::Plan;
pub(crate) use work::{finish_later, pause, work};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Queued,
    InProgress,
    Completed,
    Failed,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }
}

/// What a run is started with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Start {
    pub(crate) agent_id: Uuid,
    pub(crate) user_id: Option<String>,
    pub(crate) toolhouse_id: String,
    pub(crate) vars: Map<String, Value>,
    pub(crate) callback_url: Option<String>,
    pub(crate) message: String,
}

/// What a run under way will come to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) said: String,
    pub(crate) fails: bool,
    /// When, in milliseconds since 1970.
    pub(crate) at: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) id: Uuid,
    /// How many had been started with it.
    number: u64,
    /// Set while it works.
    pub(crate) outcome: Option<Outcome>,
    pub(crate) start: Start,
    pub(crate) status: Status,
    pub(crate) messages: Vec<Value>,
    /// What the user said, turn by turn.
    pub(crate) asked: Vec<String>,
    last_agent_message: Option<String>,
    error: Option<String>,
    created_at: String,
    updated_at: String,
}

impl Run {
    /// As one run is read.
    pub(crate) fn read(&self) -> Value {
        json!({
            "id": self.id,
            "chat_id": self.start.agent_id,
            "schedule_id": null,
            "status": self.status.name(),
            "results": self.messages,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "toolhouse_id": self.start.toolhouse_id,
            "vars": self.start.vars,
            "callback_url": self.start.callback_url,
            "last_agent_message": self.last_agent_message,
        })
    }

    /// As it is read in a list: with its owner and its error, without its last words.
    pub(crate) fn read_in_list(&self) -> Value {
        let mut value = self.read();
        if let Value::Object(object) = &mut value {
            object.remove("last_agent_message");
            object.insert("user_id".to_owned(), json!(self.start.user_id));
            object.insert("error".to_owned(), json!(self.error));
        }
        value
    }

    /// Ready for another turn.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self.status, Status::Completed | Status::Failed)
    }

    fn ask(&mut self, message: String, now: String) {
        self.messages.push(json!({ "role": "user", "content": message }));
        self.asked.push(message);
        self.last_agent_message = None;
        self.error = None;
        self.updated_at = now;
    }

    fn end(&mut self, said: &str, fails: bool, now: String) {
        if !said.is_empty() {
            let content = json!([{ "type": "text", "text": said }]);
            self.messages.push(json!({ "role": "assistant", "content": content }));
        }
        if fails {
            let why = "The run stopped because a step failed";
            self.status = Status::Failed;
            self.error = Some(why.to_owned());
            self.messages.push(json!({ "error": why }));
        } else {
            self.status = Status::Completed;
            self.last_agent_message = Some(said.to_owned());
        }
        self.outcome = None;
        self.updated_at = now;
    }
}

pub(crate) struct Runs {
    seed: u64,
    limit: usize,
    started: u64,
    by_id: HashMap<Uuid, Run>,
    order: VecDeque<Uuid>,
}

impl Runs {
    pub(crate) fn new(seed: u64, limit: usize) -> Self {
        Self { seed, limit, started: 0, by_id: HashMap::new(), order: VecDeque::new() }
    }

    pub(crate) fn started(&self) -> u64 {
        self.started
    }

    pub(crate) fn get(&self, id: Uuid) -> Option<&Run> {
        self.by_id.get(&id)
    }

    /// The runs of an account, newest first.
    pub(crate) fn of<'a>(&'a self, user_id: &'a str) -> impl Iterator<Item = &'a Run> {
        let newest_first = self.order.iter().rev().filter_map(|id| self.by_id.get(id));
        newest_first.filter(move |run| run.start.user_id.as_deref() == Some(user_id))
    }

    pub(crate) fn start(&mut self, start: Start, status: Status, now: String) -> Uuid {
        self.started += 1;
        let id = run_id(self.seed, self.started);
        let mut run = Run {
            id,
            number: self.started,
            outcome: None,
            status,
            messages: Vec::new(),
            asked: Vec::new(),
            last_agent_message: None,
            error: None,
            created_at: now.clone(),
            updated_at: String::new(),
            start,
        };
        run.ask(run.start.message.clone(), now);
        self.by_id.insert(id, run);
        self.order.push_back(id);
        self.forget_oldest();
        id
    }

    /// Puts a run back as it was.
    pub(crate) fn restore(&mut self, run: Run) {
        self.started = self.started.max(run.number);
        let id = run.id;
        if self.by_id.insert(id, run).is_none() {
            self.order.push_back(id);
            self.forget_oldest();
        }
    }

    /// All that are remembered, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Run> {
        self.order.iter().filter_map(|id| self.by_id.get(id))
    }

    fn forget_oldest(&mut self) {
        while self.order.len() > self.limit {
            if let Some(oldest) = self.order.pop_front() {
                self.by_id.remove(&oldest);
            }
        }
    }

    /// Takes another turn. `false` when the run is unknown or not at its end.
    pub(crate) fn proceed(&mut self, id: Uuid, message: &str, status: Status, now: String) -> bool {
        let Some(run) = self.by_id.get_mut(&id).filter(|run| run.is_final()) else {
            return false;
        };
        run.status = status;
        run.ask(message.to_owned(), now);
        true
    }

    pub(crate) fn change(&mut self, id: Uuid, change: impl FnOnce(&mut Run)) {
        if let Some(run) = self.by_id.get_mut(&id) {
            change(run);
        }
    }
}

/// Looks random, follows from the seed and the number.
fn run_id(seed: u64, number: u64) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(b"run");
    hash.update(seed.to_be_bytes());
    hash.update(number.to_be_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_random_bytes(bytes).into_uuid()
}
