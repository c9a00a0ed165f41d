//! Agents: stored whole under the id the caller chose, readable by all when public.

mod bodies;
mod store;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State as Shared},
};
use http::HeaderMap;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    access::{self, Account},
    options::Tier,
    refusals::{self, Refusal},
    state::State,
};

pub(crate) use bodies::{object, text, uuid, vars};
pub(crate) use store::{Agent, Agents};

type Reply = Result<Json<Value>, Refusal>;

pub(crate) async fn list(Shared(state): Shared<State>, headers: HeaderMap) -> Reply {
    let account = access::required(&headers)?;
    Ok(Json(Value::Array(state.lock().agents.of(&account.user_id))))
}

pub(crate) async fn get(Shared(state): Shared<State>, Path(id): Path<String>, headers: HeaderMap) -> Reply {
    let account = access::account(&headers)?;
    let id = bodies::path_id(&id)?;
    let memory = state.lock();
    let agent = memory.agents.get(id).ok_or_else(missing)?;
    // Here a missing key is 403 too.
    if agent.public() || account.is_some_and(|account| account.user_id == agent.owner) {
        Ok(Json(agent.read()))
    } else {
        Err(refusals::not_yours())
    }
}

/// Stores an agent, new or not.
pub(crate) async fn upsert(Shared(state): Shared<State>, headers: HeaderMap, body: Bytes) -> Reply {
    let account = access::required(&headers)?;
    let fields = object(&body)?;
    let id = uuid(&fields, "id")?;
    store(&state, &account, id, &fields)
}

pub(crate) async fn replace(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Reply {
    let account = access::required(&headers)?;
    let id = bodies::path_id(&id)?;
    let fields = object(&body)?;
    if state.lock().agents.get(id).is_none() {
        return Err(missing());
    }
    store(&state, &account, id, &fields)
}

fn store(state: &State, account: &Account, id: Uuid, fields: &Map<String, Value>) -> Reply {
    check(state, fields)?;
    let filled = |name| fields.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    if !filled("prompt") && !filled("system_prompt") {
        return Err(refusals::detail(400, "A prompt or a system prompt is required"));
    }
    let now = state.now();
    let mut memory = state.lock();
    owned(memory.agents.get(id), account)?;
    let stored = memory.agents.put(id, &account.user_id, fields, &now);
    memory.keep_agent(id);
    Ok(Json(stored))
}

pub(crate) async fn patch(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Reply {
    let account = access::required(&headers)?;
    let id = bodies::path_id(&id)?;
    let fields = object(&body)?;
    check(&state, &fields)?;
    let now = state.now();
    let mut memory = state.lock();
    owned(memory.agents.get(id), &account)?;
    let changed = memory.agents.patch(id, &fields, &now);
    memory.keep_agent(id);
    changed.map(Json).ok_or_else(missing)
}

pub(crate) async fn remove(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Reply {
    let account = access::required(&headers)?;
    let id = bodies::path_id(&id)?;
    let mut memory = state.lock();
    owned(memory.agents.get(id), &account)?;
    let removed = memory.agents.remove(id);
    memory.keep_agent(id);
    removed.map(Json).ok_or_else(missing)
}

/// The agent, if this account may run it.
pub(crate) fn runnable(state: &State, id: &str, account: Option<&Account>) -> Result<Agent, Refusal> {
    let id: Uuid = id.parse().map_err(|_invalid| missing())?;
    let memory = state.lock();
    let agent = memory.agents.get(id).ok_or_else(missing)?;
    match account {
        _ if agent.public() => Ok(agent.clone()),
        Some(account) if account.user_id == agent.owner => Ok(agent.clone()),
        Some(_) => Err(refusals::not_yours()),
        None => Err(refusals::no_key()),
    }
}

fn owned(agent: Option<&Agent>, account: &Account) -> Result<(), Refusal> {
    match agent {
        Some(agent) if agent.owner != account.user_id => Err(refusals::not_yours()),
        Some(_) | None => Ok(()),
    }
}

fn check(state: &State, fields: &Map<String, Value>) -> Result<(), Refusal> {
    vars(fields)?;
    for name in ["title", "prompt", "system_prompt", "model", "rag"] {
        text(fields, name)?;
    }
    let private = fields.get("public") == Some(&json!(false));
    match state.options().tier {
        Tier::Sandbox if private => {
            Err(refusals::detail(400, "Private agents are not available on your plan"))
        }
        Tier::Sandbox | Tier::Pro => Ok(()),
    }
}

fn missing() -> Refusal {
    refusals::not_found("Chat")
}
