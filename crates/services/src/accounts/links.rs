//! One-time links: making, looking at and using them, and resetting a password with one.

use std::time::Duration;

use domain::accounts::{LinkInfo, LinkKind, parse_password};
use domain::ids::{UserId, WorkspaceId};
use domain::secrets::SecretText;
use domain::workspaces::Role;
use domain::{Kind, Problem};
use storage::Tx;
use storage::links::Link;

use super::{Accounts, Origin};
use crate::Fault as _;
use crate::hub::News;

/// How long links for setup and resets work.
pub(super) const DAY: Duration = Duration::from_hours(24);

/// What a new link is for.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewLink {
    pub(crate) workspace: Option<WorkspaceId>,
    pub(crate) user: Option<UserId>,
    pub(crate) email: Option<String>,
    pub(crate) role: Option<Role>,
    pub(crate) without_payloads: bool,
}

impl Accounts<'_> {
    /// What the page of a link may show. Asks nothing of whoever holds the link.
    pub async fn link_info(&self, token: &str) -> Result<LinkInfo, Problem> {
        let store = self.0.store();
        let link = self.open_link(token, None).await?;
        let workspace = match link.workspace {
            Some(id) => storage::workspaces::get(store, id).await.or_internal("look up a workspace")?,
            None => None,
        };
        let user = match link.user {
            Some(id) => storage::accounts::get(store, id).await.or_internal("look up an account")?,
            None => None,
        };
        let email = link.email.or(user.map(|user| user.email));
        Ok(LinkInfo { kind: link.kind, email, workspace: workspace.map(|workspace| workspace.name) })
    }

    /// Makes a link with which a person sets a new password, in place of earlier ones. For the
    /// command line.
    pub async fn reset_link(&self, email: &str) -> Result<String, Problem> {
        let user = self.by_email(email).await?;
        let tx = self.0.store().begin().await.or_internal("begin to make a link")?;
        storage::links::remove_resets(&tx, user.id).await.or_internal("remove earlier links")?;
        let link = NewLink { user: Some(user.id), ..NewLink::default() };
        let address = self.make_link(&tx, LinkKind::Reset, link, DAY, "system").await?;
        self.record(&tx, &user, None, None, "account.reset_link").await?;
        tx.commit().await.or_internal("make a link")?;
        Ok(address)
    }

    /// Sets a new password with a reset link. Ends every session and opens the lock.
    pub async fn reset_password(&self, token: &str, new: SecretText, origin: &Origin) -> Result<(), Problem> {
        let services = self.0;
        let new = parse_password(&new).map_err(|message| Problem::field("password", message))?;
        let link = self.open_link(token, Some(LinkKind::Reset)).await?;
        let person = link.user.ok_or_else(expired)?;
        let hash = services.passwords().hash(new).await?;

        let tx = services.store().begin().await.or_internal("begin to reset a password")?;
        let now = services.now();
        self.consume_link(&tx, &link).await?;
        let user = storage::accounts::get(&tx, person).await.or_internal("look up an account")?;
        let user = user.ok_or_else(expired)?;
        storage::accounts::set_password(&tx, user.id, &hash).await.or_internal("set a password")?;
        let ended =
            storage::sessions::revoke_all(&tx, user.id, None, now).await.or_internal("revoke sessions")?;
        self.record(&tx, &user, None, Some(origin), "account.password_reset").await?;
        tx.commit().await.or_internal("reset a password")?;
        for session in ended {
            services.hub().tell(News::SessionEnded(session));
        }
        Ok(())
    }

    /// Stores a link and gives its address, which is the only place its token is ever seen.
    pub(crate) async fn make_link(
        &self,
        tx: &Tx,
        kind: LinkKind,
        new: NewLink,
        life: Duration,
        by: &str,
    ) -> Result<String, Problem> {
        let services = self.0;
        let token = crate::crypto::random_text(services.entropy());
        let now = services.now();
        let link = Link {
            id: services.id(),
            kind,
            workspace: new.workspace,
            user: new.user,
            email: new.email,
            role: new.role,
            sees_payloads: !new.without_payloads,
            created_by: by.to_owned(),
            created_at: now,
            expires_at: now.plus(life),
            used_at: None,
        };
        let hash = services.keyring().link_hash(&token);
        storage::links::insert(tx, &link, &hash).await.or_internal("store a link")?;
        Ok(format!("{}/{}?token={token}", services.public_url(), kind.word()))
    }

    /// A link that still works, of the expected kind.
    pub(super) async fn open_link(&self, token: &str, kind: Option<LinkKind>) -> Result<Link, Problem> {
        let services = self.0;
        let hash = services.keyring().link_hash(token.trim());
        let found = storage::links::find(services.store(), &hash).await.or_internal("look up a link")?;
        let works = |link: &Link| {
            link.used_at.is_none()
                && link.expires_at > services.now()
                && kind.is_none_or(|kind| link.kind == kind)
        };
        found.filter(works).ok_or_else(expired)
    }

    /// Uses a link up. Of two callers one is refused.
    pub(super) async fn consume_link(&self, tx: &Tx, link: &Link) -> Result<(), Problem> {
        match storage::links::consume(tx, link.id, self.0.now()).await {
            Err(storage::Error::Stale) => Err(expired()),
            used => used.or_internal("use a link"),
        }
    }
}

pub(super) fn expired() -> Problem {
    Problem::new(
        Kind::LinkExpired,
        "This link has been used, has expired or was replaced. Ask for a new one.",
    )
}
