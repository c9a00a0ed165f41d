//! Accepting executions: by people and programs, by schedules and batches, and as the next message
//! of a conversation. Accepted means durable: nothing is answered before the commit.

use std::time::Duration;

use domain::agents::{AgentConfig, Runtime};
use domain::executions::{
    ExecutionDetail, Input, Priority, StartDraft, Status, Trigger, VersionChoice, parse_idempotency_key,
    parse_message,
};
use domain::ids::{AgentId, ExecutionId};
use domain::{Actor, Kind, Permission, Principal, Problem, text};
use serde_json::json;
use storage::Tx;
use storage::executions::{NewExecution, Stored};

use super::Executions;
use crate::Fault;
use crate::crypto::sha256;
use crate::hub::News;

/// How long an idempotency key is kept.
const IDEMPOTENCY: Duration = Duration::from_hours(24);
/// How many characters of the input make the title.
const TITLE: usize = 120;

/// What an execution runs, looked up and checked: one look serves many starts.
#[derive(Debug, Clone)]
pub struct Prepared {
    agent: AgentId,
    version: Option<u32>,
    config: AgentConfig,
    simulated: bool,
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
}

/// What set an execution off, and how urgent it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// What set it off.
    pub trigger: Trigger,
    /// Which goes first.
    pub priority: Priority,
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
        actor.require(Permission::ExecutionsWrite)?;
        let id: ExecutionId = self.0.id();
        let title = text::headline(&input.message, TITLE);
        let new = NewExecution {
            id,
            agent: prepared.agent,
            version: prepared.version,
            config: &prepared.config,
            input,
            title: &title,
            trigger: origin.trigger,
            priority: origin.priority,
            by: &actor.name,
            simulated: prepared.simulated,
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
        let key = idempotency_key.map(parse_idempotency_key).transpose()?;
        let request =
            sha256(json!([draft.message, draft.vars, draft.version]).to_string().as_bytes()).to_vec();
        if let Some(key) = &key
            && let Some(first) = self.first_of(actor, agent, key, &request).await?
        {
            return self.detail(actor, first).await;
        }
        let prepared = self.prepare(actor, agent, draft.version()?).await?;
        let input = prepared.input(draft)?;
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let origin = Origin { trigger: trigger(actor), priority: Priority::Normal };
        let id = self.start_within(&tx, actor, &prepared, &input, origin).await?;
        if let Some(key) = &key {
            let end = self.0.now().plus(IDEMPOTENCY);
            let caller = actor.caller();
            let added = storage::executions::add_idempotency_key(
                &tx,
                actor.workspace,
                &caller,
                agent,
                key,
                request.clone(),
                id,
                end,
            );
            match added.await {
                Ok(()) => {}
                Err(storage::Error::Duplicate(_)) => {
                    drop(tx);
                    let first = self.first_of(actor, agent, key, &request).await?;
                    let first =
                        first.ok_or_else(|| Problem::new(Kind::Unavailable, "Try again in a moment."))?;
                    return self.detail(actor, first).await;
                }
                Err(error) => return Err(error).or_internal("remember an idempotency key"),
            }
        }
        let detail = json!({ "agent": agent, "version": prepared.version });
        let (target, name) = (id.to_string(), prepared.config.title.as_str());
        crate::audit::record(self.0, &tx, actor, "execution.start", target, name, detail).await?;
        tx.commit().await.or_internal("commit")?;
        self.announce(&[id]);
        self.detail(actor, id).await
    }

    /// Continues the conversation of a finished execution with another message.
    pub async fn follow_up(
        &self,
        actor: &Actor,
        execution: ExecutionId,
        message: &str,
    ) -> Result<ExecutionDetail, Problem> {
        actor.require(Permission::ExecutionsWrite)?;
        let message = parse_message(message).map_err(|text| Problem::field("message", text))?;
        let before = self.stored(actor, execution).await?;
        let config = self.config_of(actor, &before).await?;
        if before.row.status != Status::Succeeded {
            return Err(Problem::new(
                Kind::Conflict,
                format!(
                    "This execution is {}. A conversation goes on after an execution that succeeded.",
                    before.row.status
                ),
            ));
        }
        if config.runtime == Runtime::Toolhouse && before.remote_run.is_none() {
            return Err(Problem::new(
                Kind::Conflict,
                "Toolhouse gave this run no id, so it cannot be continued. Start a new one.",
            ));
        }
        let simulated = self.simulated(actor, config.runtime).await?;
        if simulated != before.row.simulated {
            return Err(Problem::new(
                Kind::Conflict,
                "This conversation was held with another Toolhouse account. Start a new one.",
            ));
        }
        let id: ExecutionId = self.0.id();
        let input = Input { message, vars: before.input.vars.clone() };
        let title = text::headline(&input.message, TITLE);
        let new = NewExecution {
            id,
            agent: before.row.agent.id,
            version: before.row.version,
            config: &config,
            input: &input,
            title: &title,
            trigger: trigger(actor),
            priority: Priority::Normal,
            by: &actor.name,
            simulated,
            continues: Some(&before),
            at: self.0.now(),
        };
        let tx = self.0.store().begin().await.or_internal("begin")?;
        storage::executions::insert(&tx, actor.workspace, &new).await.or_internal("store an execution")?;
        let detail = json!({ "continues": execution });
        crate::audit::record(self.0, &tx, actor, "execution.start", id.to_string(), &config.title, detail)
            .await?;
        tx.commit().await.or_internal("commit")?;
        self.announce(&[id]);
        self.detail(actor, id).await
    }

    /// The execution that the same request led to before, if any.
    async fn first_of(
        &self,
        actor: &Actor,
        agent: AgentId,
        key: &str,
        request: &[u8],
    ) -> Result<Option<ExecutionId>, Problem> {
        let (store, now) = (self.0.store(), self.0.now());
        let found =
            storage::executions::by_idempotency_key(store, actor.workspace, &actor.caller(), agent, key, now)
                .await;
        match found.or_internal("look for an idempotency key")? {
            None => Ok(None),
            Some((first, hash)) if hash == request => Ok(Some(first)),
            Some(_) => Err(Problem::new(
                Kind::IdempotencyConflict,
                "This Idempotency-Key was used for another request in the last 24 hours. Use a new key.",
            )),
        }
    }

    /// What runs for the version asked for.
    async fn choose(
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

    /// The configuration that an execution ran with.
    async fn config_of(&self, actor: &Actor, execution: &Stored) -> Result<AgentConfig, Problem> {
        if let Some(draft) = &execution.config {
            return Ok(draft.clone());
        }
        let choice = execution.row.version.map_or(VersionChoice::Published, VersionChoice::Number);
        Ok(self.choose(actor, execution.row.agent.id, choice).await?.1)
    }

    /// Whether the simulator will answer; refuses when nobody would.
    async fn simulated(&self, actor: &Actor, runtime: Runtime) -> Result<bool, Problem> {
        match runtime {
            Runtime::Toolhouse => Ok(self.0.toolhouse().connection(actor.workspace).await?.simulated),
            Runtime::Model => Ok(self.0.toolhouse().model()?.simulated),
        }
    }
}

fn trigger(actor: &Actor) -> Trigger {
    match actor.principal {
        Principal::Person { .. } => Trigger::Person,
        Principal::Key { .. } | Principal::System => Trigger::Api,
    }
}
