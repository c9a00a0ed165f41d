//! News inside this process: work for workers, new events for open streams, stops, revocations.
//!
//! Everything sent here is also in the database; the hub only saves waiting for the next look.

use std::sync::Arc;

use domain::ids::{ExecutionId, SessionId};
use tokio::sync::{Notify, broadcast};

/// Something that happened in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// An execution has new events, or a new state.
    Execution(ExecutionId),
    /// Somebody asked to stop an execution.
    Cancel(ExecutionId),
    /// A session was ended; its streams must end too.
    SessionEnded(SessionId),
}

/// Sends and hears news. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hub {
    work: Arc<Notify>,
    news: broadcast::Sender<News>,
}

impl Default for Hub {
    fn default() -> Self {
        Self { work: Arc::new(Notify::new()), news: broadcast::channel(4096).0 }
    }
}

impl Hub {
    /// Wakes one waiting worker loop.
    pub fn wake(&self) {
        self.work.notify_one();
    }

    /// Waits for [`Hub::wake`].
    pub async fn work(&self) {
        self.work.notified().await;
    }

    /// Tells everyone who listens.
    pub fn tell(&self, news: News) {
        // No listener is the ordinary case; a listener that lags looks at the database.
        let _ = self.news.send(news);
    }

    /// Listens from now on.
    pub fn listen(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }
}
