//! The workers of one process: taking work, running it, and stopping well. What looks after it
//! meanwhile is in [`keep`].

mod keep;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::Timestamp;
use domain::executions::{Reason, Status};
use domain::ids::{AgentId, ExecutionId, WorkerId};
use outbound::chat::Chat;
use services::hub::News;
use services::{Fault as _, Services};
use storage::queue::{Asking, Claim, End, Job, Taken, Versions};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::keep::Chore;
use crate::endings::{Last, Refused, finish};
use crate::runner::{self, Stop};
use crate::{clockwork, upkeep};

/// The most executions taken at once.
const MOST: usize = 64;

/// How much and how often.
#[derive(Debug, Clone)]
pub struct Options {
    /// Executions at the same time in this process.
    pub workers: usize,
    /// How the process is called in the list of workers.
    pub name: String,
    /// How long a lease lasts without renewal.
    pub lease: Duration,
    /// How often leases are renewed.
    pub renew: Duration,
    /// How often the queue is looked at without news.
    pub poll: Duration,
    /// How often stops asked for elsewhere are looked for.
    pub stops: Duration,
    /// How often the reaper looks.
    pub reap: Duration,
    /// How often actions on many executions are looked for without news.
    pub bulk: Duration,
    /// How often upkeep runs.
    pub tidy: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            workers: 256,
            name: format!("process {}", std::process::id()),
            lease: Duration::from_secs(30),
            renew: Duration::from_secs(10),
            poll: Duration::from_secs(1),
            stops: Duration::from_millis(500),
            reap: Duration::from_secs(3),
            bulk: Duration::from_secs(1),
            tidy: Duration::from_hours(1),
        }
    }
}

impl Options {
    /// The same with another life of leases: they are renewed three times in it, and looked for ten
    /// times, at most every 3 s.
    #[must_use]
    pub fn with_lease(self, lease: Duration) -> Self {
        Self { lease, renew: lease / 3, reap: (lease / 10).min(Duration::from_secs(3)), ..self }
    }
}

/// What runs here: the fence of each claim and the way to stop it.
type Running = HashMap<ExecutionId, (i64, watch::Sender<Option<Stop>>)>;

/// When leases were renewed last: by the clock that a sleeping machine stops, and by the one it does not.
#[derive(Debug, Clone, Copy)]
struct Renewed {
    at: Instant,
    now: Timestamp,
}

/// The workers of one process.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    services: Services,
    options: Options,
    worker: WorkerId,
    chat: Chat,
    /// The rest: what is due, what is stuck, and upkeep.
    tracker: TaskTracker,
    /// Attempts, and the loop that begins them.
    attempts: TaskTracker,
    /// What attempts need to the last: renewals and stops.
    keepers: TaskTracker,
    /// No more work is begun.
    stop: CancellationToken,
    /// The last attempt has ended.
    over: CancellationToken,
    slots: Arc<Semaphore>,
    versions: Versions,
    refused: Refused,
    running: Mutex<Running>,
    renewed: Mutex<Renewed>,
    looked: Mutex<Instant>,
    suspects: Mutex<HashSet<(ExecutionId, i64)>>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Engine({})", self.0.worker)
    }
}

impl Engine {
    /// Begins to work. On a database that this process has for itself, what an earlier process held
    /// is taken over at once.
    pub async fn start(services: Services, options: Options) -> Result<Self, domain::Problem> {
        let worker: WorkerId = services.id();
        let chat = Chat::new().or_internal("prepare calls of models")?;
        if !services.store().is_shared() {
            let taken = services
                .store()
                .write(move |tx| Box::pin(async move { storage::queue::hand_back_all(tx, worker).await }));
            taken.await.or_internal("take over work")?;
        }
        let slots = Arc::new(Semaphore::new(options.workers));
        let engine = Self(Arc::new(Inner {
            renewed: Mutex::new(Renewed { at: Instant::now(), now: services.now() }),
            looked: Mutex::new(Instant::now()),
            services,
            options,
            worker,
            chat,
            tracker: TaskTracker::new(),
            attempts: TaskTracker::new(),
            keepers: TaskTracker::new(),
            stop: CancellationToken::new(),
            over: CancellationToken::new(),
            slots,
            versions: Versions::default(),
            refused: Refused::default(),
            running: Mutex::new(HashMap::new()),
            suspects: Mutex::new(HashSet::new()),
        }));
        engine.sign_in().await;
        let (inner, began) = (&engine.0, engine.0.services.now());
        inner.attempts.spawn(engine.clone().unbroken("take work", Self::take_work));
        inner.keepers.spawn(engine.clone().unbroken("hear news", Self::hear_news));
        for chore in [Chore::SignIn, Chore::Renew, Chore::Stops] {
            inner.keepers.spawn(engine.clone().unbroken(chore.name(), move |engine| engine.every(chore)));
        }
        for chore in [Chore::Reap, Chore::Bulk, Chore::Tidy] {
            inner.tracker.spawn(engine.clone().unbroken(chore.name(), move |engine| engine.every(chore)));
        }
        inner.tracker.spawn(engine.clone().unbroken("fire schedules", |engine| {
            clockwork::schedules(engine.0.services.clone(), engine.0.stop.clone())
        }));
        inner.tracker.spawn(engine.clone().unbroken("feed batches", move |engine| {
            clockwork::batches(engine.0.services.clone(), engine.0.stop.clone(), began)
        }));
        inner.tracker.spawn(upkeep::keep(inner.services.clone(), inner.stop.clone()));
        Ok(engine)
    }

    /// Takes no more work, hands back what runs, and waits until everything is stored. Leases are renewed
    /// and stops are heard until the last attempt has ended.
    pub async fn shutdown(&self) {
        let inner = &self.0;
        inner.stop.cancel();
        for (_, stop) in self.running().values() {
            stop.send_replace(Some(Stop::HandBack));
        }
        for (tasks, over) in
            [(&inner.attempts, None), (&inner.keepers, Some(&inner.over)), (&inner.tracker, None)]
        {
            over.inspect(|over| over.cancel());
            tasks.close();
            tasks.wait().await;
        }
        let (worker, now) = (inner.worker, inner.services.now());
        let off = inner
            .services
            .store()
            .write(move |tx| Box::pin(async move { storage::queue::sign_off(tx, worker, now).await }));
        off.await.log_and_continue("sign a worker off");
    }

    /// How many executions run here now.
    pub fn busy(&self) -> usize {
        self.running().len()
    }

    /// How long ago this process last looked for work; no time while it has no slot free for more.
    pub fn last_look(&self) -> Duration {
        if self.busy() >= self.0.options.workers {
            return Duration::ZERO;
        }
        self.0.looked.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// How many writes of this process came too late and were refused.
    pub fn refused_writes(&self) -> u64 {
        self.0.refused.count()
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Running> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn take_work(self) {
        let inner = &self.0;
        let mut last = None;
        while !inner.stop.is_cancelled() {
            let slots = tokio::select! {
                slots = self.free_slots() => slots,
                () = inner.stop.cancelled() => break,
            };
            let Some(mut slots) = slots else { break };
            // Until now there was none free, which is no standing still.
            self.note_look();
            let taken = self.claim(slots.num_permits(), last).await.unwrap_or_default();
            last = taken.last;
            let idle = taken.jobs.is_empty() && taken.broken.is_empty();
            for job in taken.jobs {
                let Some(slot) = slots.split(1) else { break };
                self.spawn(job, slot);
            }
            drop(slots);
            for (claim, error) in taken.broken {
                self.end_broken(claim, &error).await;
            }
            if idle {
                self.wait_for_work(taken.due).await;
            }
        }
    }

    /// At least one free slot, and as many more as are free right now.
    async fn free_slots(&self) -> Option<OwnedSemaphorePermit> {
        let slots = &self.0.slots;
        let mut permits = Arc::clone(slots).acquire_owned().await.ok()?;
        let more = u32::try_from(slots.available_permits().min(MOST - 1)).unwrap_or(0);
        if let Ok(more) = Arc::clone(slots).try_acquire_many_owned(more) {
            permits.merge(more);
        }
        Some(permits)
    }

    async fn claim(&self, slots: usize, last: Option<AgentId>) -> Option<Taken> {
        let inner = &self.0;
        let now = inner.services.now();
        let asking = Asking {
            worker: inner.worker,
            slots: u32::try_from(slots).unwrap_or(u32::MAX),
            last,
            now,
            lease_until: now.plus(inner.options.lease),
        };
        let versions = inner.versions.clone();
        let taken = inner.services.store().write(move |tx| {
            let versions = versions.clone();
            Box::pin(async move { storage::queue::claim(tx, asking, &versions).await })
        });
        let taken = taken.await.log_and_continue("take work from the queue");
        if taken.is_some() {
            self.note_look();
        }
        taken
    }

    fn note_look(&self) {
        *self.0.looked.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Ends an execution that cannot be read, so that it is in nobody's way.
    async fn end_broken(&self, claim: Claim, error: &storage::Error) {
        tracing::error!(execution.id = %claim.execution, error = %error, "an execution cannot be read");
        let reason = Reason::Internal;
        let message = Some(reason.sentence().to_owned());
        let end = End { status: Status::Crashed, reason: Some(reason), message, output: None };
        let last = Last { from: Status::Running, end, story: Vec::new(), step: None };
        finish(&self.0.services, claim, last).await;
    }

    async fn wait_for_work(&self, due: Option<Timestamp>) {
        let inner = &self.0;
        let now = inner.services.now();
        let wait = due.map_or(inner.options.poll, |at| {
            Duration::from_millis(at.millis_since(now)).clamp(Duration::from_millis(5), inner.options.poll)
        });
        tokio::select! {
            () = inner.services.hub().work() => {}
            () = tokio::time::sleep(wait) => {}
            () = inner.stop.cancelled() => {}
        }
    }

    fn spawn(&self, job: Job, slot: OwnedSemaphorePermit) {
        let claim = job.claim;
        let (stop, stopped) = watch::channel(job.cancelled_by.clone().map(Stop::Cancelled));
        // An attempt of ours that lost its lease may still be at it; it must not go on unheard.
        if let Some((_, old)) = self.running().insert(claim.execution, (claim.fence, stop))
            && storage::queue::tells_the_late()
        {
            old.send_replace(Some(Stop::LeaseLost));
        }
        self.0.services.hub().tell(News::Execution(claim.execution));
        let engine = self.clone();
        self.0.attempts.spawn(async move {
            let inner = &engine.0;
            let run = runner::run(&inner.services, &inner.chat, &inner.refused, job, stopped);
            if futures::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(run)).await.is_err() {
                // The lease ends by itself; the reaper gives the execution to another attempt.
                tracing::error!(execution.id = %claim.execution, "an attempt panicked");
            }
            engine.running().retain(|id, (fence, _)| *id != claim.execution || *fence != claim.fence);
            drop(slot);
        });
        // A shutdown that began meanwhile has not seen this one.
        if self.0.stop.is_cancelled()
            && let Some((_, stop)) = self.running().get(&claim.execution)
        {
            stop.send_replace(Some(Stop::HandBack));
        }
    }
}
