//! Accepting an invitation, as somebody new or as somebody with an account.

use domain::accounts::{AccountDraft, Email, LinkKind, User};
use domain::ids::WorkspaceId;
use domain::workspaces::Workspace;
use domain::{Kind, Problem};
use serde_json::json;
use storage::Tx;
use storage::links::Link;

use super::{Accounts, Origin, Person, SignedIn, Stay};
use crate::Fault as _;
use crate::audit::{actor_of, record};

impl Accounts<'_> {
    /// Makes an account with an invitation and signs in. The account gets the invited address.
    pub async fn accept_invitation(
        &self,
        token: &str,
        draft: AccountDraft,
        origin: &Origin,
    ) -> Result<SignedIn, Problem> {
        let services = self.0;
        let new = draft.parse()?;
        let link = self.open_link(token, Some(LinkKind::Invitation)).await?;
        check_address(&link, new.email.as_str())?;
        let known = storage::accounts::by_email(services.store(), new.email.as_str()).await;
        if known.or_internal("look up an account")?.is_some() {
            let message = "There is an account with this address already. Sign in, then open the link again.";
            return Err(Problem::field("email", message));
        }
        let hash = services.passwords().hash(new.password.clone()).await?;

        let tx = services.store().begin().await.or_internal("begin to accept an invitation")?;
        self.consume_link(&tx, &link).await?;
        let user = self.insert_user(&tx, &new, &hash).await?;
        let session = self.open_session(&tx, &user, Stay::Short, origin).await?;
        let person = Person { user, session: session.id };
        self.join_in(&tx, &link, &person, origin).await?;
        tx.commit().await.or_internal("accept an invitation")?;
        self.signed_in(person.user, &session)
    }

    /// Joins a workspace with an invitation, as somebody who is signed in.
    pub async fn join(&self, person: &Person, token: &str, origin: &Origin) -> Result<Workspace, Problem> {
        let link = self.open_link(token, Some(LinkKind::Invitation)).await?;
        check_address(&link, &person.user.email)?;
        let tx = self.0.store().begin().await.or_internal("begin to accept an invitation")?;
        self.consume_link(&tx, &link).await?;
        let workspace = self.join_in(&tx, &link, person, origin).await?;
        tx.commit().await.or_internal("accept an invitation")?;
        Ok(workspace)
    }

    async fn join_in(
        &self,
        tx: &Tx,
        link: &Link,
        person: &Person,
        origin: &Origin,
    ) -> Result<Workspace, Problem> {
        let services = self.0;
        let (Some(workspace), Some(role)) = (link.workspace, link.role) else {
            return Err(super::links::expired());
        };
        let User { id, email, .. } = &person.user;
        let now = services.now();
        match storage::workspaces::add_member(tx, workspace, *id, role, link.sees_payloads, now).await {
            Err(storage::Error::Duplicate(_)) => {
                return Err(Problem::new(Kind::Conflict, "You belong to this workspace already."));
            }
            added => added.or_internal("add a member")?,
        }
        let membership = self.membership(tx, person, workspace).await?;
        let mut actor = actor_of(&membership, &person.user, person.session);
        origin.mark(&mut actor);
        let detail = json!({ "role": role, "invited_by": link.created_by });
        record(services, tx, &actor, "member.join", id.to_string(), email, detail).await?;
        Ok(membership.workspace)
    }

    async fn membership(
        &self,
        tx: &Tx,
        person: &Person,
        workspace: WorkspaceId,
    ) -> Result<domain::workspaces::Membership, Problem> {
        let all =
            storage::workspaces::memberships(tx, person.user.id).await.or_internal("list memberships")?;
        all.into_iter()
            .find(|membership| membership.workspace.id == workspace)
            .ok_or_else(super::links::expired)
    }
}

/// An invitation works for the address it was made for, even when somebody passes it on.
fn check_address(link: &Link, email: &str) -> Result<(), Problem> {
    let given = Email::parse(email).map_err(|message| Problem::field("email", message))?;
    if link.email.as_deref() == Some(given.as_str()) {
        return Ok(());
    }
    Err(Problem::field(
        "email",
        "This invitation was made for another address. Use that one, or ask for a new invitation.",
    ))
}
