//! For whoever runs the server: they hold the database anyway, so nothing is asked of them.

use domain::accounts::{AccountDraft, Email, User};
use domain::workspaces::{Role, Workspace};
use domain::{Actor, Problem};
use serde_json::json;
use storage::Tx;

use super::Accounts;
use crate::Fault as _;
use crate::audit::record;
use crate::workspaces::{create_in, record_created};

impl Accounts<'_> {
    /// The person with an address.
    pub async fn by_email(&self, email: &str) -> Result<User, Problem> {
        let email = Email::parse(email).map_err(|message| Problem::field("email", message))?;
        let found = storage::accounts::by_email(self.0.store(), email.as_str()).await;
        found.or_internal("look up an account")?.ok_or_else(|| Problem::not_found("account"))
    }

    /// Makes an account and its membership of the workspace with the given name or slug, which is
    /// made when it is missing. Without one: the only workspace there is, or a new one.
    pub async fn create_user(
        &self,
        draft: AccountDraft,
        role: Role,
        workspace: Option<&str>,
    ) -> Result<(User, Workspace), Problem> {
        let services = self.0;
        let new = draft.parse()?;
        let hash = services.passwords().hash(new.password.clone()).await?;

        let tx = services.store().begin().await.or_internal("begin to make an account")?;
        let user = self.insert_user(&tx, &new, &hash).await?;
        let (workspace, is_new) = match self.existing(&tx, workspace).await? {
            Choice::There(workspace) => (workspace, false),
            Choice::Missing(name) if role == Role::Owner => (create_in(services, &tx, &name).await?, true),
            Choice::Missing(_) => {
                return Err(Problem::field(
                    "role",
                    "The first member of a workspace is its owner. Choose the role owner.",
                ));
            }
        };
        storage::workspaces::add_member(&tx, workspace.id, user.id, role, true, services.now())
            .await
            .or_internal("add a member")?;
        if is_new {
            record_created(services, &tx, &workspace, &user).await?;
        }
        let actor = Actor::system(workspace.id);
        let detail = json!({ "role": role });
        record(services, &tx, &actor, "member.create", user.id.to_string(), &user.email, detail).await?;
        tx.commit().await.or_internal("make an account")?;
        Ok((user, workspace))
    }

    async fn existing(&self, tx: &Tx, wanted: Option<&str>) -> Result<Choice, Problem> {
        let mut all = storage::workspaces::all(tx).await.or_internal("list workspaces")?;
        let Some(wanted) = wanted.map(str::trim).filter(|wanted| !wanted.is_empty()) else {
            return match all.len() {
                0 => Ok(Choice::Missing(super::setup::WORKSPACE.to_owned())),
                1 => Ok(Choice::There(all.remove(0))),
                _ => Err(Problem::field("workspace", "There are several workspaces. Say which one.")),
            };
        };
        if let Some(place) = all.iter().position(|workspace| workspace.slug == wanted) {
            return Ok(Choice::There(all.remove(place)));
        }
        let mut named = all.into_iter().filter(|workspace| workspace.name == wanted);
        match (named.next(), named.next()) {
            (Some(one), None) => Ok(Choice::There(one)),
            (Some(_), Some(_)) => {
                Err(Problem::field("workspace", "Several workspaces have this name. Give the slug."))
            }
            (None, _) => {
                let name = domain::text::line(wanted, "workspace name", 80);
                name.map(Choice::Missing).map_err(|message| Problem::field("workspace", message))
            }
        }
    }
}

enum Choice {
    There(Workspace),
    Missing(String),
}
