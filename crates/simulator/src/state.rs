//! Everything the simulator remembers, behind one lock that is never held across an await.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use chrono::{DateTime, SecondsFormat, Utc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use crate::{
    agents::Agents,
    journal::{Journal, Line},
    options::Options,
    requests::Requests,
    runs::Runs,
};

#[derive(Clone)]
pub(crate) struct State {
    shared: Arc<Shared>,
}

struct Shared {
    options: Options,
    memory: Mutex<Memory>,
    streams: AtomicU64,
    tasks: TaskTracker,
    stop: CancellationToken,
}

pub(crate) struct Memory {
    pub(crate) agents: Agents,
    pub(crate) runs: Runs,
    pub(crate) requests: Requests,
    pub(crate) journal: Option<Journal>,
    /// How often each `/429-then-ok` message has been refused since it was last answered.
    refused: HashMap<String, u32>,
    completions: u64,
}

impl Memory {
    /// Whether this message is still to be refused, given how many times it should be.
    pub(crate) fn refuse(&mut self, message: &str, times: u32) -> bool {
        let refused = self.refused.entry(message.to_owned()).or_default();
        if *refused >= times {
            self.refused.remove(message);
            return false;
        }
        *refused += 1;
        true
    }

    /// Writes an agent to the journal as it now is.
    pub(crate) fn keep_agent(&mut self, id: Uuid) {
        if let Some(journal) = &mut self.journal {
            journal.write(&self.agents.get(id).map_or(Line::Removed(id), Line::Agent));
        }
    }

    /// Writes a run to the journal as it now is.
    pub(crate) fn keep_run(&mut self, id: Uuid) {
        if let (Some(journal), Some(run)) = (&mut self.journal, self.runs.get(id)) {
            journal.write(&Line::Run(run));
        }
    }

    /// The id of the next chat answer.
    pub(crate) fn completion_id(&mut self) -> String {
        self.completions += 1;
        format!("chatcmpl-{:08}", self.completions)
    }
}

impl State {
    pub(crate) fn new(options: Options) -> Self {
        let memory = Memory {
            agents: Agents::default(),
            runs: Runs::new(options.seed, options.run_limit),
            requests: Requests::new(options.log_limit),
            journal: None,
            refused: HashMap::new(),
            completions: 0,
        };
        Self {
            shared: Arc::new(Shared {
                options,
                memory: Mutex::new(memory),
                streams: AtomicU64::new(0),
                tasks: TaskTracker::new(),
                stop: CancellationToken::new(),
            }),
        }
    }

    pub(crate) fn options(&self) -> &Options {
        &self.shared.options
    }

    pub(crate) fn tasks(&self) -> &TaskTracker {
        &self.shared.tasks
    }

    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.shared.stop
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Memory> {
        // A panic elsewhere leaves at worst one run unfinished.
        self.shared.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many answers are being streamed.
    pub(crate) fn open_streams(&self) -> u64 {
        self.shared.streams.load(Ordering::SeqCst)
    }

    /// Counts an answer as being streamed until what is given back is dropped.
    pub(crate) fn open_stream(&self) -> OpenStream {
        self.shared.streams.fetch_add(1, Ordering::SeqCst);
        OpenStream(self.clone())
    }

    /// Now, written as this simulator writes times.
    pub(crate) fn now(&self) -> String {
        let now = wall_clock();
        if self.shared.options.zulu_times {
            now.to_rfc3339_opts(SecondsFormat::Micros, true)
        } else {
            now.naive_utc().format("%Y-%m-%dT%H:%M:%S%.6f").to_string()
        }
    }
}

/// An answer that is being streamed. It goes with the answer's body, however that ends.
pub(crate) struct OpenStream(State);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.shared.streams.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Milliseconds since 1970, for the journal.
pub(crate) fn epoch_millis() -> i64 {
    wall_clock().timestamp_millis()
}

/// Now, as chat answers write it.
pub(crate) fn epoch_seconds() -> i64 {
    wall_clock().timestamp()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a server of its own needs a clock of its own; no answer depends on it"
)]
fn wall_clock() -> DateTime<Utc> {
    SystemTime::now().into()
}
