//! The loops that start work by themselves: schedules when their time comes, batches when their
//! window has room.
//!
//! All state is in the database and every step is one transaction that only one process can win, so
//! each process runs these loops and none of them has to be the leader.

use std::time::Duration;

use domain::Timestamp;
use services::{Fault as _, Services};
use tokio_util::sync::CancellationToken;

/// How often the clock is looked at when nothing is due before.
const CLOCK: Duration = Duration::from_secs(1);
/// The shortest pause between two looks, so that a step that fails again and again costs little.
const SHORTEST: Duration = Duration::from_millis(20);
/// How often batches are looked at.
const BATCHES: Duration = Duration::from_millis(250);

/// Fires schedules until told to stop.
pub(crate) async fn schedules(services: Services, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let next = services.schedules().look().await.log_and_continue("look at the clock").flatten();
        let now = services.now();
        let wait = next.map_or(CLOCK, |next| Duration::from_millis(next.millis_since(now)));
        pause(wait.clamp(SHORTEST, CLOCK), &stop).await;
    }
}

/// How long a batch may take to arrive while other processes may be storing it.
const ARRIVAL: Duration = Duration::from_hours(1);

/// Removes batches whose process went away while it stored them. `began` is when this process did:
/// on a database of its own, what is older and not complete never will be.
pub(crate) async fn sweep(services: &Services, began: Option<Timestamp>) {
    let before = match began {
        Some(began) if !services.store().is_shared() => began,
        _ => services.now().minus(ARRIVAL),
    };
    services.batches().remove_unfinished(before).await.log_and_continue("remove unfinished batches");
}

/// Feeds batches until told to stop.
pub(crate) async fn batches(services: Services, stop: CancellationToken, began: Timestamp) {
    sweep(&services, Some(began)).await;
    while !stop.is_cancelled() {
        let is_busy = services.batches().look().await.log_and_continue("feed batches");
        pause(if is_busy == Some(true) { SHORTEST } else { BATCHES }, &stop).await;
    }
}

async fn pause(span: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(span) => {}
        () = stop.cancelled() => {}
    }
}
