//! The first account. There is no default password: whoever starts the server is shown a link.

use domain::Problem;
use domain::accounts::{AccountDraft, LinkKind, NewAccount, User};
use domain::problem::Fields;
use domain::workspaces::Role;
use storage::Tx;

use super::links::{DAY, NewLink};
use super::{Accounts, Origin, SignedIn, Stay};
use crate::Fault as _;
use crate::workspaces::{create_in, record_created};

/// What the first workspace is called unless somebody chooses.
pub(super) const WORKSPACE: &str = "My workspace";

impl Accounts<'_> {
    /// True as long as there is no account.
    pub async fn setup_needed(&self) -> Result<bool, Problem> {
        Ok(!storage::accounts::any(self.0.store()).await.or_internal("look for accounts")?)
    }

    /// A fresh link to make the first account, in place of earlier ones; `None` when there is one.
    pub async fn setup_link(&self) -> Result<Option<String>, Problem> {
        let tx = self.0.store().begin().await.or_internal("begin to make a link")?;
        if storage::accounts::any(&tx).await.or_internal("look for accounts")? {
            return Ok(None);
        }
        storage::links::remove_setup(&tx).await.or_internal("remove earlier links")?;
        let address = self.make_link(&tx, LinkKind::Setup, NewLink::default(), DAY, "system").await?;
        tx.commit().await.or_internal("make a link")?;
        Ok(Some(address))
    }

    /// Makes the first account and its workspace, and signs in.
    pub async fn setup(
        &self,
        token: &str,
        draft: AccountDraft,
        workspace_name: &str,
        origin: &Origin,
    ) -> Result<SignedIn, Problem> {
        let services = self.0;
        let (new, workspace_name) = parse(&draft, workspace_name)?;
        let link = self.open_link(token, Some(LinkKind::Setup)).await?;
        let hash = services.passwords().hash(new.password.clone()).await?;

        let tx = services.store().begin().await.or_internal("begin the setup")?;
        self.consume_link(&tx, &link).await?;
        if storage::accounts::any(&tx).await.or_internal("look for accounts")? {
            return Err(super::links::expired());
        }
        let user = self.insert_user(&tx, &new, &hash).await?;
        let workspace = create_in(services, &tx, &workspace_name).await?;
        let now = services.now();
        storage::workspaces::add_member(&tx, workspace.id, user.id, Role::Owner, true, now)
            .await
            .or_internal("add the first member")?;
        let session = self.open_session(&tx, &user, Stay::Short, origin).await?;
        record_created(services, &tx, &workspace, &user).await?;
        self.record(&tx, &user, Some(session.id), Some(origin), "account.setup").await?;
        tx.commit().await.or_internal("finish the setup")?;
        tracing::info!(user.id = %user.id, workspace.id = %workspace.id, "made the first account");
        self.signed_in(user, &session)
    }

    /// Adds a person; a taken address is a problem of the field.
    pub(super) async fn insert_user(&self, tx: &Tx, new: &NewAccount, hash: &str) -> Result<User, Problem> {
        let user = User {
            id: self.0.id(),
            email: new.email.as_str().to_owned(),
            name: new.name.clone(),
            created_at: self.0.now(),
        };
        match storage::accounts::insert(tx, &user, hash).await {
            Err(storage::Error::Duplicate(_)) => {
                Err(Problem::field("email", "There is an account with this address already."))
            }
            inserted => inserted.or_internal("add an account").map(|()| user),
        }
    }
}

fn parse(draft: &AccountDraft, workspace_name: &str) -> Result<(NewAccount, String), Problem> {
    let name = if workspace_name.trim().is_empty() { WORKSPACE } else { workspace_name };
    let mut fields = Fields::default();
    let name = fields.take("workspace", domain::text::line(name, "workspace name", 80));
    match (draft.parse(), name) {
        (Ok(new), Some(name)) => Ok((new, name)),
        (Ok(_), None) => Err(fields.problem()),
        (Err(problem), _) => {
            let mut all = Fields::default();
            for error in problem.fields {
                all.add(error.field, error.message);
            }
            if let Some(message) = fields.problem().for_field("workspace") {
                all.add("workspace", message);
            }
            Err(all.problem())
        }
    }
}
