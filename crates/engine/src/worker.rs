//! The loops of one process: taking work, renewing leases, hearing stops, looking after the rest.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::ids::{ExecutionId, WorkerId};
use outbound::chat::Chat;
use services::hub::News;
use services::{Fault as _, Services};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clockwork;
use crate::reaper;
use crate::runner::{self, Stop};
use crate::upkeep;

/// How much and how often.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Executions at the same time in this process.
    pub workers: usize,
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
    /// How often upkeep runs.
    pub tidy: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            workers: 256,
            lease: Duration::from_secs(30),
            renew: Duration::from_secs(10),
            poll: Duration::from_secs(1),
            stops: Duration::from_millis(500),
            reap: Duration::from_secs(3),
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
    running: Mutex<Running>,
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
            let tx = services.store().begin().await.or_internal("begin")?;
            storage::queue::hand_back_all(&tx, worker).await.or_internal("take over work")?;
            tx.commit().await.or_internal("commit")?;
        }
        reaper::look(&services).await;
        let engine = Self(Arc::new(Inner {
            services,
            options,
            worker,
            chat,
            tracker: TaskTracker::new(),
            stop: CancellationToken::new(),
            slots: Arc::new(Semaphore::new(options.workers)),
            running: Mutex::new(HashMap::new()),
        }));
        let tracker = engine.0.tracker.clone();
        tracker.spawn(engine.clone().take_work());
        tracker.spawn(engine.clone().hear_news());
        tracker.spawn(engine.clone().every(options.renew, Chore::Renew));
        tracker.spawn(engine.clone().every(options.stops, Chore::Stops));
        tracker.spawn(engine.clone().every(options.reap, Chore::Reap));
        tracker.spawn(engine.clone().every(options.tidy, Chore::Tidy));
        let (services, stop) = (engine.0.services.clone(), engine.0.stop.clone());
        tracker.spawn(clockwork::schedules(services.clone(), stop.clone()));
        tracker.spawn(clockwork::batches(services.clone(), stop.clone()));
        tracker.spawn(upkeep::keep(services, stop));
        Ok(engine)
    }

    /// Takes no more work, hands back what runs, and waits until everything is stored.
    pub async fn shutdown(&self) {
        self.0.stop.cancel();
        for (_, stop) in self.running().values() {
            stop.send_replace(Some(Stop::HandBack));
        }
        self.0.tracker.close();
        self.0.tracker.wait().await;
    }

    /// How many executions run here now.
    pub fn busy(&self) -> usize {
        self.running().len()
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Running> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn take_work(self) {
        let inner = &self.0;
        while !inner.stop.is_cancelled() {
            let slot = tokio::select! {
                slot = inner.slots.clone().acquire_owned() => slot,
                () = inner.stop.cancelled() => break,
            };
            let Ok(slot) = slot else { break };
            match self.claim().await {
                Some(job) => self.spawn(job, slot),
                None => self.wait_for_work().await,
            }
        }
    }

    async fn claim(&self) -> Option<storage::queue::Job> {
        let inner = &self.0;
        let now = inner.services.now();
        let claimed: Result<_, storage::Error> = async {
            let tx = inner.services.store().begin().await?;
            let job = storage::queue::claim(&tx, inner.worker, now, now.plus(inner.options.lease)).await?;
            tx.commit().await?;
            Ok(job)
        }
        .await;
        claimed.log_and_continue("take work from the queue").flatten()
    }

    async fn wait_for_work(&self) {
        let inner = &self.0;
        let now = inner.services.now();
        let due =
            storage::queue::due(inner.services.store(), now).await.log_and_continue("look when work is due");
        let wait = due.flatten().map_or(inner.options.poll, |at| {
            Duration::from_millis(at.millis_since(now)).clamp(Duration::from_millis(5), inner.options.poll)
        });
        tokio::select! {
            () = inner.services.hub().work() => {}
            () = tokio::time::sleep(wait) => {}
            () = inner.stop.cancelled() => {}
        }
    }

    fn spawn(&self, job: storage::queue::Job, slot: OwnedSemaphorePermit) {
        let claim = job.claim;
        let (stop, stopped) = watch::channel(job.cancelled_by.clone().map(Stop::Cancelled));
        self.running().insert(claim.execution, (claim.fence, stop));
        let engine = self.clone();
        self.0.tracker.spawn(async move {
            let inner = &engine.0;
            let task = std::panic::AssertUnwindSafe(runner::run(
                &inner.services,
                &inner.chat,
                inner.worker,
                job,
                stopped,
            ));
            if futures::FutureExt::catch_unwind(task).await.is_err() {
                // The lease ends by itself; the reaper gives the execution to another attempt.
                tracing::error!(execution.id = %claim.execution, "an attempt panicked");
            }
            engine.running().retain(|id, (fence, _)| *id != claim.execution || *fence != claim.fence);
            drop(slot);
        });
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
                Ok(News::Execution(_) | News::SessionEnded(_)) => {}
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

    /// Renews every lease; what is no longer held stops at once.
    async fn renew(&self) {
        let before: Vec<_> = self.running().iter().map(|(id, (fence, _))| (*id, *fence)).collect();
        if before.is_empty() {
            return;
        }
        let inner = &self.0;
        let until = inner.services.now().plus(inner.options.lease);
        let held: Result<Vec<_>, storage::Error> = async {
            let tx = inner.services.store().begin().await?;
            let held = storage::queue::renew(&tx, inner.worker, until).await?;
            tx.commit().await?;
            Ok(held)
        }
        .await;
        let Some(held) = held.log_and_continue("renew leases") else { return };
        for lost in before.iter().filter(|claim| !held.contains(claim)) {
            if let Some((fence, stop)) = self.running().get(&lost.0)
                && *fence == lost.1
            {
                stop.send_replace(Some(Stop::LeaseLost));
            }
        }
    }
}

/// What is done again and again.
#[derive(Debug, Clone, Copy)]
enum Chore {
    Renew,
    Stops,
    Reap,
    Tidy,
}
