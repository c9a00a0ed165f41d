//! The Workers API: run an agent, go on with a conversation, read it back.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State as Shared},
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CONTENT_TYPE},
};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    access::{self, Account},
    agents::{self, Agent},
    refusals::{self, Refusal},
    runs::{self, Outcome, Plan, Start, Status},
    scripts::{self, Script},
    state::{State, epoch_millis},
    wire::{self, Wire},
};

const RUN_ID: HeaderName = HeaderName::from_static("x-toolhouse-run-id");

pub(crate) async fn start_text(
    Shared(state): Shared<State>,
    Path(agent_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    turn(&state, &headers, &body, Wire::Text, &agent_id, None).await
}

pub(crate) async fn start_ndjson(
    Shared(state): Shared<State>,
    Path(agent_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    turn(&state, &headers, &body, Wire::Ndjson, &agent_id, None).await
}

pub(crate) async fn proceed_text(
    Shared(state): Shared<State>,
    Path((agent_id, run_id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    turn(&state, &headers, &body, Wire::Text, &agent_id, Some(&run_id)).await
}

pub(crate) async fn proceed_ndjson(
    Shared(state): Shared<State>,
    Path((agent_id, run_id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    turn(&state, &headers, &body, Wire::Ndjson, &agent_id, Some(&run_id)).await
}

pub(crate) async fn history(
    Shared(state): Shared<State>,
    Path((agent_id, run_id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let account = access::account(&headers)?;
    let agent = agents::runnable(&state, &agent_id, account.as_ref())?;
    let run_id = find(&state, &agent, &run_id)?;
    let memory = state.lock();
    let run = memory.runs.get(run_id);
    let run = run.ok_or_else(|| refusals::not_found("Run"))?;
    Ok(Json(Value::Array(run.messages.clone())))
}

/// One turn of a conversation: the first without a run id, a later one with it.
async fn turn(
    state: &State,
    headers: &HeaderMap,
    body: &[u8],
    wire: Wire,
    agent_id: &str,
    run_id: Option<&str>,
) -> Result<Response, Refusal> {
    let account = access::account(headers)?;
    let agent = agents::runnable(state, agent_id, account.as_ref())?;
    let run_id = run_id.map(|id| find(state, &agent, id)).transpose()?;
    let asked = Asked::read(body)?;
    let message = match &asked.message {
        Some(message) => message.clone(),
        None => agent
            .stored_message()
            .ok_or_else(|| refusals::detail(400, "There is no message to run and the agent holds none"))?,
    };
    let (script, _) = scripts::parse(&message);
    gate(state, &script, &format!("{agent_id} {message}"))?;

    let start = asked.start(&agent, account, message);
    let (id, plan) = begin(state, &agent, start, run_id, &script, Status::InProgress)?;
    let (cut_after, fails) = (plan.cut_after, plan.fails);
    let words = runs::work(state, id, plan);
    if script == Script::Hang {
        state.stop().cancelled().await;
        return Err(refusals::scripted(503));
    }
    let wire = match script {
        Script::Sse => Wire::Events,
        Script::SplitUtf8 if wire == Wire::Text => Wire::Bytes,
        _ => wire,
    };
    let mut response = wire::body(state, words, wire, cut_after, fails).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(wire.content_type()));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("X-Toolhouse-Run-ID"));
    if script != Script::NoRunHeader
        && let Ok(value) = HeaderValue::from_str(&id.to_string())
    {
        headers.insert(RUN_ID, value);
    }
    Ok(response)
}

/// Stores the turn and says how it will go.
pub(crate) fn begin(
    state: &State,
    agent: &Agent,
    start: Start,
    run_id: Option<Uuid>,
    script: &Script,
    status: Status,
) -> Result<(Uuid, Plan), Refusal> {
    let now = state.now();
    let message = start.message.clone();
    let vars = start.vars.clone();
    let mut memory = state.lock();
    let id = match run_id {
        Some(id) if memory.runs.proceed(id, &message, status, now.clone()) => id,
        Some(_) => return Err(refusals::not_completed()),
        None => memory.runs.start(start, status, now),
    };
    let asked = memory.runs.get(id).map(|run| run.asked.clone());
    let question = agent.question(state.options().seed, &asked.unwrap_or_default(), &vars);
    let plan = Plan::new(script, &question, state.options().chunk_delay);
    let takes = i64::try_from(plan.duration().as_millis()).unwrap_or(i64::MAX);
    let outcome =
        Outcome { said: plan.pieces.concat(), fails: plan.fails, at: epoch_millis().saturating_add(takes) };
    memory.runs.change(id, |run| run.outcome = Some(outcome));
    memory.keep_run(id);
    Ok((id, plan))
}

/// Refuses what the script wants refused. Nothing has begun by then.
pub(crate) fn gate(state: &State, script: &Script, who: &str) -> Result<(), Refusal> {
    match script {
        Script::Refuse(status) => Err(refusals::scripted(*status)),
        Script::Page500 => Err(refusals::page(500)),
        Script::RateLimited(seconds) => Err(refusals::scripted(429).retry_after(*seconds)),
        Script::RateLimitedThenOk(times) => {
            let refused = state.lock().refuse(who, *times);
            if refused { Err(refusals::scripted(429).retry_after(Some(0))) } else { Ok(()) }
        }
        Script::Plain
        | Script::Slow(_)
        | Script::Long(_)
        | Script::Trickle
        | Script::Hang
        | Script::Truncate
        | Script::TruncateFail
        | Script::SplitUtf8
        | Script::JsonFenced
        | Script::Sse
        | Script::NdjsonError
        | Script::NoRunHeader
        | Script::Calls(_) => Ok(()),
    }
}

fn find(state: &State, agent: &Agent, run_id: &str) -> Result<Uuid, Refusal> {
    let missing = || refusals::not_found("Run");
    let id: Uuid = run_id.parse().map_err(|_invalid| missing())?;
    let memory = state.lock();
    let run = memory.runs.get(id).ok_or_else(missing)?;
    if run.start.agent_id == agent.id { Ok(id) } else { Err(missing()) }
}

/// The body of a turn.
struct Asked {
    message: Option<String>,
    vars: serde_json::Map<String, Value>,
    toolhouse_id: String,
}

impl Asked {
    fn read(body: &[u8]) -> Result<Self, Refusal> {
        let object = agents::object(body)?;
        Ok(Self {
            message: agents::text(&object, "message")?,
            vars: agents::vars(&object)?.unwrap_or_default(),
            toolhouse_id: agents::text(&object, "toolhouse_id")?.unwrap_or_else(|| "default".to_owned()),
        })
    }

    fn start(self, agent: &Agent, account: Option<Account>, message: String) -> Start {
        Start {
            agent_id: agent.id,
            user_id: account.map(|account| account.user_id),
            toolhouse_id: self.toolhouse_id,
            vars: self.vars,
            callback_url: None,
            message,
        }
    }
}
