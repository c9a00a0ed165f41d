//! Running an execution again, and results that are used again.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::agents::AgentConfig;
use domain::executions::{
    CacheUse, ExecutionDetail, Input, Priority, RerunChoices, RerunDraft, RerunVersion, StartDraft,
    VersionChoice,
};
use domain::ids::{AgentId, ExecutionId};
use domain::{Actor, Kind, Permission, Problem};
use serde_json::json;
use storage::Db;
use storage::executions::{Cached, Stored};

use super::once::Asked;
use super::start::{Accept, Prepared, Start, trigger};
use super::{Executions, Origin};
use crate::Fault;
use crate::crypto::sha256;

impl Executions<'_> {
    /// Runs an execution again, with its input or an edited one, its version or the one that is
    /// published now. A new execution that names the first one.
    pub async fn rerun(
        &self,
        actor: &Actor,
        execution: ExecutionId,
        draft: &RerunDraft,
    ) -> Result<ExecutionDetail, Problem> {
        self.rerun_once(actor, execution, draft, None).await
    }

    /// The same; an idempotency key that comes again with the same draft gives the first rerun again.
    pub async fn rerun_once(
        &self,
        actor: &Actor,
        execution: ExecutionId,
        draft: &RerunDraft,
        idempotency_key: Option<&str>,
    ) -> Result<ExecutionDetail, Problem> {
        actor.require(Permission::ExecutionsWrite)?;
        let before = self.stored(actor, execution).await?;
        let current = draft.current()?;
        let priority = draft.priority()?;
        let request = json!([
            "rerun",
            execution,
            current,
            draft.message,
            draft.vars,
            draft.no_cache,
            priority.number()
        ]);
        let key = match self.asked(actor, before.row.agent.id, idempotency_key, &request).await? {
            Asked::Before(first) => return self.detail(actor, first).await,
            Asked::New(key) => key,
        };
        let (prepared, input) = self.prepare_again(actor, &before, current, draft).await?;
        let (id, at): (ExecutionId, _) = (self.0.id(), self.0.now());
        let cache = self.cached(self.0.store(), actor, &prepared, &input, draft.no_cache).await?;
        let detail = json!({ "rerun_of": execution, "current": current });
        let name = prepared.config().title.as_str();
        let audit = crate::audit::row(self.0, actor, "execution.start", id.to_string(), name, detail);
        let start = Start {
            id,
            at,
            workspace: actor.workspace,
            prepared,
            input,
            origin: Origin { trigger: trigger(actor), priority },
            by: actor.name.clone(),
            rerun_of: Some(before.row.id),
            continues: None,
            cache,
            key,
            audit,
        };
        self.store_once(actor, start).await
    }

    /// What running it again can start from. It shows the input, so it needs the right to see it.
    pub async fn rerun_choices(
        &self,
        actor: &Actor,
        execution: ExecutionId,
    ) -> Result<RerunChoices, Problem> {
        actor.require(Permission::ExecutionsWrite)?;
        actor.require(Permission::PayloadsRead)?;
        let before = self.stored(actor, execution).await?;
        let agent = before.row.agent.id;
        let original = match (&before.config, before.row.version) {
            (Some(config), _) => (None, config.clone()),
            (None, Some(number)) => self.choose(actor, agent, VersionChoice::Number(number)).await?,
            (None, None) => self.choose(actor, agent, VersionChoice::Published).await?,
        };
        let current = match self.choose(actor, agent, VersionChoice::Published).await {
            Ok(current) => Some(current),
            Err(problem) if problem.kind == Kind::NotPublished => None,
            Err(problem) => return Err(problem),
        };
        let version = |(number, config): (Option<u32>, AgentConfig)| RerunVersion {
            number,
            vars: config.values(&known(&config, &before.input.vars)),
        };
        Ok(RerunChoices {
            execution,
            title: before.row.title.clone().unwrap_or_default(),
            message: before.input.message.clone(),
            original: version(original),
            current: current.map(version),
        })
    }

    /// What runs again, and on what input.
    pub(crate) async fn prepare_again(
        &self,
        actor: &Actor,
        before: &Stored,
        current: bool,
        draft: &RerunDraft,
    ) -> Result<(Prepared, Input), Problem> {
        let agent = before.row.agent.id;
        let prepared = match (&before.config, before.row.version) {
            (_, _) if current => self.prepare(actor, agent, VersionChoice::Published).await?,
            (Some(config), _) => self.prepare_draft(actor, agent, config.clone()).await?,
            (None, Some(number)) => self.prepare(actor, agent, VersionChoice::Number(number)).await?,
            (None, None) => self.prepare(actor, agent, VersionChoice::Published).await?,
        };
        let kept = known(prepared.config(), &before.input.vars);
        let start = StartDraft {
            message: Some(draft.message.clone().unwrap_or_else(|| before.input.message.clone())),
            vars: draft.vars.clone().unwrap_or(kept),
            ..StartDraft::default()
        };
        let input = prepared.input(&start)?;
        Ok((prepared, input))
    }

    pub(crate) async fn accept_again(
        &self,
        tx: &storage::Tx,
        actor: &Actor,
        prepared: &Prepared,
        input: &Input,
        before: &Stored,
        no_cache: bool,
    ) -> Result<ExecutionId, Problem> {
        let accept = Accept {
            origin: Origin { trigger: trigger(actor), priority: Priority::Normal },
            rerun_of: Some(before.row.id),
            no_cache,
        };
        self.accept(tx, actor, prepared, input, accept).await
    }

    /// From now on no earlier result of the agent is used again.
    pub async fn purge_cache(&self, actor: &Actor, agent: AgentId) -> Result<(), Problem> {
        actor.require(Permission::AgentsWrite)?;
        let stored = storage::agents::get(self.0.store(), actor.workspace, agent)
            .await
            .or_internal("read an agent")?;
        let agent_now = stored.ok_or_else(|| Problem::not_found("agent"))?.agent;
        let tx = self.0.store().begin().await.or_internal("begin")?;
        storage::executions::purge(&tx, actor.workspace, agent, self.0.now())
            .await
            .or_internal("purge results")?;
        let title = agent_now.config.title.as_str();
        crate::audit::record(self.0, &tx, actor, "agent.purge_cache", agent.to_string(), title, json!({}))
            .await?;
        tx.commit().await.or_internal("commit")
    }

    /// The execution's part in the cache of results; nothing where the agent has none. The key holds
    /// everything that could change the answer.
    pub(super) async fn cached(
        &self,
        db: &impl Db,
        actor: &Actor,
        prepared: &Prepared,
        input: &Input,
        no_cache: bool,
    ) -> Result<Option<Cached>, Problem> {
        let config = prepared.config();
        let ttl = config.limits.cache_ttl_s;
        if ttl == 0 {
            return Ok(None);
        }
        let draft = prepared.version().is_none().then_some(config);
        let mut tools = Vec::with_capacity(config.tools.len());
        for wanted in &config.tools {
            let newest = storage::tools::get(db, actor.workspace, wanted.tool).await;
            let newest = newest.or_internal("read a tool of an agent")?.map(|tool| tool.version);
            tools.push((wanted.tool, wanted.version.or(newest)));
        }
        let asked = json!({
            "workspace": actor.workspace,
            "agent": prepared.agent(),
            "version": prepared.version(),
            "draft": draft,
            "runtime": config.runtime,
            "tools": tools,
            "simulated": prepared.simulated(),
            "message": input.message,
            "vars": config.values(&input.vars),
        });
        // Everything in it has a fixed order, so the same input always reads the same.
        let key = sha256(asked.to_string().as_bytes()).to_vec();
        if no_cache {
            return Ok(Some(Cached { used: CacheUse::Bypass, key, copy: None }));
        }
        let since = self.0.now().minus(Duration::from_secs(u64::from(ttl)));
        let copy = storage::executions::cached(db, actor.workspace, prepared.agent(), &key, since)
            .await
            .or_internal("look for a result")?;
        let used = if copy.is_some() { CacheUse::Hit } else { CacheUse::Miss };
        Ok(Some(Cached { used, key, copy }))
    }
}

/// Variables that a version no longer has are left out, unless they are typed now.
fn known(config: &AgentConfig, vars: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let kept = vars.iter().filter(|(name, _)| config.variables.contains_key(*name));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}
