//! Requests that may come twice: the same idempotency key with the same request leads to the execution
//! that it led to first, whether it starts one, continues one or runs one again.

use std::sync::Arc;
use std::time::Duration;

use domain::executions::{ExecutionDetail, parse_idempotency_key};
use domain::ids::{AgentId, ExecutionId};
use domain::{Actor, Kind, Problem, Timestamp};
use serde_json::Value;

use super::Executions;
use super::start::Start;
use crate::Fault;
use crate::crypto::sha256;

/// How long an idempotency key is kept.
const KEEP: Duration = Duration::from_hours(24);

/// An idempotency key and what it stands for.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) caller: String,
    pub(super) text: String,
    pub(super) request: Vec<u8>,
    pub(super) end: Timestamp,
}

/// What became of a request before.
pub(super) enum Asked {
    /// It led to this execution.
    Before(ExecutionId),
    /// Nothing; its key is stored together with what it starts.
    New(Option<Key>),
}

impl Executions<'_> {
    /// Looks for the execution that the same request led to before. Without a key there is none.
    pub(super) async fn asked(
        &self,
        actor: &Actor,
        agent: AgentId,
        key: Option<&str>,
        request: &Value,
    ) -> Result<Asked, Problem> {
        let Some(text) = key.map(parse_idempotency_key).transpose()? else { return Ok(Asked::New(None)) };
        let request = sha256(request.to_string().as_bytes()).to_vec();
        let key = Key { caller: actor.caller(), text, request, end: self.0.now().plus(KEEP) };
        let first = self.first_of(actor, agent, &key).await?;
        Ok(first.map_or(Asked::New(Some(key)), Asked::Before))
    }

    /// Stores a start and gives its execution, or the first one of its key where another request with
    /// it was quicker.
    pub(super) async fn store_once(&self, actor: &Actor, start: Start) -> Result<ExecutionDetail, Problem> {
        let (id, start) = (start.id, Arc::new(start));
        match (self.store(Arc::clone(&start)).await, &start.key) {
            (Err(storage::Error::KeyTaken), Some(key)) => {
                let first = self.first_of(actor, start.prepared.agent, key).await?;
                let first = first.ok_or_else(|| Problem::new(Kind::Unavailable, "Try again in a moment."))?;
                return self.detail(actor, first).await;
            }
            (stored, _) => stored.or_internal("store an execution")?,
        }
        self.announce(&[id]);
        self.detail(actor, id).await
    }

    /// The execution that the same request led to before, if any.
    async fn first_of(
        &self,
        actor: &Actor,
        agent: AgentId,
        key: &Key,
    ) -> Result<Option<ExecutionId>, Problem> {
        let (store, now) = (self.0.store(), self.0.now());
        let (caller, text) = (&key.caller, &key.text);
        let found =
            storage::executions::by_idempotency_key(store, actor.workspace, caller, agent, text, now).await;
        match found.or_internal("look for an idempotency key")? {
            None => Ok(None),
            Some((first, request)) if request == key.request => Ok(Some(first)),
            Some(_) => Err(Problem::new(
                Kind::IdempotencyConflict,
                "This Idempotency-Key was used for another request in the last 24 hours. Use a new key.",
            )),
        }
    }
}
