//! Whether the process lives, and whether it can do its work.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use services::Fault as _;

use crate::state::AppState;

/// After this long without a look at the queue a process does no work any more: as long as a lease
/// lasts unless it is set, and thirty times the pause between two looks.
const STALLED: Duration = Duration::from_secs(30);

/// The process answers.
pub async fn live() -> &'static str {
    "ok\n"
}

/// What is in order.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of its own to whoever watches")]
struct Health {
    ready: bool,
    /// The database answers.
    database: bool,
    /// Every migration has run.
    migrations: bool,
    stopping: bool,
    queue: Queue,
}

/// What this process does for the queue.
#[derive(Debug, Default, Serialize)]
struct Queue {
    /// Whether it runs executions; one that serves pages only does not.
    workers: bool,
    /// How many it runs now.
    running: usize,
    /// How long ago it last looked for work.
    last_look_ms: Option<u64>,
}

impl Queue {
    fn of(running: usize, last_look: Duration) -> Self {
        let last_look_ms = u64::try_from(last_look.as_millis()).unwrap_or(u64::MAX);
        Self { workers: true, running, last_look_ms: Some(last_look_ms) }
    }

    fn is_stalled(&self) -> bool {
        self.last_look_ms.is_some_and(|ms| Duration::from_millis(ms) > STALLED)
    }
}

impl Health {
    /// `checked` is what the database said: nothing, or whether every migration has run.
    fn new(checked: Option<bool>, stopping: bool, queue: Queue) -> Self {
        let (database, migrations) = (checked.is_some(), checked == Some(true));
        let ready = migrations && !stopping && !queue.is_stalled();
        Self { ready, database, migrations, stopping, queue }
    }
}

/// Database, migrations and queue are in order.
pub async fn ready(State(state): State<AppState>) -> Response {
    let checked = state.services.store().check().await.log_and_continue("check the database");
    let queue = state.engine.as_ref().map(|engine| Queue::of(engine.busy(), engine.last_look()));
    let health = Health::new(checked, state.stop.is_cancelled(), queue.unwrap_or_default());
    let status = if health.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(health)).into_response()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn told(checked: Option<bool>, stopping: bool, queue: Queue) -> Value {
        serde_json::to_value(Health::new(checked, stopping, queue)).expect("JSON")
    }

    #[test]
    fn each_part_that_is_out_of_order_makes_the_process_unready() {
        let working = || Queue::of(3, Duration::from_secs(1));
        for (checked, stopping, queue, ready) in [
            (Some(true), false, working(), true),
            (Some(true), false, Queue::default(), true),
            (Some(true), false, Queue::of(256, STALLED), true),
            (Some(true), false, Queue::of(0, STALLED + Duration::from_secs(1)), false),
            (Some(true), true, working(), false),
            (Some(false), false, working(), false),
            (None, false, working(), false),
        ] {
            let told = told(checked, stopping, queue);
            assert_eq!(told["ready"], ready, "{told}");
        }
    }

    #[test]
    fn every_role_answers_in_the_same_shape() {
        let keys = |queue: Queue| {
            let told = told(Some(true), false, queue);
            let names =
                |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
            (names(&told), names(&told["queue"]))
        };
        assert_eq!(keys(Queue::default()), keys(Queue::of(0, Duration::ZERO)));
        let none = told(Some(true), false, Queue::default());
        assert_eq!(none["queue"], json!({"workers": false, "running": 0, "last_look_ms": null}));
    }
}
