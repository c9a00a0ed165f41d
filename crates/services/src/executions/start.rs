//! Accepting executions: by people and programs, by schedules and batches, and as the next message
//! of a conversation. Accepted means durable: nothing is answered before the commit.

use std::sync::Arc;

use domain::agents::{AgentConfig, Runtime};
use domain::audit::AuditRow;
use domain::executions::{ExecutionDetail, Input, Priority, StartDraft, Trigger, VersionChoice};
use domain::ids::{AgentId, ExecutionId, WorkspaceId};
use domain::{Actor, Kind, Permission, Principal, Problem, Timestamp, text};
use serde_json::json;
use storage::Tx;
use storage::executions::{Cached, NewExecution, Stored};

use super::Executions;
use super::once::{Asked, Key};
use crate::Fault;
use crate::hub::News;

/// How many characters of the input make the title.
const TITLE: usize = 120;

/// What an execution runs, looked up and checked: one look serves many starts.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub(super) agent: AgentId,
    pub(super) version: Option<u32>,
    pub(super) config: AgentConfig,
    pub(super) simulated: bool,
}

impl Prepared {
    /// The input for this configuration, or every wrong field.
    pub fn input(&self, draft: &StartDraft) -> Result<Input, Problem> {
        draft.parse(&self.config)
    }

    /// The configuration it runs.
    pub const fn config(&self) -> &AgentConfig {
        &self.config
    }

    /// The version it runs; none for the draft.
    pub const fn version(&self) -> Option<u32> {
        self.version
    }

    /// Whose configuration it is.
    pub const fn agent(&self) -> AgentId {
        self.agent
    }

    /// Whether the simulator will answer.
    pub const fn simulated(&self) -> bool {
        self.simulated
    }
}

/// What set an execution off, and how urgent it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// What set it off.
    pub trigger: Trigger,
    /// Which goes first.
    pub priority: Priority,
}

/// How an execution is accepted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Accept {
    pub(super) origin: Origin,
    pub(super) rerun_of: Option<ExecutionId>,
    pub(super) no_cache: bool,
}

/// A start with everything it needs, so that it can share a commit with others.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) id: ExecutionId,
    pub(super) at: Timestamp,
    pub(super) workspace: WorkspaceId,
    pub(super) prepared: Prepared,
    pub(super) input: Input,
    pub(super) origin: Origin,
    pub(super) by: String,
    pub(super) rerun_of: Option<ExecutionId>,
    pub(super) continues: Option<Stored>,
    pub(super) cache: Option<Cached>,
    pub(super) key: Option<Key>,
    pub(super) audit: AuditRow,
}

impl Start {
    async fn store(&self, tx: &Tx) -> Result<(), storage::Error> {
        let title = text::headline(&self.input.message, TITLE);
        let new = NewExecution {
            id: self.id,
            agent: self.prepared.agent,
            version: self.prepared.version,
            config: &self.prepared.config,
            input: &self.input,
            title: &title,
            trigger: self.origin.trigger,
            priority: self.origin.priority,
            by: &self.by,
            simulated: self.prepared.simulated,
            rerun_of: self.rerun_of,
            cache: self.cache.as_ref(),
            continues: self.continues.as_ref(),
            at: self.at,
        };
        storage::executions::insert(tx, self.workspace, &new).await?;
        if let Some(Key { caller, text, request, end }) = &self.key {
            let (agent, request) = (self.prepared.agent, request.clone());
            let added = storage::executions::add_idempotency_key(
                tx,
                self.workspace,
                caller,
                agent,
                text,
                request,
                self.id,
                self.at,
                *end,
            );
            // Only here a second row means that the key is taken; anywhere else it is an error.
            added.await.map_err(|error| match error {
                storage::Error::Duplicate(_) => storage::Error::KeyTaken,
                error => error,
            })?;
        }
        storage::audit::insert(tx, self.workspace, &self.audit).await
    }
}

impl Executions<'_> {
    /// Looks up what would run, and whether it may: the agent is in use, the version is there, the
    /// configuration is complete, the upstream is connected.
    pub async fn prepare(
        &self,
        actor: &Actor,
        agent: AgentId,
        version: VersionChoice,
    ) -> Result<Prepared, Problem> {
        actor.require(Permission::ExecutionsWrite)?;
        let (version, config) = self.choose(actor, agent, version).await?;
        self.prepared(actor, agent, version, config).await
    }

    /// The same for a configuration that was a draft once.
    pub(super) async fn prepare_draft(
        &self,
        actor: &Actor,
        agent: AgentId,
        config: AgentConfig,
    ) -> Result<Prepared, Problem> {
        self.choose(actor, agent, VersionChoice::Draft).await?;
        self.prepared(actor, agent, None, config).await
    }

    async fn prepared(
        &self,
        actor: &Actor,
        agent: AgentId,
        version: Option<u32>,
        config: AgentConfig,
    ) -> Result<Prepared, Problem> {
        config.ready()?;
        let simulated = self.simulated(actor, config.runtime).await?;
        Ok(Prepared { agent, version, config, simulated })
    }

    /// Accepts an execution inside the caller's transaction, for callers that start work by
    /// themselves: schedules, batches. The caller makes it happen once (by a unique row of its own in
    /// the same transaction), keeps the record of why it happened, and calls
    /// [`Executions::announce`] after its commit.
    pub async fn start_within(
        &self,
        tx: &Tx,
        actor: &Actor,
        prepared: &Prepared,
        input: &Input,
        origin: Origin,
    ) -> Result<ExecutionId, Problem> {
        // What is due is meant to happen: an earlier result would make a schedule do nothing.
        let no_cache = origin.trigger == Trigger::Schedule;
        self.accept(tx, actor, prepared, input, Accept { origin, rerun_of: None, no_cache }).await
    }

    pub(super) async fn accept(
        &self,
        tx: &Tx,
        actor: &Actor,
        prepared: &Prepared,
        input: &Input,
        accept: Accept,
    ) -> Result<ExecutionId, Problem> {
        actor.require(Permission::ExecutionsWrite)?;
        let id: ExecutionId = self.0.id();
        let title = text::headline(&input.message, TITLE);
        let cache = self.cached(tx, actor, prepared, input, accept.no_cache).await?;
        let new = NewExecution {
            id,
            agent: prepared.agent,
            version: prepared.version,
            config: &prepared.config,
            input,
            title: &title,
            trigger: accept.origin.trigger,
            priority: accept.origin.priority,
            by: &actor.name,
            simulated: prepared.simulated,
            rerun_of: accept.rerun_of,
            cache: cache.as_ref(),
            continues: None,
            at: self.0.now(),
        };
        storage::executions::insert(tx, actor.workspace, &new).await.or_internal("store an execution")?;
        Ok(id)
    }

    /// Tells workers and readers of executions that were accepted and committed.
    pub fn announce(&self, executions: &[ExecutionId]) {
        self.0.hub().wake();
        for execution in executions {
            self.0.hub().tell(News::Execution(*execution));
        }
    }

    /// Accepts an execution; when this returns, it is durable. The same idempotency key with the
    /// same request gives the first execution again.
    pub async fn start(
        &self,
        actor: &Actor,
        agent: AgentId,
        draft: &StartDraft,
        idempotency_key: Option<&str>,
    ) -> Result<ExecutionDetail, Problem> {
        actor.require(Permission::ExecutionsWrite)?;
        let priority = draft.priority()?;
        let request = json!([draft.message, draft.vars, draft.version, draft.no_cache, priority.number()]);
        let key = match self.asked(actor, agent, idempotency_key, &request).await? {
            Asked::Before(first) => return self.detail(actor, first).await,
            Asked::New(key) => key,
        };
        let prepared = self.prepare(actor, agent, draft.version()?).await?;
        let input = prepared.input(draft)?;
        let (id, at): (ExecutionId, _) = (self.0.id(), self.0.now());
        let detail = json!({ "agent": agent, "version": prepared.version });
        let (target, name) = (id.to_string(), prepared.config.title.as_str());
        let audit = crate::audit::row(self.0, actor, "execution.start", target, name, detail);
        let cache = self.cached(self.0.store(), actor, &prepared, &input, draft.no_cache).await?;
        let origin = Origin { trigger: trigger(actor), priority };
        let by = actor.name.clone();
        let start = Start {
            id,
            at,
            workspace: actor.workspace,
            prepared,
            input,
            origin,
            by,
            rerun_of: None,
            continues: None,
            cache,
            key,
            audit,
        };
        self.store_once(actor, start).await
    }

    /// Stores a start together with what others write at the moment.
    pub(super) async fn store(&self, start: Arc<Start>) -> Result<(), storage::Error> {
        let write = self.0.store().write(move |tx| {
            let start = Arc::clone(&start);
            Box::pin(async move { start.store(tx).await })
        });
        write.await
    }

    /// What runs for the version asked for.
    pub(super) async fn choose(
        &self,
        actor: &Actor,
        agent: AgentId,
        version: VersionChoice,
    ) -> Result<(Option<u32>, AgentConfig), Problem> {
        let (store, workspace) = (self.0.store(), actor.workspace);
        let stored = storage::agents::get(store, workspace, agent).await.or_internal("read an agent")?;
        let agent = stored.ok_or_else(|| Problem::not_found("agent"))?.agent;
        if agent.archived_at.is_some() {
            return Err(Problem::new(Kind::Archived, "This agent is archived and takes no new executions."));
        }
        let number = match version {
            VersionChoice::Draft => return Ok((None, agent.config)),
            VersionChoice::Number(number) => number,
            VersionChoice::Published => agent.published_version.ok_or_else(|| {
                Problem::new(Kind::NotPublished, "This agent has no published version. Publish it, or run its draft with \"version\": \"draft\".")
            })?,
        };
        let found = storage::agents::version(store, workspace, agent.id, number)
            .await
            .or_internal("read a version")?;
        let found = found.ok_or_else(|| Problem::not_found("version"))?;
        Ok((Some(number), found.config))
    }

    /// Whether the simulator will answer; refuses when nobody would.
    pub(super) async fn simulated(&self, actor: &Actor, runtime: Runtime) -> Result<bool, Problem> {
        match runtime {
            Runtime::Toolhouse => Ok(self.0.toolhouse().connection(actor.workspace).await?.simulated),
            Runtime::Model => Ok(self.0.toolhouse().model(actor.workspace).await?.simulated),
        }
    }
}

pub(super) fn trigger(actor: &Actor) -> Trigger {
    match actor.principal {
        Principal::Person { .. } => Trigger::Person,
        Principal::Key { .. } | Principal::System => Trigger::Api,
    }
}
