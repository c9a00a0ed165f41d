//! Executions: starting, following up, reading, stopping. What happens in between is the engine's.

use std::time::Duration;

use domain::agents::{AgentConfig, Runtime};
use domain::events::Event;
use domain::executions::{
    ExecutionDetail, ExecutionFilter, ExecutionRow, StartDraft, Status, Trigger, VersionChoice,
    parse_idempotency_key, parse_message,
};
use domain::ids::{AgentId, ExecutionId, Id as _};
use domain::paging::{List, Page, PageRequest};
use domain::{Actor, Kind, Permission, Principal, Problem, text};
use serde_json::json;
use storage::executions::{NewExecution, Stored};

use crate::crypto::sha256;
use crate::hub::News;
use crate::{Fault, Services};

/// How long an idempotency key is kept.
const IDEMPOTENCY: Duration = Duration::from_hours(24);
/// How many characters of the input make the title.
const TITLE: usize = 120;

/// Operations on executions.
#[derive(Debug, Clone, Copy)]
pub struct Executions<'a>(&'a Services);

impl Services {
    /// Operations on executions.
    pub fn executions(&self) -> Executions<'_> {
        Executions(self)
    }
}

/// A row as a reader without the payload right sees it.
pub(crate) fn redact_row(actor: &Actor, mut row: ExecutionRow) -> ExecutionRow {
    if !actor.may(Permission::PayloadsRead) {
        row.title = None;
        row.message = row.reason.map(|reason| reason.sentence().to_owned());
    }
    row
}

/// What an execution runs.
struct Choice {
    version: Option<u32>,
    config: AgentConfig,
}

impl Executions<'_> {
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
            return self.get(actor, first).await;
        }
        let choice = self.choose(actor, agent, draft.version()?).await?;
        choice.config.ready()?;
        let input = draft.parse(&choice.config)?;
        let simulated = self.simulated(actor, choice.config.runtime).await?;
        let id: ExecutionId = self.0.id();
        let now = self.0.now();
        let title = text::headline(&input.message, TITLE);
        let new = NewExecution {
            id,
            agent,
            version: choice.version,
            config: &choice.config,
            input: &input,
            title: &title,
            trigger: trigger(actor),
            by: &actor.name,
            simulated,
            continues: None,
            at: now,
        };
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let caller = actor.caller();
        if let Some(key) = &key {
            let added = storage::executions::add_idempotency_key(
                &tx,
                actor.workspace,
                &caller,
                agent,
                key,
                request.clone(),
                id,
                now.plus(IDEMPOTENCY),
            );
            match added.await {
                Ok(()) => {}
                Err(storage::Error::Duplicate(_)) => {
                    drop(tx);
                    let first = self.first_of(actor, agent, key, &request).await?;
                    let first =
                        first.ok_or_else(|| Problem::new(Kind::Unavailable, "Try again in a moment."))?;
                    return self.get(actor, first).await;
                }
                Err(error) => return Err(error).or_internal("remember an idempotency key"),
            }
        }
        storage::executions::insert(&tx, actor.workspace, &new).await.or_internal("store an execution")?;
        let detail = json!({ "agent": agent, "version": choice.version });
        crate::audit::record(
            self.0,
            &tx,
            actor,
            "execution.start",
            id.to_string(),
            &choice.config.title,
            detail,
        )
        .await?;
        tx.commit().await.or_internal("commit")?;
        self.0.hub().wake();
        self.0.hub().tell(News::Execution(id));
        self.get(actor, id).await
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
        let input = domain::executions::Input { message, vars: before.input.vars.clone() };
        let title = text::headline(&input.message, TITLE);
        let new = NewExecution {
            id,
            agent: before.row.agent.id,
            version: before.row.version,
            config: &config,
            input: &input,
            title: &title,
            trigger: trigger(actor),
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
        self.0.hub().wake();
        self.get(actor, id).await
    }

    /// A page of executions, newest first.
    pub async fn list(
        &self,
        actor: &Actor,
        filter: &ExecutionFilter,
        page: PageRequest,
    ) -> Result<Page<ExecutionRow>, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        if filter.text.is_some() && !actor.may(Permission::PayloadsRead) {
            return Err(Problem::forbidden(
                "Searching the text of executions needs the right to see payloads.",
            ));
        }
        let mut rows = storage::executions::list(self.0.store(), actor.workspace, filter, page)
            .await
            .or_internal("list executions")?;
        let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        let next_cursor = rows.last().filter(|_| more).map(|row| List::Executions.cursor(row.id.bytes()));
        Ok(Page { items: rows.into_iter().map(|row| redact_row(actor, row)).collect(), next_cursor })
    }

    /// Everything about one execution but its events.
    pub async fn get(&self, actor: &Actor, execution: ExecutionId) -> Result<ExecutionDetail, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        let stored = self.stored(actor, execution).await?;
        let (store, workspace) = (self.0.store(), actor.workspace);
        let tries =
            storage::executions::attempts(store, workspace, execution).await.or_internal("read attempts")?;
        let steps =
            storage::executions::steps(store, workspace, execution).await.or_internal("read steps")?;
        let turns = storage::executions::turns(store, workspace, stored.conversation)
            .await
            .or_internal("read a conversation")?;
        let sees = actor.may(Permission::PayloadsRead);
        Ok(ExecutionDetail {
            conversation: (stored.conversation != execution).then_some(stored.conversation),
            input: sees.then_some(stored.input),
            output: stored.output.filter(|_| sees),
            tries: tries
                .into_iter()
                .map(|attempt| if sees { attempt } else { hide_message(attempt) })
                .collect(),
            steps,
            last_event: stored.last_event,
            runtime: stored.runtime,
            run_deadline_s: stored.run_deadline_s,
            turns,
            payloads_visible: sees,
            row: redact_row(actor, stored.row),
        })
    }

    /// Events after the given number, in order, at most `limit`.
    pub async fn events(
        &self,
        actor: &Actor,
        execution: ExecutionId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Event>, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        let events = storage::events::after(self.0.store(), actor.workspace, execution, after, limit)
            .await
            .or_internal("read events")?;
        if events.is_empty() {
            // Tells an execution without news from one that is not there.
            self.stored(actor, execution).await?;
        }
        if actor.may(Permission::PayloadsRead) {
            return Ok(events);
        }
        Ok(events.into_iter().map(|event| Event { body: event.body.without_payload(), ..event }).collect())
    }

    /// Asks for a stop. A queued execution ends at once, a running one within a second.
    pub async fn cancel(&self, actor: &Actor, execution: ExecutionId) -> Result<ExecutionDetail, Problem> {
        actor.require(Permission::ExecutionsWrite)?;
        let before = self.stored(actor, execution).await?;
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let after =
            storage::executions::request_cancel(&tx, actor.workspace, execution, &actor.name, self.0.now())
                .await
                .or_internal("ask for a stop")?;
        if after.is_some() {
            let title = before.row.agent.title.as_str();
            crate::audit::record(
                self.0,
                &tx,
                actor,
                "execution.cancel",
                execution.to_string(),
                title,
                json!({}),
            )
            .await?;
        }
        tx.commit().await.or_internal("commit")?;
        if after.is_none() {
            let now = self.stored(actor, execution).await?;
            if now.row.status.is_final() {
                return Err(Problem::new(
                    Kind::AlreadyFinished,
                    format!("This execution has already ended: {}. Nothing was changed.", now.row.status),
                ));
            }
        }
        self.0.hub().tell(News::Cancel(execution));
        self.0.hub().tell(News::Execution(execution));
        self.get(actor, execution).await
    }

    /// Waits until the execution has ended, or for `limit`, and gives it as it is then.
    pub async fn wait(
        &self,
        actor: &Actor,
        execution: ExecutionId,
        limit: Duration,
    ) -> Result<ExecutionDetail, Problem> {
        let mut news = self.0.hub().listen();
        let end = tokio::time::Instant::now() + limit;
        loop {
            let detail = self.get(actor, execution).await?;
            let now = tokio::time::Instant::now();
            if detail.row.status.is_final() || now >= end {
                return Ok(detail);
            }
            // Another process may do the work, so look again even without news.
            let next = end.min(now + Duration::from_secs(1));
            let _ = tokio::time::timeout_at(next, async {
                while let Ok(heard) = news.recv().await {
                    if heard == News::Execution(execution) {
                        break;
                    }
                }
            })
            .await;
        }
    }

    async fn stored(&self, actor: &Actor, execution: ExecutionId) -> Result<Stored, Problem> {
        storage::executions::get(self.0.store(), actor.workspace, execution)
            .await
            .or_internal("read an execution")?
            .ok_or_else(|| Problem::not_found("execution"))
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
    async fn choose(&self, actor: &Actor, agent: AgentId, version: VersionChoice) -> Result<Choice, Problem> {
        let (store, workspace) = (self.0.store(), actor.workspace);
        let stored = storage::agents::get(store, workspace, agent).await.or_internal("read an agent")?;
        let agent = stored.ok_or_else(|| Problem::not_found("agent"))?.agent;
        if agent.archived_at.is_some() {
            return Err(Problem::new(Kind::Archived, "This agent is archived and takes no new executions."));
        }
        let number = match version {
            VersionChoice::Draft => return Ok(Choice { version: None, config: agent.config }),
            VersionChoice::Number(number) => number,
            VersionChoice::Published => agent.published_version.ok_or_else(|| {
                Problem::new(Kind::NotPublished, "This agent has no published version. Publish it, or run its draft with \"version\": \"draft\".")
            })?,
        };
        let found = storage::agents::version(store, workspace, agent.id, number)
            .await
            .or_internal("read a version")?;
        let found = found.ok_or_else(|| Problem::not_found("version"))?;
        Ok(Choice { version: Some(number), config: found.config })
    }

    /// The configuration that an execution ran with.
    async fn config_of(&self, actor: &Actor, execution: &Stored) -> Result<AgentConfig, Problem> {
        if let Some(draft) = &execution.config {
            return Ok(draft.clone());
        }
        let choice = execution.row.version.map_or(VersionChoice::Published, VersionChoice::Number);
        Ok(self.choose(actor, execution.row.agent.id, choice).await?.config)
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

fn hide_message(mut attempt: domain::executions::Attempt) -> domain::executions::Attempt {
    attempt.message = attempt.reason.map(|reason| reason.sentence().to_owned());
    attempt
}
