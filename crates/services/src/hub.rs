//! News inside this process: work for workers, new events for open streams, stops, revocations.
//!
//! Everything sent here is also in the database; the hub only saves waiting for the next look, also of
//! a revocation: open streams ask for it themselves every few seconds. Where the database is shared,
//! `relay` carries the news to the other processes, as well as it can.
//!
//! News of one execution wake only those who follow it: with thousands of open streams, everything
//! else would wake thousands for each word of any of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::ids::{ExecutionId, SessionId, WorkspaceId};
use tokio::sync::{Notify, broadcast, mpsc, watch};

/// Something that happened in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// An execution has new events, or a new state.
    Execution(ExecutionId),
    /// Somebody asked to stop an execution.
    Cancel(ExecutionId),
    /// A session was ended; its streams must end too.
    SessionEnded(SessionId),
    /// Somebody's rights in a workspace were changed or taken away; its open streams must ask again.
    AccessChanged(WorkspaceId),
}

/// What other processes are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// There is work.
    Work,
    /// Something happened.
    News(News),
}

/// How many news may wait to be told to other processes; more are not told.
const OUTBOX: usize = 4096;

/// Sends and hears news. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hub {
    work: Arc<Notify>,
    news: broadcast::Sender<News>,
    followed: Arc<Mutex<HashMap<ExecutionId, watch::Sender<()>>>>,
    outbox: Arc<Mutex<Option<mpsc::Sender<Told>>>>,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            work: Arc::new(Notify::new()),
            news: broadcast::channel(4096).0,
            followed: Arc::default(),
            outbox: Arc::default(),
        }
    }
}

impl Hub {
    /// Wakes one waiting worker loop, and those of other processes.
    pub fn wake(&self) {
        self.work.notify_one();
        self.tell_others(Told::Work);
    }

    /// Waits for [`Hub::wake`].
    pub async fn work(&self) {
        self.work.notified().await;
    }

    /// Tells those whom it concerns, here and in other processes.
    pub fn tell(&self, news: News) {
        self.tell_here(news);
        self.tell_others(Told::News(news));
    }

    fn tell_here(&self, news: News) {
        match news {
            News::Execution(execution) => {
                if let Some(followers) = self.followed().get(&execution) {
                    followers.send_replace(());
                }
            }
            // No listener is the ordinary case; a listener that lags looks at the database.
            News::Cancel(_) | News::SessionEnded(_) | News::AccessChanged(_) => {
                let _ = self.news.send(news);
            }
        }
    }

    /// Hears of new events and states of one execution from now on.
    pub fn follow(&self, execution: ExecutionId) -> Follower {
        let mut followed = self.followed();
        let sender = followed.entry(execution).or_insert_with(|| watch::channel(()).0);
        Follower { hub: self.clone(), execution, changes: sender.subscribe() }
    }

    fn followed(&self) -> MutexGuard<'_, HashMap<ExecutionId, watch::Sender<()>>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Listens to everything but the news of executions from now on.
    pub fn listen(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    /// Begins to collect what other processes are to be told.
    pub(crate) fn outbox(&self) -> Option<mpsc::Receiver<Told>> {
        let mut outbox = self.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        let (sender, receiver) = mpsc::channel(OUTBOX);
        outbox.is_none().then(|| {
            *outbox = Some(sender);
            receiver
        })
    }

    /// Tells here what another process told.
    pub(crate) fn repeat(&self, told: Told) {
        match told {
            Told::Work => self.work.notify_one(),
            Told::News(news) => self.tell_here(news),
        }
    }

    fn tell_others(&self, told: Told) {
        if let Some(outbox) = self.outbox.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            // Full means that others look at the database anyway before they have heard all of it.
            let _ = outbox.try_send(told);
        }
    }
}

/// Hears of one execution.
#[derive(Debug)]
pub struct Follower {
    hub: Hub,
    execution: ExecutionId,
    changes: watch::Receiver<()>,
}

impl Follower {
    /// Waits until something happened to the execution since the last time.
    pub async fn changed(&mut self) {
        if self.changes.changed().await.is_err() {
            // The hub keeps the other end for as long as there is a follower.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut followed = self.hub.followed();
        if followed.get(&self.execution).is_some_and(|sender| sender.receiver_count() <= 1) {
            followed.remove(&self.execution);
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::Id as _;
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn followers_hear_of_their_execution_and_leave_nothing_behind() {
        let hub = Hub::default();
        let (mine, other) = (ExecutionId::from_bytes([1; 16]), ExecutionId::from_bytes([2; 16]));
        let (mut one, mut two) = (hub.follow(mine), hub.follow(mine));
        hub.tell(News::Execution(other));
        assert!(one.changed().now_or_never().is_none());
        hub.tell(News::Execution(mine));
        hub.tell(News::Execution(mine));
        assert!(one.changed().now_or_never().is_some() && two.changed().now_or_never().is_some());
        assert!(one.changed().now_or_never().is_none(), "news are heard once");
        drop(one);
        hub.tell(News::Execution(mine));
        assert!(two.changed().now_or_never().is_some());
        drop(two);
        assert!(hub.followed().is_empty());
    }
}
