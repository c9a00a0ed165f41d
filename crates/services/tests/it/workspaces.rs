//! Roles, the last owner, payload rights, invitations.

use domain::workspaces::InvitationDraft;
use domain::{Kind, Permission};

use super::support::{House, draft, origin, token_of};

both!(
    the_last_owner_stays_an_owner,
    only_owners_decide_about_owners,
    a_right_to_see_payloads_is_given_only_by_those_who_have_it,
    a_withdrawn_or_replaced_invitation_is_useless,
);

fn invitation(email: &str, role: &str) -> InvitationDraft {
    InvitationDraft { email: email.to_owned(), role: role.to_owned() }
}

async fn the_last_owner_stays_an_owner() {
    let (house, owner) = House::furnished().await;
    let actor = house.actor(&owner).await;
    let workspaces = house.services.workspaces();
    let lowered = workspaces.change_role(&actor, owner.user.id, "admin").await.expect_err("the last one");
    assert_eq!(lowered.kind, Kind::Conflict);
    let left = workspaces.remove_member(&actor, owner.user.id).await.expect_err("the last one");
    assert_eq!(left.kind, Kind::Conflict);

    let bob = house.newcomer(&actor, "bob@example.com", "viewer").await;
    workspaces.change_role(&actor, bob.user.id, "owner").await.expect("a second owner");
    workspaces.remove_member(&actor, owner.user.id).await.expect("leaves");
    let person = house.person(&owner).await;
    let outside = house.services.accounts().enter(&person, "home", &origin()).await.expect_err("left");
    assert_eq!(outside.kind, Kind::NotFound);
    let actions = house.audited(&house.actor(&bob).await).await;
    for action in ["member.invite", "member.join", "member.change_role", "member.leave"] {
        assert!(actions.iter().any(|found| found == action), "{action} in {actions:?}");
    }
}

async fn only_owners_decide_about_owners() {
    let (house, owner) = House::furnished().await;
    let workspaces = house.services.workspaces();
    let owner_actor = house.actor(&owner).await;
    let admin = house.newcomer(&owner_actor, "bob@example.com", "admin").await;
    let admin = house.actor(&admin).await;
    let viewer = house.newcomer(&admin, "eve@example.com", "viewer").await;
    let refusals = [
        workspaces.change_role(&admin, owner.user.id, "viewer").await,
        workspaces.change_role(&admin, viewer.user.id, "owner").await,
        workspaces.remove_member(&admin, owner.user.id).await,
        workspaces.set_payload_right(&admin, owner.user.id, false).await,
        workspaces.invite(&admin, invitation("x@example.com", "owner")).await.map(drop),
    ];
    for refused in refusals {
        assert_eq!(refused.expect_err("no owner").kind, Kind::Forbidden);
    }
    workspaces.change_role(&admin, viewer.user.id, "member").await.expect("may");
    let viewer_actor = house.actor(&viewer).await;
    let refused = workspaces.invite(&viewer_actor, invitation("x@example.com", "viewer")).await;
    assert_eq!(refused.expect_err("no admin").kind, Kind::Forbidden);
}

async fn a_right_to_see_payloads_is_given_only_by_those_who_have_it() {
    let (house, owner) = House::furnished().await;
    let owner = house.actor(&owner).await;
    let workspaces = house.services.workspaces();
    let admin = house.newcomer(&owner, "bob@example.com", "admin").await;
    workspaces.set_payload_right(&owner, admin.user.id, false).await.expect("takes it away");
    let blind = house.actor(&admin).await;
    assert!(!blind.may(Permission::PayloadsRead));
    let refused = workspaces.set_payload_right(&blind, admin.user.id, true).await.expect_err("lacks it");
    assert_eq!(refused.kind, Kind::Forbidden);
    let friend = house.newcomer(&blind, "eve@example.com", "admin").await;
    assert!(!house.actor(&friend).await.may(Permission::PayloadsRead));
}

async fn a_withdrawn_or_replaced_invitation_is_useless() {
    let (house, owner) = House::furnished().await;
    let owner = house.actor(&owner).await;
    let (workspaces, accounts) = (house.services.workspaces(), house.services.accounts());
    let first = workspaces.invite(&owner, invitation("bob@example.com", "viewer")).await.expect("invites");
    let second = workspaces.invite(&owner, invitation("bob@example.com", "member")).await.expect("invites");
    assert!(accounts.link_info(&token_of(&first)).await.is_err());
    let open = workspaces.invitations(&owner).await.expect("lists");
    assert_eq!(open.len(), 1);
    workspaces.withdraw_invitation(&owner, open[0].id).await.expect("withdraws");
    let late = accounts.accept_invitation(&token_of(&second), draft("bob@example.com"), &origin()).await;
    assert_eq!(late.expect_err("withdrawn").kind, Kind::LinkExpired);
}
