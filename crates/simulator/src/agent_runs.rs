//! Agent runs: started without waiting, read by id, streamed ones too.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State as Shared},
};
use http::HeaderMap;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    access, agents,
    refusals::{self, Refusal},
    runs::{self, Start, Status},
    scripts::{self, Script},
    state::State,
    workers::{begin, gate},
};

type Reply = Result<Json<Value>, Refusal>;

pub(crate) async fn list(Shared(state): Shared<State>, headers: HeaderMap) -> Reply {
    let account = access::required(&headers)?;
    let memory = state.lock();
    let runs = memory.runs.of(&account.user_id).map(runs::Run::read_in_list);
    Ok(Json(json!({ "data": runs.collect::<Vec<_>>() })))
}

/// Starts the message stored with the agent.
pub(crate) async fn start(Shared(state): Shared<State>, headers: HeaderMap, body: Bytes) -> Reply {
    let account = access::required(&headers)?;
    let object = agents::object(&body)?;
    let chat_id = agents::uuid(&object, "chat_id")?.to_string();
    let vars = agents::vars(&object)?.unwrap_or_default();
    let toolhouse_id = agents::text(&object, "toolhouse_id")?;
    let callback_url = agents::text(&object, "callback_url")?;
    // Here an unknown agent and somebody else's look the same.
    let agent =
        agents::runnable(&state, &chat_id, Some(&account)).map_err(|_refusal| refusals::not_yours())?;
    let message =
        agent.stored_message().ok_or_else(|| refusals::detail(400, "The agent holds no message to run"))?;
    let (script, _) = scripts::parse(&message);
    gate(&state, &script, &format!("{chat_id} {message}"))?;
    let start = Start {
        agent_id: agent.id,
        user_id: Some(account.user_id),
        toolhouse_id: toolhouse_id.unwrap_or_else(|| "default".to_owned()),
        vars,
        callback_url,
        message,
    };
    let (id, plan) = begin(&state, &agent, start, None, &script, Status::Queued)?;
    let accepted = read(&state, id)?;
    drop(runs::work(&state, id, plan));
    hang(&state, &script).await?;
    Ok(accepted)
}

pub(crate) async fn get(
    Shared(state): Shared<State>,
    Path(run_id): Path<String>,
    headers: HeaderMap,
) -> Reply {
    let account = access::required(&headers)?;
    let id = find(&state, &run_id, &account.user_id)?;
    read(&state, id)
}

/// Another turn of a completed run.
pub(crate) async fn proceed(
    Shared(state): Shared<State>,
    Path(run_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Reply {
    let account = access::required(&headers)?;
    let object = agents::object(&body)?;
    let message = agents::text(&object, "message")?
        .ok_or_else(|| refusals::invalid(&["body", "message"], "missing", "Field required", &Value::Null))?;
    let id = find(&state, &run_id, &account.user_id)?;
    let (start, completed) = {
        let memory = state.lock();
        let run = memory.runs.get(id).ok_or_else(missing)?;
        (run.start.clone(), run.status == Status::Completed)
    };
    if !completed {
        return Err(refusals::not_completed());
    }
    let agent = agents::runnable(&state, &start.agent_id.to_string(), Some(&account))?;
    let (script, _) = scripts::parse(&message);
    gate(&state, &script, &format!("{run_id} {message}"))?;
    let start = Start { message, ..start };
    let (id, plan) = begin(&state, &agent, start, Some(id), &script, Status::Queued)?;
    let accepted = read(&state, id)?;
    drop(runs::work(&state, id, plan));
    hang(&state, &script).await?;
    Ok(accepted)
}

async fn hang(state: &State, script: &Script) -> Result<(), Refusal> {
    if *script == Script::Hang {
        state.stop().cancelled().await;
        return Err(refusals::scripted(503));
    }
    Ok(())
}

fn find(state: &State, run_id: &str, user_id: &str) -> Result<Uuid, Refusal> {
    let id: Uuid = run_id.parse().map_err(|_invalid| {
        let input = Value::String(run_id.to_owned());
        let place = ["path", "run_id"];
        refusals::invalid(&place, "uuid_parsing", "Input should be a valid UUID", &input)
    })?;
    let memory = state.lock();
    let run = memory.runs.get(id).ok_or_else(missing)?;
    match run.start.user_id.as_deref() {
        Some(owner) if owner == user_id => Ok(id),
        Some(_) | None => Err(refusals::not_yours()),
    }
}

fn read(state: &State, id: Uuid) -> Reply {
    let memory = state.lock();
    let run = memory.runs.get(id).ok_or_else(missing)?;
    Ok(Json(json!({ "data": run.read() })))
}

fn missing() -> Refusal {
    refusals::not_found("Run")
}
