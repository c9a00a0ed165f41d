//! Tools: made, changed, tried out, and called by the engine.
//!
//! Every change is a version of its own that never changes again. A change names the version it is
//! based on; whoever comes second is told. Tools that use secrets are made by those who may set them,
//! because a tool decides where a secret is sent.

mod builtin;
mod call;
mod http;
mod schema;

use domain::ids::{Id as _, ToolId};
use domain::paging::{List, Page, PageRequest};
use domain::tools::{
    CallReport, Tool, ToolConfig, ToolDraft, ToolRow, ToolUser, ToolVersion, ToolVersionRow,
};
use domain::{Actor, Kind, Permission, Problem};
use serde_json::{Value, json};
use storage::tools::Edit;

use crate::{Fault, Services};

/// Operations on tools.
#[derive(Debug, Clone, Copy)]
pub struct Tools<'a>(pub(crate) &'a Services);

impl Services {
    /// Operations on tools.
    pub fn tools(&self) -> Tools<'_> {
        Tools(self)
    }
}

impl Tools<'_> {
    /// A page of tools, newest first; the archived ones if asked for.
    pub async fn list(
        &self,
        actor: &Actor,
        archived: bool,
        page: PageRequest,
    ) -> Result<Page<ToolRow>, Problem> {
        actor.require(Permission::ToolsRead)?;
        let mut rows = storage::tools::list(self.0.store(), actor.workspace, archived, page)
            .await
            .or_internal("list tools")?;
        let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        let next_cursor = rows.last().filter(|_| more).map(|row| List::Tools.cursor(row.id.bytes()));
        Ok(Page { items: rows, next_cursor })
    }

    /// One tool with its newest definition.
    pub async fn get(&self, actor: &Actor, tool: ToolId) -> Result<Tool, Problem> {
        actor.require(Permission::ToolsRead)?;
        self.stored(actor, tool).await
    }

    /// Versions, newest first.
    pub async fn versions(&self, actor: &Actor, tool: ToolId) -> Result<Vec<ToolVersionRow>, Problem> {
        self.get(actor, tool).await?;
        storage::tools::versions(self.0.store(), actor.workspace, tool).await.or_internal("list versions")
    }

    /// One version with its definition.
    pub async fn version(&self, actor: &Actor, tool: ToolId, number: u32) -> Result<ToolVersion, Problem> {
        actor.require(Permission::ToolsRead)?;
        let found = storage::tools::version(self.0.store(), actor.workspace, tool, number).await;
        found.or_internal("read a version")?.ok_or_else(|| Problem::not_found("version"))
    }

    /// Agents that have the tool.
    pub async fn users(&self, actor: &Actor, tool: ToolId) -> Result<Vec<ToolUser>, Problem> {
        actor.require(Permission::AgentsRead)?;
        self.get(actor, tool).await?;
        storage::tools::users(self.0.store(), actor.workspace, tool).await.or_internal("list who uses a tool")
    }

    /// Makes a tool.
    pub async fn create(&self, actor: &Actor, draft: &ToolDraft) -> Result<Tool, Problem> {
        let config = self.parse(actor, draft)?;
        let id: ToolId = self.0.id();
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let edit = Edit { config: &config, note: draft.note.trim(), by: &actor.name, at: self.0.now() };
        match storage::tools::insert(&tx, actor.workspace, id, edit).await {
            Err(storage::Error::Duplicate(_)) => return Err(name_taken()),
            stored => stored.or_internal("store a tool")?,
        }
        let detail = json!({ "kind": config.action.kind() });
        crate::audit::record(self.0, &tx, actor, "tool.create", id.to_string(), &config.name, detail).await?;
        tx.commit().await.or_internal("commit")?;
        self.stored(actor, id).await
    }

    /// Makes the next version of a tool from what was typed.
    pub async fn update(
        &self,
        actor: &Actor,
        tool: ToolId,
        based_on: Option<u32>,
        draft: &ToolDraft,
    ) -> Result<Tool, Problem> {
        let config = self.parse(actor, draft)?;
        self.store(actor, tool, based_on, &config, draft.note.trim(), "tool.update").await
    }

    /// Makes an older version the newest.
    pub async fn restore(&self, actor: &Actor, tool: ToolId, number: u32) -> Result<Tool, Problem> {
        actor.require(Permission::ToolsWrite)?;
        let now = self.stored(actor, tool).await?;
        let version = storage::tools::version(self.0.store(), actor.workspace, tool, number)
            .await
            .or_internal("read a version")?
            .ok_or_else(|| Problem::not_found("version"))?;
        may_use_secrets(actor, &version.config)?;
        let note = format!("Version {number} again");
        self.store(actor, tool, Some(now.version), &version.config, &note, "tool.restore").await
    }

    /// Takes the tool out of use; agents that have it are not offered it any more. Archiving twice is no
    /// error.
    pub async fn archive(&self, actor: &Actor, tool: ToolId) -> Result<(), Problem> {
        actor.require(Permission::ToolsWrite)?;
        let before = self.stored(actor, tool).await?;
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let archived = storage::tools::archive(&tx, actor.workspace, tool, self.0.now()).await;
        if archived.or_internal("archive a tool")? {
            let (id, name) = (tool.to_string(), &before.config.name);
            crate::audit::record(self.0, &tx, actor, "tool.archive", id, name, json!({})).await?;
        }
        tx.commit().await.or_internal("commit")
    }

    /// Calls the tool once, outside of any execution, and shows everything about it.
    pub async fn test(&self, actor: &Actor, tool: ToolId, arguments: &Value) -> Result<CallReport, Problem> {
        actor.require(Permission::ToolsWrite)?;
        let stored = self.stored(actor, tool).await?;
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let (id, name) = (tool.to_string(), &stored.config.name);
        let detail = json!({ "version": stored.version });
        crate::audit::record(self.0, &tx, actor, "tool.test", id, name, detail).await?;
        tx.commit().await.or_internal("commit")?;
        Ok(self.call(actor.workspace, &stored.config, arguments).await)
    }

    /// The same with arguments as they were typed.
    pub async fn test_typed(&self, actor: &Actor, tool: ToolId, typed: &str) -> Result<CallReport, Problem> {
        actor.require(Permission::ToolsWrite)?;
        let text = if typed.trim().is_empty() { "{}" } else { typed };
        let arguments: Value = serde_json::from_str(text).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            Problem::field("arguments", format!("The arguments are no JSON at {place}."))
        })?;
        self.test(actor, tool, &arguments).await
    }

    async fn store(
        &self,
        actor: &Actor,
        tool: ToolId,
        based_on: Option<u32>,
        config: &ToolConfig,
        note: &str,
        action: &'static str,
    ) -> Result<Tool, Problem> {
        let before = self.stored(actor, tool).await?;
        if before.archived_at.is_some() {
            return Err(Problem::new(Kind::Conflict, "This tool is archived and can no longer be changed."));
        }
        let based_on = based_on.ok_or_else(|| {
            let message = format!(
                "Send the version your change is based on as If-Match. The newest is {}.",
                before.version
            );
            Problem::new(Kind::RevisionRequired, message)
        })?;
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let edit = Edit { config, note, by: &actor.name, at: self.0.now() };
        match storage::tools::update(&tx, actor.workspace, tool, based_on, edit).await {
            Err(storage::Error::Duplicate(_)) => return Err(name_taken()),
            Err(storage::Error::Stale) => {
                let message = format!(
                    "Your change is based on version {based_on}, but {} made version {} meanwhile. Look at it, then change it again.",
                    before.updated_by, before.version
                );
                return Err(Problem::new(Kind::StaleRevision, message));
            }
            stored => stored.or_internal("store a version")?,
        }
        let detail = json!({ "version": based_on + 1, "note": note });
        crate::audit::record(self.0, &tx, actor, action, tool.to_string(), &config.name, detail).await?;
        tx.commit().await.or_internal("commit")?;
        self.stored(actor, tool).await
    }

    /// The definition, after everything that needs more than the text was checked.
    fn parse(self, actor: &Actor, draft: &ToolDraft) -> Result<ToolConfig, Problem> {
        actor.require(Permission::ToolsWrite)?;
        let config = draft.parse()?;
        schema::check_config(&config)?;
        if let domain::tools::ToolAction::Http(tool) = &config.action {
            http::check(&self.0.upstream().guard, tool)?;
        }
        may_use_secrets(actor, &config)?;
        Ok(config)
    }

    async fn stored(&self, actor: &Actor, tool: ToolId) -> Result<Tool, Problem> {
        let found = storage::tools::get(self.0.store(), actor.workspace, tool).await;
        found.or_internal("read a tool")?.ok_or_else(|| Problem::not_found("tool"))
    }
}

fn may_use_secrets(actor: &Actor, config: &ToolConfig) -> Result<(), Problem> {
    if config.secrets().is_empty() { Ok(()) } else { actor.require(Permission::SecretsWrite) }
}

fn name_taken() -> Problem {
    Problem::field("name", "There is a tool of this name, in use or archived. Choose another name.")
}
