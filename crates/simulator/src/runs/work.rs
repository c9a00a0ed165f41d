//! The task in which a run works.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::sleep,
};
use uuid::Uuid;

use super::{Outcome, Plan, Status};
use crate::{
    callbacks,
    state::{State, epoch_millis},
};

/// Sets a stored run to work. Its words arrive in the receiver, which closes after the end has
/// been stored.
pub(crate) fn work(state: &State, id: Uuid, plan: Plan) -> UnboundedReceiver<String> {
    let (words, listener) = unbounded_channel();
    let state = state.clone();
    state.tasks().clone().spawn(async move {
        let mut said = String::new();
        if !pause(&state, plan.pause).await {
            return;
        }
        change(&state, id, Status::InProgress);
        for piece in plan.pieces {
            if !pause(&state, plan.pause).await {
                return;
            }
            said.push_str(&piece);
            // Whether anybody listens does not matter to the run.
            let _: Result<(), _> = words.send(piece);
        }
        let callback = end(&state, id, &said, plan.fails);
        drop(words);
        if let Some((url, body)) = callback {
            callbacks::send(&url, &body).await;
        }
    });
    listener
}

fn change(state: &State, id: Uuid, status: Status) {
    let now = state.now();
    state.lock().runs.change(id, |run| {
        run.status = status;
        run.updated_at = now;
    });
}

/// Ends a run of an earlier process when its time has come.
pub(crate) fn finish_later(state: &State, id: Uuid, outcome: Outcome) {
    let state = state.clone();
    state.tasks().clone().spawn(async move {
        let left = outcome.at.saturating_sub(epoch_millis()).max(0);
        if !pause(&state, Duration::from_millis(left.unsigned_abs())).await {
            return;
        }
        if let Some((url, body)) = end(&state, id, &outcome.said, outcome.fails) {
            callbacks::send(&url, &body).await;
        }
    });
}

/// Stores the end and says which call-back to make.
fn end(state: &State, id: Uuid, said: &str, fails: bool) -> Option<(String, Value)> {
    let now = state.now();
    let mut memory = state.lock();
    memory.runs.change(id, |run| run.end(said, fails, now));
    memory.keep_run(id);
    let run = memory.runs.get(id)?;
    let url = run.start.callback_url.clone()?;
    let flat = json!({
        "run_id": run.id,
        "status": run.status.name(),
        "last_agent_message": run.last_agent_message,
    });
    let body = if state.options().wrapped_callbacks { json!({ "data": flat }) } else { flat };
    Some((url, body))
}

/// Waits; `false` when the simulator stops meanwhile.
pub(crate) async fn pause(state: &State, pause: Duration) -> bool {
    if pause.is_zero() {
        return !state.stop().is_cancelled();
    }
    tokio::select! {
        () = sleep(pause) => true,
        () = state.stop().cancelled() => false,
    }
}
