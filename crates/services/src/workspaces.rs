//! Workspaces and who belongs to them.
//!
//! Every workspace has an owner at any time; only owners touch owners. Somebody who may not see
//! inputs and outputs cannot give that right, to themselves or to whom they invite.

mod members;

use domain::accounts::User;
use domain::ids::UserId;
use domain::text::slugify;
use domain::workspaces::{Role, Workspace, parse_name};
use domain::{Actor, Problem};
use serde_json::json;
use storage::Tx;

use crate::{Fault as _, Services, audit};

impl Services {
    /// Workspaces and their members.
    pub fn workspaces(&self) -> Workspaces<'_> {
        Workspaces(self)
    }
}

/// Workspaces and their members.
#[derive(Debug, Clone, Copy)]
pub struct Workspaces<'a>(pub(crate) &'a Services);

impl Workspaces<'_> {
    /// Makes a workspace with its first owner.
    pub async fn create(&self, name: &str, owner: UserId) -> Result<Workspace, Problem> {
        let services = self.0;
        let name = parse_name(name)?;
        let tx = services.store().begin().await.or_internal("begin to make a workspace")?;
        let user = storage::accounts::get(&tx, owner).await.or_internal("look up an account")?;
        let user = user.ok_or_else(|| Problem::not_found("account"))?;
        let workspace = create_in(services, &tx, &name).await?;
        storage::workspaces::add_member(&tx, workspace.id, owner, Role::Owner, true, services.now())
            .await
            .or_internal("add the first member")?;
        record_created(services, &tx, &workspace, &user).await?;
        tx.commit().await.or_internal("make a workspace")?;
        Ok(workspace)
    }

    /// The workspace that somebody acts in.
    pub async fn of(&self, actor: &Actor) -> Result<Workspace, Problem> {
        let found = storage::workspaces::get(self.0.store(), actor.workspace).await;
        found.or_internal("read a workspace")?.ok_or_else(|| Problem::not_found("workspace"))
    }

    /// The workspace with a slug, for the command line; people enter through
    /// [`crate::accounts::Accounts::enter`], which checks that they belong.
    pub async fn get(&self, slug: &str) -> Result<Workspace, Problem> {
        let found = storage::workspaces::by_slug(self.0.store(), slug).await;
        found.or_internal("look up a workspace")?.ok_or_else(|| Problem::not_found("workspace"))
    }
}

/// Adds a workspace under a free slug made from its name.
pub(crate) async fn create_in(services: &Services, tx: &Tx, name: &str) -> Result<Workspace, Problem> {
    let base = match slugify(name, "workspace") {
        short if short.len() < 2 => format!("workspace-{short}"),
        base => base,
    };
    let mut slug = base.clone();
    let mut number = 1_u32;
    while storage::workspaces::by_slug(tx, &slug).await.or_internal("look for a free address")?.is_some() {
        number += 1;
        let room = base.len().min(40);
        slug = format!("{}-{number}", base[..room].trim_end_matches('-'));
    }
    let workspace = Workspace { id: services.id(), slug, name: name.to_owned(), created_at: services.now() };
    storage::workspaces::insert(tx, &workspace).await.or_internal("store a workspace")?;
    Ok(workspace)
}

/// The first row of a workspace's audit log.
pub(crate) async fn record_created(
    services: &Services,
    tx: &Tx,
    workspace: &Workspace,
    owner: &User,
) -> Result<(), Problem> {
    let actor = Actor::system(workspace.id);
    let detail = json!({ "slug": workspace.slug, "owner": owner.email });
    audit::record(services, tx, &actor, "workspace.create", workspace.id.to_string(), &workspace.name, detail)
        .await
}
