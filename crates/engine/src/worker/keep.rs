//! What looks after the work of one process: leases are renewed, stops are heard, what is stuck is moved.

use std::collections::HashSet;
use std::sync::PoisonError;
use std::time::Duration;

use domain::ids::ExecutionId;
use futures::FutureExt as _;
use services::Fault as _;
use services::hub::News;
use storage::queue::Working;
use tokio::time::Instant;

use super::{Engine, Renewed};
use crate::runner::Stop;
use crate::{bulk, reaper};

/// How often a process says that it lives, at least: the list of workers shows who did within a minute.
const SIGN_IN: Duration = Duration::from_secs(10);
/// The pause before a loop that panicked begins again.
const AGAIN: Duration = Duration::from_secs(1);

/// What is done again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chore {
    SignIn,
    Renew,
    Stops,
    Reap,
    Bulk,
    Tidy,
}

impl Chore {
    /// What it does, for the log.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "say that this process lives",
            Self::Renew => "renew leases",
            Self::Stops => "look for stops",
            Self::Reap => "look for what is stuck",
            Self::Bulk => "work on many executions",
            Self::Tidy => "remove what is no longer needed",
        }
    }
}

impl Engine {
    /// Runs a loop to its end, and again after a panic: without one of them the process would look
    /// healthy and do nothing.
    pub(super) async fn unbroken<F>(self, name: &'static str, begin: impl Fn(Self) -> F)
    where
        F: Future<Output = ()>,
    {
        while std::panic::AssertUnwindSafe(begin(self.clone())).catch_unwind().await.is_err() {
            tracing::error!("the loop to {name} panicked; it begins again");
            tokio::time::sleep(AGAIN).await;
        }
    }

    pub(super) async fn hear_news(self) {
        let inner = &self.0;
        let mut news = inner.services.hub().listen();
        loop {
            let heard = tokio::select! {
                heard = news.recv() => heard,
                () = inner.over.cancelled() => break,
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

    /// Does a chore until the process stops: what attempts need until the last of them has ended, the
    /// rest until no more work is begun. The first look for what is stuck is at once.
    pub(super) async fn every(self, chore: Chore) {
        let (inner, options) = (&self.0, &self.0.options);
        let (interval, end) = match chore {
            Chore::SignIn => (options.renew.min(SIGN_IN), &inner.over),
            Chore::Renew => (options.renew, &inner.over),
            Chore::Stops => (options.stops, &inner.over),
            Chore::Reap => (options.reap, &inner.stop),
            Chore::Bulk => (options.bulk, &inner.stop),
            Chore::Tidy => (options.tidy, &inner.stop),
        };
        let mut pause = if chore == Chore::Reap { Duration::ZERO } else { interval };
        loop {
            tokio::select! {
                biased;
                () = end.cancelled() => break,
                () = tokio::time::sleep(pause) => {}
            }
            pause = interval;
            match chore {
                Chore::SignIn => self.sign_in().await,
                Chore::Renew => self.renew().await,
                Chore::Stops => self.look_for_stops().await,
                Chore::Reap => self.reap().await,
                Chore::Bulk => bulk::work(&inner.services, &inner.stop).await,
                Chore::Tidy => reaper::tidy(&inner.services).await,
            }
        }
    }

    /// Looks for what is stuck. A process that slept first renews what it holds itself.
    async fn reap(&self) {
        let inner = &self.0;
        let age = inner.services.now().millis_since(self.renewed().now);
        // Two turns that were missed, so that this renewal never runs beside the ordinary one.
        if Duration::from_millis(age) >= 2 * inner.options.renew {
            self.renew().await;
        }
        reaper::look(&inner.services, &inner.stop).await;
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
        let before: Vec<_> = self.running().iter().map(|(id, (fence, _))| (*id, *fence)).collect();
        let inner = &self.0;
        let begun = Renewed { at: Instant::now(), now: inner.services.now() };
        let (worker, until) = (inner.worker, begun.now.plus(inner.options.lease));
        let held = inner
            .services
            .store()
            .write(move |tx| Box::pin(async move { storage::queue::renew(tx, worker, until).await }));
        let held = match held.await.log_and_continue("renew leases") {
            Some(held) => held,
            None if self.renewed().at.elapsed() < inner.options.lease => return,
            None => Vec::new(),
        };
        *inner.renewed.lock().unwrap_or_else(PoisonError::into_inner) = begun;
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

    fn renewed(&self) -> Renewed {
        *self.0.renewed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that this process lives and how busy it is.
    pub(super) async fn sign_in(&self) {
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
