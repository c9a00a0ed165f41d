//! Group commit: writes of many callers share one transaction, so that one sync of the disk makes all
//! of them durable.
//!
//! SQLite has one writer, and with `synchronous=FULL` each commit waits for the disk. While one group is
//! committed the next one gathers, so the busier it is the larger the groups. A caller hears of its
//! write only after the commit. When one write of a group fails, nothing of the group is kept and each
//! is done again in a transaction of its own: that is why the work is `Fn` and not `FnOnce`.
//! PostgreSQL groups commits of its connections by itself; there each write is its own transaction.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

use crate::{Error, Store, Tx};

/// The most writes of one group.
const MOST: usize = 128;

/// A write under way.
pub type Writing<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

type Work = Arc<dyn for<'a> Fn(&'a Tx) -> Writing<'a, ()> + Send + Sync>;

/// A write and where to tell of its commit.
pub(crate) struct Job {
    work: Work,
    done: oneshot::Sender<Result<(), Error>>,
}

/// Takes writes of this store's groups.
pub(crate) type Sender = mpsc::Sender<Job>;

/// Gathers and commits until the last store is gone.
pub(crate) async fn commit_groups(store: Store, mut jobs: mpsc::Receiver<Job>) {
    let mut group = Vec::with_capacity(MOST);
    while jobs.recv_many(&mut group, MOST).await > 0 {
        let together = group.len() > 1 && commit_together(&store, &group).await.is_ok();
        for job in group.drain(..) {
            let result = if together { Ok(()) } else { alone(&store, &job.work).await };
            // Whoever asked may be gone; what was asked for is done all the same.
            let _ = job.done.send(result);
        }
    }
}

async fn commit_together(store: &Store, group: &[Job]) -> Result<(), Error> {
    let tx = store.begin().await?;
    for job in group {
        (job.work)(&tx).await?;
    }
    tx.commit().await
}

async fn alone(store: &Store, work: &Work) -> Result<(), Error> {
    let tx = store.begin().await?;
    work(&tx).await?;
    tx.commit().await
}

/// A channel for a store's groups.
pub(crate) fn channel() -> (Sender, mpsc::Receiver<Job>) {
    mpsc::channel(4 * MOST)
}

impl Store {
    /// Writes and commits, together with what others write at the moment. The work may be done more
    /// than once before it is committed, but is committed once.
    pub async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a Tx) -> Writing<'a, T> + Send + Sync + 'static,
    {
        let slot = Arc::new(Mutex::new(None));
        let filled = Arc::clone(&slot);
        let work = Arc::new(work);
        let work: Work = Arc::new(move |tx| {
            let (work, slot) = (Arc::clone(&work), Arc::clone(&slot));
            Box::pin(async move {
                let value = work(tx).await?;
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
                Ok(())
            })
        });
        match self.groups() {
            None => alone(self, &work).await?,
            Some(groups) => {
                let (done, told) = oneshot::channel();
                let job = Job { work: Arc::clone(&work), done };
                if groups.send(job).await.is_err() {
                    alone(self, &work).await?;
                } else {
                    told.await.map_err(|_| Error::Closed)??;
                }
            }
        }
        let value = filled.lock().unwrap_or_else(PoisonError::into_inner).take();
        value.ok_or(Error::Closed)
    }
}
