//! Members and invitations of a workspace.

use std::time::Duration;

use domain::access::Principal;
use domain::accounts::LinkKind;
use domain::ids::{LinkId, UserId};
use domain::workspaces::{Invitation, InvitationDraft, Member, Role};
use domain::{Actor, Kind, Permission, Problem};
use serde_json::json;
use storage::Tx;

use super::Workspaces;
use crate::accounts::NewLink;
use crate::hub::News;
use crate::{Fault as _, audit};

/// How long an invitation works.
const INVITATION_LIFE: Duration = Duration::from_hours(7 * 24);

impl Workspaces<'_> {
    /// Members by address.
    pub async fn members(&self, actor: &Actor) -> Result<Vec<Member>, Problem> {
        actor.require(Permission::MembersRead)?;
        storage::workspaces::members(self.0.store(), actor.workspace).await.or_internal("list members")
    }

    /// Invitations that still work, newest first.
    pub async fn invitations(&self, actor: &Actor) -> Result<Vec<Invitation>, Problem> {
        actor.require(Permission::MembersWrite)?;
        let now = self.0.now();
        storage::links::invitations(self.0.store(), actor.workspace, now)
            .await
            .or_internal("list invitations")
    }

    /// Makes an invitation, in place of an earlier one for the same address, and gives its link.
    pub async fn invite(&self, actor: &Actor, draft: InvitationDraft) -> Result<String, Problem> {
        let services = self.0;
        let (email, role) = draft.parse()?;
        actor.require(Permission::MembersWrite)?;
        only_owners_touch_owners(actor, role)?;

        let tx = services.store().begin().await.or_internal("begin to invite somebody")?;
        let members = storage::workspaces::members(&tx, actor.workspace).await.or_internal("list members")?;
        if members.iter().any(|member| member.email == email.as_str()) {
            return Err(Problem::field("email", "This person belongs to the workspace already."));
        }
        storage::links::remove_invitations_of(&tx, actor.workspace, email.as_str())
            .await
            .or_internal("remove earlier invitations")?;
        let link = NewLink {
            workspace: Some(actor.workspace),
            email: Some(email.as_str().to_owned()),
            role: Some(role),
            without_payloads: !actor.may(Permission::PayloadsRead),
            ..NewLink::default()
        };
        let address = services
            .accounts()
            .make_link(&tx, LinkKind::Invitation, link, INVITATION_LIFE, &actor.name)
            .await?;
        let detail = json!({ "role": role });
        audit::record(services, &tx, actor, "member.invite", email.to_string(), email.as_str(), detail)
            .await?;
        tx.commit().await.or_internal("invite somebody")?;
        Ok(address)
    }

    /// Makes an invitation's link useless.
    pub async fn withdraw_invitation(&self, actor: &Actor, invitation: LinkId) -> Result<(), Problem> {
        let services = self.0;
        actor.require(Permission::MembersWrite)?;
        let tx = services.store().begin().await.or_internal("begin to withdraw an invitation")?;
        let open = storage::links::invitations(&tx, actor.workspace, services.now()).await;
        let found = open.or_internal("list invitations")?.into_iter().find(|open| open.id == invitation);
        let found = found.ok_or_else(|| Problem::not_found("invitation"))?;
        only_owners_touch_owners(actor, found.role)?;
        storage::links::remove_invitation(&tx, actor.workspace, invitation)
            .await
            .or_internal("remove an invitation")?;
        let detail = json!({ "role": found.role });
        audit::record(
            services,
            &tx,
            actor,
            "member.invite_withdraw",
            invitation.to_string(),
            &found.email,
            detail,
        )
        .await?;
        tx.commit().await.or_internal("withdraw an invitation")
    }

    /// Changes a member's role.
    pub async fn change_role(&self, actor: &Actor, person: UserId, role: &str) -> Result<(), Problem> {
        let services = self.0;
        let role: Role = role.parse().map_err(|message: String| Problem::field("role", message))?;
        actor.require(Permission::MembersWrite)?;
        let tx = services.store().begin().await.or_internal("begin to change a role")?;
        let member = self.touch(&tx, actor, person).await?;
        only_owners_touch_owners(actor, role)?;
        if member.role == role {
            return Ok(());
        }
        if member.role == Role::Owner {
            self.another_owner(&tx, actor).await?;
        }
        storage::workspaces::set_role(&tx, actor.workspace, person, role).await.or_internal("set a role")?;
        let detail = json!({ "from": member.role, "to": role });
        audit::record(services, &tx, actor, "member.change_role", person.to_string(), &member.email, detail)
            .await?;
        tx.commit().await.or_internal("change a role")?;
        services.hub().tell(News::AccessChanged(actor.workspace));
        Ok(())
    }

    /// Says whether a member may see inputs and outputs.
    pub async fn set_payload_right(
        &self,
        actor: &Actor,
        person: UserId,
        sees_payloads: bool,
    ) -> Result<(), Problem> {
        let services = self.0;
        actor.require(Permission::MembersWrite)?;
        if sees_payloads && !actor.may(Permission::PayloadsRead) {
            return Err(Problem::forbidden("You cannot give a right that you lack."));
        }
        let tx = services.store().begin().await.or_internal("begin to change a right")?;
        let member = self.touch(&tx, actor, person).await?;
        if member.sees_payloads == sees_payloads {
            return Ok(());
        }
        storage::workspaces::set_payload_right(&tx, actor.workspace, person, sees_payloads)
            .await
            .or_internal("set a right")?;
        let detail = json!({ "sees_payloads": sees_payloads });
        audit::record(
            services,
            &tx,
            actor,
            "member.change_payload_right",
            person.to_string(),
            &member.email,
            detail,
        )
        .await?;
        tx.commit().await.or_internal("change a right")?;
        services.hub().tell(News::AccessChanged(actor.workspace));
        Ok(())
    }

    /// Ends a membership. Anybody may leave; the last owner cannot.
    pub async fn remove_member(&self, actor: &Actor, person: UserId) -> Result<(), Problem> {
        let services = self.0;
        let leaves = matches!(actor.principal, Principal::Person { user, .. } if user == person);
        if !leaves {
            actor.require(Permission::MembersWrite)?;
        }
        let tx = services.store().begin().await.or_internal("begin to remove a member")?;
        let member = self.touch(&tx, actor, person).await?;
        if member.role == Role::Owner {
            self.another_owner(&tx, actor).await?;
        }
        storage::workspaces::remove_member(&tx, actor.workspace, person)
            .await
            .or_internal("remove a member")?;
        let action = if leaves { "member.leave" } else { "member.remove" };
        let detail = json!({ "role": member.role });
        audit::record(services, &tx, actor, action, person.to_string(), &member.email, detail).await?;
        tx.commit().await.or_internal("remove a member")?;
        services.hub().tell(News::AccessChanged(actor.workspace));
        Ok(())
    }

    /// The member a change is about, with the workspace's members kept still until it commits.
    async fn touch(&self, tx: &Tx, actor: &Actor, person: UserId) -> Result<Member, Problem> {
        storage::workspaces::lock(tx, actor.workspace).await.or_internal("keep members still")?;
        let found = storage::workspaces::member(tx, actor.workspace, person).await;
        let member = found.or_internal("look up a member")?.ok_or_else(|| Problem::not_found("member"))?;
        only_owners_touch_owners(actor, member.role)?;
        Ok(member)
    }

    async fn another_owner(&self, tx: &Tx, actor: &Actor) -> Result<(), Problem> {
        if storage::workspaces::owners(tx, actor.workspace).await.or_internal("count owners")? > 1 {
            return Ok(());
        }
        let message = "A workspace needs an owner. Make somebody else an owner first.";
        Err(Problem::new(Kind::Conflict, message))
    }
}

/// Refuses when somebody who is no owner would make, change or remove one.
fn only_owners_touch_owners(actor: &Actor, role: Role) -> Result<(), Problem> {
    let rank = match actor.principal {
        Principal::Person { role, .. } => role,
        Principal::System => Role::Owner,
        Principal::Key { .. } => Role::Viewer,
    };
    if role == Role::Owner && rank < Role::Owner {
        return Err(Problem::new(
            Kind::Forbidden,
            "Only owners decide about owners. Ask an owner of the workspace.",
        ));
    }
    Ok(())
}
