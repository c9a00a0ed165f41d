//! The audit log: one row for each change, committed together with it.

use domain::access::Principal;
use domain::accounts::User;
use domain::audit::{AuditFilter, AuditRow};
use domain::ids::SessionId;
use domain::paging::{Page, PageRequest};
use domain::workspaces::Membership;
use domain::{Actor, Permission, Problem};
use serde_json::Value;
use storage::Tx;

use crate::accounts::Origin;
use crate::{Fault as _, Services};

impl Services {
    /// Reading the audit log.
    pub fn audit(&self) -> Audit<'_> {
        Audit(self)
    }
}

/// Reading the audit log.
#[derive(Debug, Clone, Copy)]
pub struct Audit<'a>(pub(crate) &'a Services);

impl Audit<'_> {
    /// Rows newest first, one page at a time. Empty filters count as absent.
    pub async fn list(
        &self,
        actor: &Actor,
        filter: AuditFilter,
        page: PageRequest,
    ) -> Result<Page<AuditRow>, Problem> {
        actor.require(Permission::AuditRead)?;
        let given = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        let filter = AuditFilter {
            action: given(filter.action),
            actor: given(filter.actor),
            target: given(filter.target),
        };
        storage::audit::list(self.0.store(), actor.workspace, &filter, page)
            .await
            .or_internal("list the audit log")
    }
}

/// Adds a row to the transaction of the change it tells about. `detail` names fields, never secret
/// values.
pub(crate) async fn record(
    services: &Services,
    tx: &Tx,
    actor: &Actor,
    action: &'static str,
    target: String,
    target_name: &str,
    detail: Value,
) -> Result<(), Problem> {
    let row = row(services, actor, action, target, target_name, detail);
    storage::audit::insert(tx, actor.workspace, &row).await.or_internal("write the audit log")
}

/// The same row, for a change that stores it itself.
pub(crate) fn row(
    services: &Services,
    actor: &Actor,
    action: &'static str,
    target: String,
    target_name: &str,
    detail: Value,
) -> AuditRow {
    AuditRow {
        id: services.id(),
        at: services.now(),
        actor_kind: actor.kind().to_owned(),
        actor: actor.name.clone(),
        action: action.to_owned(),
        target,
        target_name: target_name.to_owned(),
        detail,
        address: actor.address.clone(),
        request_id: actor.request_id.clone(),
    }
}

/// Something that happened to a person's account and not to a workspace.
pub(crate) struct AccountEvent<'a> {
    /// Whose account.
    pub(crate) user: &'a User,
    /// The session the person acted from; `None` when it was not proven to be them.
    pub(crate) session: Option<SessionId>,
    /// From where.
    pub(crate) origin: Option<&'a Origin>,
    /// What: a verb such as `session.sign_in`.
    pub(crate) action: &'static str,
    /// Named fields.
    pub(crate) detail: Value,
}

/// Adds a row about an account to each workspace the person belongs to.
pub(crate) async fn record_account(
    services: &Services,
    tx: &Tx,
    event: AccountEvent<'_>,
) -> Result<(), Problem> {
    let user = event.user;
    let memberships = storage::workspaces::memberships(tx, user.id).await.or_internal("list memberships")?;
    for membership in memberships {
        let mut actor = match event.session {
            Some(session) => actor_of(&membership, user, session),
            None => Actor::system(membership.workspace.id),
        };
        if let Some(origin) = event.origin {
            origin.mark(&mut actor);
        }
        let target = user.id.to_string();
        record(services, tx, &actor, event.action, target, &user.email, event.detail.clone()).await?;
    }
    Ok(())
}

/// A person acting in a workspace they belong to.
pub(crate) fn actor_of(membership: &Membership, user: &User, session: SessionId) -> Actor {
    Actor {
        workspace: membership.workspace.id,
        principal: Principal::Person { user: user.id, session, role: membership.role },
        name: user.email.clone(),
        grants: domain::access::Grants::of_role(membership.role, membership.sees_payloads),
        address: None,
        request_id: None,
    }
}
