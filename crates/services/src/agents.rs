//! Agents: drafts, versions, publishing.
//!
//! A draft is edited by naming the revision it is based on; whoever comes second is told who
//! changed what. Publishing pushes the agent to Toolhouse first and stores the version only if the
//! draft is still the one that was pushed.

mod edit;

use domain::agents::{
    Agent, AgentConfig, AgentDraft, AgentRow, AgentVersion, AgentVersionRow, Change, PublishDraft,
    RunnableAgent, Runtime, changes, export_th_file, import_th_file,
};
use domain::ids::{AgentId, Id as _};
use domain::paging::{List, Page, PageRequest};
use domain::{Actor, Kind, Permission, Problem, text};
use serde_json::{Map, Value, json};
use storage::agents::{Edit, NewAgent, StoredAgent};

use crate::{Fault, Services};

async fn is_taken(tx: &storage::Tx, actor: &Actor, slug: &str) -> Result<bool, Problem> {
    storage::agents::slug_taken(tx, actor.workspace, slug).await.or_internal("look for a slug")
}

/// A slug that was asked for, unless another agent has it.
async fn free_slug(tx: &storage::Tx, actor: &Actor, slug: String) -> Result<String, Problem> {
    if is_taken(tx, actor, &slug).await? {
        return Err(taken());
    }
    Ok(slug)
}

fn taken() -> Problem {
    Problem::field("slug", "Another agent of this workspace has this address.")
}

/// Operations on agents.
#[derive(Debug, Clone, Copy)]
pub struct Agents<'a>(pub(crate) &'a Services);

impl Services {
    /// Operations on agents.
    pub fn agents(&self) -> Agents<'_> {
        Agents(self)
    }
}

impl Agents<'_> {
    /// A page of agents, newest first; the archived ones if asked for.
    pub async fn list(
        &self,
        actor: &Actor,
        archived: bool,
        page: PageRequest,
    ) -> Result<Page<AgentRow>, Problem> {
        actor.require(Permission::AgentsRead)?;
        let mut rows = storage::agents::list(self.0.store(), actor.workspace, archived, page)
            .await
            .or_internal("list agents")?;
        let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        let next_cursor = rows.last().filter(|_| more).map(|row| List::Agents.cursor(row.id.bytes()));
        Ok(Page { items: rows, next_cursor })
    }

    /// Agents that schedules and batches can run, by title.
    pub async fn runnable(&self, actor: &Actor) -> Result<Vec<RunnableAgent>, Problem> {
        actor.require(Permission::AgentsRead)?;
        storage::agents::runnable(self.0.store(), actor.workspace).await.or_internal("list agents to run")
    }

    /// One agent with its draft.
    pub async fn get(&self, actor: &Actor, agent: AgentId) -> Result<Agent, Problem> {
        actor.require(Permission::AgentsRead)?;
        Ok(self.stored(actor, agent).await?.agent)
    }

    /// One agent by the slug in its address.
    pub async fn by_slug(&self, actor: &Actor, slug: &str) -> Result<Agent, Problem> {
        actor.require(Permission::AgentsRead)?;
        let found = storage::agents::by_slug(self.0.store(), actor.workspace, slug)
            .await
            .or_internal("read an agent")?;
        found.map(|stored| stored.agent).ok_or_else(|| Problem::not_found("agent"))
    }

    /// Creates an agent from a draft.
    pub async fn create(&self, actor: &Actor, draft: &AgentDraft) -> Result<Agent, Problem> {
        self.insert(actor, &draft.parse()?, draft.slug(), &Map::new()).await
    }

    /// Creates an agent from a th file; keys that do not map are kept for export.
    pub async fn import(&self, actor: &Actor, th_file: &str) -> Result<Agent, Problem> {
        actor.require(Permission::AgentsWrite)?;
        let file = import_th_file(th_file)?;
        self.insert(actor, &file.draft.parse()?, None, &file.kept).await
    }

    /// Writes the draft as a th file.
    pub async fn export(&self, actor: &Actor, agent: AgentId) -> Result<String, Problem> {
        actor.require(Permission::AgentsRead)?;
        let stored = self.stored(actor, agent).await?;
        export_th_file(&stored.agent.config, &stored.imported)
    }

    async fn insert(
        &self,
        actor: &Actor,
        config: &AgentConfig,
        slug: Option<String>,
        imported: &Map<String, Value>,
    ) -> Result<Agent, Problem> {
        actor.require(Permission::AgentsWrite)?;
        self.check_tools(actor, config).await?;
        let id: AgentId = self.0.id();
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let slug = if let Some(slug) = slug {
            free_slug(&tx, actor, slug).await?
        } else {
            let wish = text::slugify(&config.title, "agent");
            let (mut slug, mut next) = (wish.clone(), 2);
            while is_taken(&tx, actor, &slug).await? {
                slug = format!("{wish}-{next}");
                next += 1;
            }
            slug
        };
        let new = NewAgent { id, slug: &slug, config, imported, at: self.0.now(), by: &actor.name };
        match storage::agents::insert(&tx, actor.workspace, &new).await {
            Err(storage::Error::Duplicate(_)) => return Err(taken()),
            stored => stored.or_internal("store an agent")?,
        }
        let detail = json!({ "slug": slug, "runtime": config.runtime });
        crate::audit::record(self.0, &tx, actor, "agent.create", id.to_string(), &config.title, detail)
            .await?;
        tx.commit().await.or_internal("commit")?;
        Ok(self.stored(actor, id).await?.agent)
    }

    /// Replaces the draft with what was typed.
    pub async fn update(
        &self,
        actor: &Actor,
        agent: AgentId,
        revision: Option<u64>,
        draft: &AgentDraft,
    ) -> Result<Agent, Problem> {
        actor.require(Permission::AgentsWrite)?;
        let before = self.live(actor, agent).await?;
        self.edit(actor, &before, revision, draft).await
    }

    /// Changes the named fields of the draft. Objects are merged, variables are replaced.
    pub async fn patch(
        &self,
        actor: &Actor,
        agent: AgentId,
        revision: Option<u64>,
        fields: Map<String, Value>,
    ) -> Result<Agent, Problem> {
        actor.require(Permission::AgentsWrite)?;
        let before = self.live(actor, agent).await?;
        let draft = edit::merge(&before.agent.config, fields)?;
        self.edit(actor, &before, revision, &draft).await
    }

    async fn edit(
        &self,
        actor: &Actor,
        before: &StoredAgent,
        revision: Option<u64>,
        draft: &AgentDraft,
    ) -> Result<Agent, Problem> {
        let config = draft.parse()?;
        let slug = draft.slug().filter(|slug| *slug != before.agent.slug);
        self.store_draft(actor, before, revision, &config, slug, "agent.update", json!({})).await
    }

    /// Makes an older version the draft.
    pub async fn restore(
        &self,
        actor: &Actor,
        agent: AgentId,
        number: u32,
        revision: Option<u64>,
    ) -> Result<Agent, Problem> {
        actor.require(Permission::AgentsWrite)?;
        let before = self.live(actor, agent).await?;
        let version = self.stored_version(actor, agent, number).await?;
        let revision = Some(revision.unwrap_or(before.agent.revision));
        let detail = json!({ "version": number });
        self.store_draft(actor, &before, revision, &version.config, None, "agent.restore", detail).await
    }

    #[expect(clippy::too_many_arguments, reason = "what an edit is, with its line in the audit log")]
    async fn store_draft(
        &self,
        actor: &Actor,
        before: &StoredAgent,
        revision: Option<u64>,
        config: &AgentConfig,
        slug: Option<String>,
        action: &'static str,
        mut detail: Value,
    ) -> Result<Agent, Problem> {
        self.check_tools(actor, config).await?;
        let agent = &before.agent;
        let revision = revision.ok_or_else(|| {
            Problem::new(
                Kind::RevisionRequired,
                format!("Send the revision your edit is based on, as \"revision\" or If-Match. The draft is at {}.", agent.revision),
            )
        })?;
        let mut fields: Vec<_> =
            changes(&agent.config, config).into_iter().map(|change| change.field).collect();
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let slug = match slug {
            Some(slug) => Some(free_slug(&tx, actor, slug).await?),
            None => None,
        };
        if let Some(slug) = &slug {
            fields.push("slug".into());
            detail["slug"] = json!(slug);
        }
        let edit = Edit { revision, at: self.0.now(), by: &actor.name };
        match storage::agents::update_draft(&tx, actor.workspace, agent.id, config, slug, edit).await {
            Ok(()) => {}
            Err(storage::Error::Stale) => {
                drop(tx);
                return Err(self.stale(actor, agent.id, revision).await?);
            }
            // Somebody else took the slug in this very moment.
            Err(storage::Error::Duplicate(_)) => return Err(taken()),
            Err(error) => return Err(error).or_internal("store a draft"),
        }
        detail["revision"] = json!(revision + 1);
        detail["changed"] = json!(fields);
        crate::audit::record(self.0, &tx, actor, action, agent.id.to_string(), &config.title, detail).await?;
        tx.commit().await.or_internal("commit")?;
        Ok(self.stored(actor, agent.id).await?.agent)
    }

    /// Refuses tools that are not there, and versions they do not have.
    async fn check_tools(&self, actor: &Actor, config: &AgentConfig) -> Result<(), Problem> {
        for wanted in &config.tools {
            let found = storage::tools::get(self.0.store(), actor.workspace, wanted.tool).await;
            let found = found.or_internal("read a tool of an agent")?;
            let missing = match found {
                None => format!("There is no tool {} here.", wanted.tool),
                Some(tool) if wanted.version.is_some_and(|version| version > tool.version) => {
                    format!("The newest version of {} is {}.", tool.config.name, tool.version)
                }
                Some(_) => continue,
            };
            return Err(Problem::field("tools", missing));
        }
        Ok(())
    }

    /// Stores the draft as a version and makes it the one that executions use.
    pub async fn publish(
        &self,
        actor: &Actor,
        agent: AgentId,
        draft: &PublishDraft,
    ) -> Result<AgentVersion, Problem> {
        actor.require(Permission::AgentsWrite)?;
        let note = text::optional_line(&draft.note, "note", 200)
            .map_err(|message| Problem::field("note", message))?;
        let before = self.live(actor, agent).await?.agent;
        if let Some(revision) = draft.revision.filter(|revision| *revision != before.revision) {
            return Err(self.stale(actor, agent, revision).await?);
        }
        before.config.ready()?;
        if before.config.runtime == Runtime::Toolhouse {
            let toolhouse = self.0.toolhouse();
            let connection = toolhouse.connection(actor.workspace).await?;
            toolhouse.ensure_copy(&connection, actor.workspace, agent, &before.config).await?;
        }
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let edit = Edit { revision: before.revision, at: self.0.now(), by: &actor.name };
        let number =
            match storage::agents::publish(&tx, actor.workspace, agent, &before.config, &note, edit).await {
                Ok(number) => number,
                Err(storage::Error::Stale) => {
                    drop(tx);
                    return Err(self.stale(actor, agent, before.revision).await?);
                }
                Err(error) => return Err(error).or_internal("store a version"),
            };
        let detail = json!({ "version": number, "note": note });
        crate::audit::record(
            self.0,
            &tx,
            actor,
            "agent.publish",
            agent.to_string(),
            &before.config.title,
            detail,
        )
        .await?;
        tx.commit().await.or_internal("commit")?;
        self.stored_version(actor, agent, number).await
    }

    /// Versions, newest first.
    pub async fn versions(&self, actor: &Actor, agent: AgentId) -> Result<Vec<AgentVersionRow>, Problem> {
        actor.require(Permission::AgentsRead)?;
        self.stored(actor, agent).await?;
        storage::agents::versions(self.0.store(), actor.workspace, agent).await.or_internal("list versions")
    }

    /// One version with its configuration.
    pub async fn version(&self, actor: &Actor, agent: AgentId, number: u32) -> Result<AgentVersion, Problem> {
        actor.require(Permission::AgentsRead)?;
        self.stored_version(actor, agent, number).await
    }

    /// The same for an answer to what the actor just did.
    async fn stored_version(
        &self,
        actor: &Actor,
        agent: AgentId,
        number: u32,
    ) -> Result<AgentVersion, Problem> {
        let found = storage::agents::version(self.0.store(), actor.workspace, agent, number).await;
        found.or_internal("read a version")?.ok_or_else(|| Problem::not_found("version"))
    }

    /// The fields in which two states differ; no number stands for the draft.
    pub async fn diff(
        &self,
        actor: &Actor,
        agent: AgentId,
        from: Option<u32>,
        to: Option<u32>,
    ) -> Result<Vec<Change>, Problem> {
        let mut sides = Vec::with_capacity(2);
        for side in [from, to] {
            sides.push(match side {
                None => self.get(actor, agent).await?.config,
                Some(number) => self.version(actor, agent, number).await?.config,
            });
        }
        Ok(changes(&sides[0], &sides[1]))
    }

    /// Takes the agent out of use. Its executions and versions stay. Archiving twice is no error.
    pub async fn archive(&self, actor: &Actor, agent: AgentId) -> Result<(), Problem> {
        actor.require(Permission::AgentsWrite)?;
        let before = self.stored(actor, agent).await?.agent;
        let tx = self.0.store().begin().await.or_internal("begin")?;
        if storage::agents::archive(&tx, actor.workspace, agent, self.0.now())
            .await
            .or_internal("archive an agent")?
        {
            let title = &before.config.title;
            crate::audit::record(self.0, &tx, actor, "agent.archive", agent.to_string(), title, json!({}))
                .await?;
        }
        tx.commit().await.or_internal("commit")
    }

    async fn stored(&self, actor: &Actor, agent: AgentId) -> Result<StoredAgent, Problem> {
        let found = storage::agents::get(self.0.store(), actor.workspace, agent)
            .await
            .or_internal("read an agent")?;
        found.ok_or_else(|| Problem::not_found("agent"))
    }

    /// An agent that may still be changed.
    async fn live(&self, actor: &Actor, agent: AgentId) -> Result<StoredAgent, Problem> {
        let stored = self.stored(actor, agent).await?;
        if stored.agent.archived_at.is_some() {
            return Err(Problem::new(Kind::Archived, "This agent is archived and can no longer be changed."));
        }
        Ok(stored)
    }

    /// Says who changed what since the revision an edit was based on, if there ever was such a one.
    async fn stale(&self, actor: &Actor, agent: AgentId, revision: u64) -> Result<Problem, Problem> {
        let now = self.stored(actor, agent).await?.agent;
        if revision > now.revision {
            let message = format!("There is no revision {revision} yet. The draft is at {}.", now.revision);
            return Ok(Problem::field("revision", message));
        }
        let later =
            storage::audit::latest_for_target(self.0.store(), actor.workspace, &agent.to_string(), revision)
                .await;
        let later = later.or_internal("read who changed an agent")?;
        Ok(edit::stale_problem(&now, revision, &later))
    }
}
