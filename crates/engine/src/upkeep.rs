//! Upkeep of the database, beside the work: the write-ahead log is kept short all the time, and
//! what is no longer kept is removed every hour.

use std::time::Duration;

use services::{Fault as _, Services};
use tokio::time::Instant;
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
    let mut pruned = Instant::now();
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stop.cancelled() => return,
        }
        if services.store().log_bytes().is_some_and(|bytes| bytes > LONG) {
            services.store().cut_log().await.log_and_continue("cut the write-ahead log");
        }
        if pruned.elapsed() >= PRUNE {
            pruned = Instant::now();
            tokio::select! {
                result = async { services.upkeep().prune().await } => {
                    if let Some(removed) = result.log_and_continue("remove what is no longer kept") {
                        tracing::info!(removed.executions, removed.events, "upkeep is done");
                    }
                }
                () = stop.cancelled() => return,
            }
        }
    }
}
