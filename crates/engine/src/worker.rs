//! The loops of one process: taking work, renewing leases, hearing stops, looking after the rest.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::ids::{AgentId, ExecutionId, WorkerId};
use outbound::chat::Chat;
use services::hub::News;
use services::{Fault as _, Services};
use storage::queue::{Asking, Job, Taken, Versions, Working};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::endings::Refused;
use crate::runner::{self, Stop};
use crate::{bulk, clockwork, reaper, upkeep};

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

/// How long a process that was not seen stays in the list of workers.
const FORGET: Duration = Duration::from_hours(24);

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

/// The workers of one process.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    services: Services,
    options: Options,
    worker: WorkerId,
    chat: Chat,
    tracker: TaskTracker,
    stop: CancellationToken,
    slots: Arc<Semaphore>,
    versions: Versions,
    refused: Refused,
    running: Mutex<Running>,
    renewed: Mutex<Instant>,
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
        reaper::look(&services).await;
        let slots = Arc::new(Semaphore::new(options.workers));
        let engine = Self(Arc::new(Inner {
            services,
            options,
            worker,
            chat,
            tracker: TaskTracker::new(),
            stop: CancellationToken::new(),
            slots,
            versions: Versions::default(),
            refused: Refused::default(),
            running: Mutex::new(HashMap::new()),
            renewed: Mutex::new(Instant::now()),
            suspects: Mutex::new(HashSet::new()),
        }));
        engine.sign_in().await;
        let (tracker, options) = (&engine.0.tracker, &engine.0.options);
        tracker.spawn(engine.clone().take_work());
        tracker.spawn(engine.clone().hear_news());
        tracker.spawn(engine.clone().every(options.renew, Chore::Renew));
        tracker.spawn(engine.clone().every(options.stops, Chore::Stops));
        tracker.spawn(engine.clone().every(options.reap, Chore::Reap));
        tracker.spawn(engine.clone().every(options.bulk, Chore::Bulk));
        tracker.spawn(engine.clone().every(options.tidy, Chore::Tidy));
        let (services, stop) = (engine.0.services.clone(), engine.0.stop.clone());
        let began = services.now();
        tracker.spawn(clockwork::schedules(services.clone(), stop.clone()));
        tracker.spawn(clockwork::batches(services.clone(), stop.clone(), began));
        tracker.spawn(upkeep::keep(services, stop));
        Ok(engine)
    }

    /// Takes no more work, hands back what runs, and waits until everything is stored.
    pub async fn shutdown(&self) {
        let inner = &self.0;
        inner.stop.cancel();
        for (_, stop) in self.running().values() {
            stop.send_replace(Some(Stop::HandBack));
        }
        inner.tracker.close();
        inner.tracker.wait().await;
        let (worker, now) = (inner.worker, inner.services.now());
        let forget = now.minus(FORGET);
        let off = inner.services.store().write(move |tx| {
            Box::pin(async move { storage::queue::sign_off(tx, worker, now, forget).await })
        });
        off.await.log_and_continue("sign a worker off");
    }

    /// How many executions run here now.
    pub fn busy(&self) -> usize {
        self.running().len()
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
            let taken = self.claim(slots.num_permits(), last).await.unwrap_or_default();
            last = taken.last;
            let idle = taken.jobs.is_empty();
            for job in taken.jobs {
                let Some(slot) = slots.split(1) else { break };
                self.spawn(job, slot);
            }
            drop(slots);
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
        taken.await.log_and_continue("take work from the queue")
    }

    async fn wait_for_work(&self, due: Option<domain::Timestamp>) {
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
        self.running().insert(claim.execution, (claim.fence, stop));
        self.0.services.hub().tell(News::Execution(claim.execution));
        let engine = self.clone();
        self.0.tracker.spawn(async move {
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

    async fn hear_news(self) {
        let inner = &self.0;
        let mut news = inner.services.hub().listen();
        loop {
            let heard = tokio::select! {
                heard = news.recv() => heard,
                () = inner.stop.cancelled() => break,
            };
            match heard {
                Ok(News::Cancel(_)) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {
                    self.look_for_stops().await;
                }
                Ok(News::Execution(_) | News::SessionEnded(_) | News::AccessChanged(_)) => {}
                Err(tokio::sync::broadcast::error::RecvError::Closed) => break,
            }
        }
    }

    async fn every(self, interval: Duration, chore: Chore) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(interval) => {}
                () = self.0.stop.cancelled() => break,
            }
            match chore {
                Chore::Renew => self.renew().await,
                Chore::Stops => self.look_for_stops().await,
                Chore::Reap => reaper::look(&self.0.services).await,
                Chore::Bulk => bulk::work(&self.0.services, &self.0.stop).await,
                Chore::Tidy => reaper::tidy(&self.0.services).await,
            }
        }
    }

    async fn look_for_stops(&self) {
        if self.running().is_empty() {
            return;
        }
        let found = storage::queue::cancelled(self.0.services.store(), self.0.worker).await;
        for (execution, by) in found.log_and_continue("look for stops").into_iter().flatten() {
            if let Some((_, stop)) = self.running().get(&execution) {
                stop.send_replace(Some(Stop::Cancelled(by)));
            }
        }
    }

    /// Renews every lease; what is no longer held stops at once. While the database cannot be reached
    /// for as long as a lease lasts, nothing is held any more.
    async fn renew(&self) {
        self.sign_in().await;
        let before: Vec<_> = self.running().iter().map(|(id, (fence, _))| (*id, *fence)).collect();
        let inner = &self.0;
        let (worker, until) = (inner.worker, inner.services.now().plus(inner.options.lease));
        let held = inner
            .services
            .store()
            .write(move |tx| Box::pin(async move { storage::queue::renew(tx, worker, until).await }));
        let held = match held.await.log_and_continue("renew leases") {
            Some(held) => held,
            None if self.renewed_at().elapsed() < inner.options.lease => return,
            None => Vec::new(),
        };
        self.note_renewal();
        for lost in before.iter().filter(|claim| !held.contains(claim)) {
            if let Some((fence, stop)) = self.running().get(&lost.0)
                && *fence == lost.1
            {
                stop.send_replace(Some(Stop::LeaseLost));
            }
        }
        self.let_go_of_orphans(held).await;
    }

    /// Lets go of claims that nothing here works on: an attempt panicked, or its last write failed. One
    /// that was only just taken is not on the list yet, so it has to be missing twice in a row.
    async fn let_go_of_orphans(&self, held: Vec<(ExecutionId, i64)>) {
        let inner = &self.0;
        let here: HashSet<_> = self.running().iter().map(|(id, (fence, _))| (*id, *fence)).collect();
        let orphans: HashSet<_> = held.into_iter().filter(|claim| !here.contains(claim)).collect();
        let before = std::mem::replace(
            &mut *inner.suspects.lock().unwrap_or_else(PoisonError::into_inner),
            orphans.clone(),
        );
        for (execution, fence) in orphans.intersection(&before).copied() {
            let worker = inner.worker;
            let gone = inner.services.store().write(move |tx| {
                Box::pin(async move { storage::queue::let_go(tx, worker, execution, fence).await })
            });
            gone.await.log_and_continue("let go of an execution that nothing works on");
        }
    }

    fn renewed_at(&self) -> Instant {
        *self.0.renewed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_renewal(&self) {
        *self.0.renewed.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Says that this process lives and how busy it is.
    async fn sign_in(&self) {
        let inner = &self.0;
        let working = Working {
            worker: inner.worker,
            name: inner.options.name.clone(),
            version: env!("CARGO_PKG_VERSION"),
            slots: u32::try_from(inner.options.workers).unwrap_or(u32::MAX),
            busy: u32::try_from(self.busy()).unwrap_or(u32::MAX),
            refused_writes: self.refused_writes(),
        };
        let now = inner.services.now();
        let signed = inner.services.store().write(move |tx| {
            let working = working.clone();
            Box::pin(async move { storage::queue::sign_in(tx, &working, now).await })
        });
        signed.await.log_and_continue("say that a worker lives");
    }
}

/// What is done again and again.
#[derive(Debug, Clone, Copy)]
enum Chore {
    Renew,
    Stops,
    Reap,
    Bulk,
    Tidy,
}
