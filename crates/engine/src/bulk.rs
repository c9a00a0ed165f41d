//! Actions on many executions, worked off in pages: one at a time in a process, each page under the
//! action's lease, so that another process goes on where this one was stopped.

use std::time::Duration;

use services::{Fault as _, Services};
use tokio_util::sync::CancellationToken;

/// How long a page may take before somebody else goes on.
const LEASE: Duration = Duration::from_secs(30);

/// Works off what there is.
pub(crate) async fn work(services: &Services, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let now = services.now();
        let until = now.plus(LEASE);
        let claimed = services
            .store()
            .write(move |tx| Box::pin(async move { storage::bulk::claim(tx, now, until).await }));
        let Some(Some(action)) = claimed.await.log_and_continue("take an action on many executions") else {
            return;
        };
        if services.bulk().work_page(&action).await.log_and_continue("work off a page").is_none() {
            return;
        }
    }
}
