//! Upkeep of the database, beside the work: the write-ahead log is kept short all the time, and
//! what is no longer kept is removed every hour.
//!
//! The two go on beside each other, since removing may take long and makes the log grow. Neither
//! ends before it is told to: a panic costs one round.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use services::{Fault as _, Services};
use tokio_util::sync::CancellationToken;

/// How often the log's size is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// The size from which the log is cut. SQLite itself moves pages every thousand, but starts the
/// file over only when no reader is in the way; under load there always is one.
const LONG: u64 = 32 * 1024 * 1024;
/// How often what is no longer kept is removed.
const PRUNE: Duration = Duration::from_hours(1);

/// Looks after the database until `stop`.
pub(crate) async fn keep(services: Services, stop: CancellationToken) {
    tokio::join!(
        every(LOOK, &stop, || cut(&services)),
        every(PRUNE, &stop, || async {
            tokio::select! {
                () = prune(&services) => {}
                () = stop.cancelled() => {}
            }
        }),
    );
}

/// Cuts the log when it is long.
async fn cut(services: &Services) {
    if services.store().log_bytes().is_some_and(|bytes| bytes > LONG) {
        services.store().cut_log().await.log_and_continue("cut the write-ahead log");
    }
}

/// Removes what is no longer kept.
async fn prune(services: &Services) {
    let removed = services.upkeep().prune().await;
    if let Some(removed) = removed.log_and_continue("remove what is no longer kept") {
        tracing::info!(removed.executions, removed.events, "upkeep is done");
    }
}

/// Does something again and again, each time after a pause. It is not interrupted.
async fn every<F: Future<Output = ()>>(pause: Duration, stop: &CancellationToken, chore: impl Fn() -> F) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
        if AssertUnwindSafe(chore()).catch_unwind().await.is_err() {
            tracing::error!("upkeep panicked; it goes on with the next round");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const SOON: Duration = Duration::from_millis(1);

    #[tokio::test]
    async fn a_panic_costs_one_round() {
        let (rounds, stop) = (AtomicU32::new(0), CancellationToken::new());
        every(SOON, &stop, || async {
            match rounds.fetch_add(1, Ordering::Relaxed) {
                0 => panic!("on purpose"),
                1 => {}
                _ => stop.cancel(),
            }
        })
        .await;
        assert_eq!(rounds.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn the_log_is_looked_after_while_the_rest_takes_long() {
        let (looks, stop, begun) = (AtomicU32::new(0), CancellationToken::new(), CancellationToken::new());
        tokio::join!(
            every(SOON, &stop, || async {
                if begun.is_cancelled() && looks.fetch_add(1, Ordering::Relaxed) == 1 {
                    stop.cancel();
                }
            }),
            every(SOON, &stop, || async {
                begun.cancel();
                stop.cancelled().await;
            }),
        );
        assert_eq!(looks.load(Ordering::Relaxed), 2);
    }
}
