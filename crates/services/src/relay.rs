//! Carries the hub's news between processes that share a database.
//!
//! News are collected for a moment and sent together. They only save waiting: workers and readers look at
//! the database a second later anyway, and open streams ask every few seconds whether their reader may go
//! on. A message may get lost, above all while the connection is made again.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::ids::{Id as _, WorkerId};
use tokio_util::sync::CancellationToken;

use crate::hub::{News, Told};
use crate::{Fault as _, Services};

/// The channel's name.
const CHANNEL: &str = "shopfloor";
/// How long news are collected.
const COLLECT: Duration = Duration::from_millis(10);
/// How many news go in one message; PostgreSQL takes 8,000 bytes.
const MOST: usize = 150;
/// How long to wait after the connection broke.
const AGAIN: Duration = Duration::from_secs(1);

impl Services {
    /// Carries news to and from other processes until `stop`, and then tells what is still to be told;
    /// ends at once where the database is not shared.
    pub async fn relay(self, stop: CancellationToken) {
        if !self.store().is_shared() {
            return;
        }
        let Some(mut told) = self.hub().outbox() else { return };
        // Only tells one's own messages from those of others.
        let me: WorkerId = self.id();
        let hear = async {
            loop {
                self.hear(&me.to_string()).await;
                tokio::time::sleep(AGAIN).await;
            }
        };
        let tell = async {
            loop {
                let first = tokio::select! {
                    biased;
                    first = told.recv() => first,
                    () = stop.cancelled() => None,
                };
                let Some(first) = first else { break };
                if !stop.is_cancelled() {
                    tokio::time::sleep(COLLECT).await;
                }
                let mut words = BTreeSet::from([word(first)]);
                while words.len() < MOST
                    && let Ok(more) = told.try_recv()
                {
                    words.insert(word(more));
                }
                let words: Vec<_> = words.into_iter().collect();
                let message = format!("{me} {}", words.join(" "));
                let told = self.store().notify(CHANNEL, &message).await;
                // At the end nobody waits for a database that does not answer.
                if told.log_and_continue("tell other processes").is_none() && stop.is_cancelled() {
                    break;
                }
            }
        };
        tokio::select! {
            () = hear => {}
            () = tell => {}
        }
    }

    /// Hears other processes until the connection breaks for good.
    async fn hear(&self, me: &str) {
        let listener = self.store().listen(CHANNEL).await.log_and_continue("listen to other processes");
        let Some(Some(mut listener)) = listener else { return };
        while let Some(message) = listener.next().await.log_and_continue("listen to other processes") {
            let mut words = message.split(' ');
            if words.next() == Some(me) {
                continue;
            }
            for told in words.filter_map(read) {
                self.hub().repeat(told);
            }
        }
    }
}

fn word(told: Told) -> String {
    match told {
        Told::Work => "w".to_owned(),
        Told::News(News::Execution(id)) => format!("e{}", domain::ids::encode(id.bytes())),
        Told::News(News::Cancel(id)) => format!("c{}", domain::ids::encode(id.bytes())),
        Told::News(News::SessionEnded(id)) => format!("s{}", domain::ids::encode(id.bytes())),
        Told::News(News::AccessChanged(id)) => format!("a{}", domain::ids::encode(id.bytes())),
    }
}

fn read(word: &str) -> Option<Told> {
    if word == "w" {
        return Some(Told::Work);
    }
    let (kind, id) = word.split_at_checked(1)?;
    let id = domain::ids::decode(id)?;
    match kind {
        "e" => Some(Told::News(News::Execution(domain::ids::ExecutionId::from_bytes(id)))),
        "c" => Some(Told::News(News::Cancel(domain::ids::ExecutionId::from_bytes(id)))),
        "s" => Some(Told::News(News::SessionEnded(domain::ids::SessionId::from_bytes(id)))),
        "a" => Some(Told::News(News::AccessChanged(domain::ids::WorkspaceId::from_bytes(id)))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::{ExecutionId, SessionId, WorkspaceId};

    use super::*;

    #[test]
    fn news_are_read_as_they_were_told() {
        for told in [
            Told::Work,
            Told::News(News::Execution(ExecutionId::from_bytes([7; 16]))),
            Told::News(News::Cancel(ExecutionId::from_bytes([8; 16]))),
            Told::News(News::SessionEnded(SessionId::from_bytes([9; 16]))),
            Told::News(News::AccessChanged(WorkspaceId::from_bytes([10; 16]))),
        ] {
            assert_eq!(read(&word(told)), Some(told));
        }
        assert_eq!(read(""), None);
        assert_eq!(read("xyz"), None);
    }
}
