//! Members of the workspace: roles, who sees inputs and outputs, and invitations.

pub mod invitations;

use domain::Permission;
use domain::workspaces::{Invitation, Member, Role};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use self::invitations::{InviteForm, OpenInvitations};
use super::confirm::ConfirmedSubmit;
use crate::components::badge::Badge;
use crate::components::button::{Button, ButtonKind, ButtonSize, ButtonVariant};
use crate::components::select::{Select, SelectOption};
use crate::components::skeleton::SkeletonRows;
use crate::components::table::{Table, Th};
use crate::components::time::Time;
use crate::error::AppError;
use crate::pages::workspace::form::{FormProblem, problem_of, toast_when_done};
use crate::pages::workspace::here::{may, use_frame};
use crate::pages::workspace::load::Load;
use crate::server_fns::workspaces::{
    ChangeRole, InviteMember, RemoveMember, SetPayloadRight, WithdrawInvitation, list_invitations,
    list_members,
};

/// What the section shows.
#[derive(Clone, Serialize, Deserialize)]
struct People {
    members: Vec<Member>,
    invitations: Vec<Invitation>,
}

async fn load(slug: String, with_invitations: bool) -> Result<People, AppError> {
    let members = list_members(slug.clone()).await?;
    let invitations = if with_invitations { list_invitations(slug).await? } else { Vec::new() };
    Ok(People { members, invitations })
}

/// The changes one can make to a member.
#[derive(Clone, Copy)]
struct Changes {
    slug: StoredValue<String>,
    role: ServerAction<ChangeRole>,
    payloads: ServerAction<SetPayloadRight>,
    remove: ServerAction<RemoveMember>,
}

/// The roles a person may give: only owners decide about owners.
fn roles_of(own: Role) -> Vec<SelectOption> {
    Role::ALL
        .iter()
        .filter(|role| **role != Role::Owner || own == Role::Owner)
        .map(|role| SelectOption::new(role.word(), role_label(*role)))
        .collect()
}

const fn role_label(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewer",
        Role::Member => "Member",
        Role::Admin => "Admin",
        Role::Owner => "Owner",
    }
}

/// Members for everybody; changes for those who may make them.
#[component]
pub fn MembersSection(slug: String) -> impl IntoView {
    let can_change = may(Permission::MembersWrite);
    let slug = StoredValue::new(slug);
    let changes = Changes {
        slug,
        role: ServerAction::new(),
        payloads: ServerAction::new(),
        remove: ServerAction::new(),
    };
    let invite = ServerAction::<InviteMember>::new();
    let withdraw = ServerAction::<WithdrawInvitation>::new();
    toast_when_done(changes.role, "Role changed");
    toast_when_done(changes.payloads, "Right changed");
    toast_when_done(changes.remove, "Member removed");
    toast_when_done(withdraw, "Invitation withdrawn");
    let people = Resource::new(
        move || {
            let members = (
                changes.role.version().get(),
                changes.payloads.version().get(),
                changes.remove.version().get(),
            );
            (members, invite.version().get(), withdraw.version().get())
        },
        move |_| load(slug.get_value(), can_change),
    );
    view! {
        <FormProblem title="The role was not changed" problem=problem_of(changes.role) />
        <FormProblem title="The right was not changed" problem=problem_of(changes.payloads) />
        <FormProblem title="The member was not removed" problem=problem_of(changes.remove) />
        <FormProblem title="The invitation was not withdrawn" problem=problem_of(withdraw) />
        <Load
            resource=people
            failed="The members could not be loaded"
            waiting=|| {
                view! {
                    <div class="panel">
                        <SkeletonRows label="Loading the members" rows=4 />
                    </div>
                }
            }
            ready=move |people: People| {
                view! {
                    <List members=people.members changes=changes can_change=can_change />
                    <OpenInvitations invitations=people.invitations slug=slug withdraw=withdraw />
                }
                    .into_any()
            }
        />
        {can_change.then(|| view! { <InviteForm action=invite slug=slug /> })}
    }
}

#[component]
fn List(members: Vec<Member>, changes: Changes, can_change: bool) -> impl IntoView {
    // A changed row is a new row, so that no half-changed control stays on screen.
    let members = StoredValue::new(members);
    view! {
        <section class="panel mb-4" aria-label="Members">
            <Table label="Members" class="rounded-lg">
                <thead>
                    <tr>
                        <Th label="Name" />
                        <Th label="Role" />
                        <Th label="Inputs and outputs" />
                        <Th label="Joined" class="max-lg:hidden" />
                        {can_change.then(|| view! { <Th label="Actions" hide_label=true /> })}
                    </tr>
                </thead>
                <tbody>
                    <For
                        each=move || members.get_value()
                        key=|member| (member.user, member.role, member.sees_payloads)
                        let(member)
                    >
                        <Row member=member changes=changes can_change=can_change />
                    </For>
                </tbody>
            </Table>
        </section>
    }
}

#[component]
fn Row(member: Member, changes: Changes, can_change: bool) -> impl IntoView {
    let frame = use_frame();
    // Somebody who is no owner cannot change one, so there is nothing to offer.
    let can_touch = can_change && (member.role != Role::Owner || frame.role == Role::Owner);
    let is_self = member.email == frame.user_email;
    let role = if can_touch {
        view! { <RoleForm member=member.clone() changes=changes own=frame.role /> }.into_any()
    } else {
        role_label(member.role).into_any()
    };
    let payloads = if can_touch {
        view! { <PayloadForm member=member.clone() changes=changes /> }.into_any()
    } else {
        payload_words(member.sees_payloads).into_any()
    };
    view! {
        <tr>
            <td>
                <p class="font-medium flex items-center gap-2">
                    {member.name.clone()} {is_self.then(|| view! { <Badge>"You"</Badge> })}
                </p>
                <p class="text-xs text-subtle">{member.email.clone()}</p>
            </td>
            <td>{role}</td>
            <td>{payloads}</td>
            <td class="text-muted num max-lg:hidden">
                <Time at_ms=member.joined_at.millis() />
            </td>
            {can_change
                .then(|| {
                    view! { <td class="r">{can_touch.then(|| view! { <Remove member=member changes=changes /> })}</td> }
                })}
        </tr>
    }
}

const fn payload_words(sees: bool) -> &'static str {
    if sees { "Visible" } else { "Hidden" }
}

#[component]
fn RoleForm(member: Member, changes: Changes, own: Role) -> impl IntoView {
    view! {
        <ActionForm action=changes.role attr:class="flex items-center gap-2">
            <input type="hidden" name="workspace" value=changes.slug.get_value() />
            <input type="hidden" name="user" value=member.user.to_string() />
            <Select
                name="role"
                id=format!("role-{}", member.user)
                label=format!("Role of {}", member.name)
                options=Signal::stored(roles_of(own))
                value=Signal::stored(member.role.word().to_owned())
                hide_label=true
                class="w-28"
            />
            <Button
                size=ButtonSize::Small
                kind=ButtonKind::Submit
                label=format!("Save role of {}", member.name)
                busy=changes.role.pending()
            >
                "Save"
            </Button>
        </ActionForm>
    }
}

#[component]
fn PayloadForm(member: Member, changes: Changes) -> impl IntoView {
    let sees = member.sees_payloads;
    let (word, verb) =
        if sees { ("Hide", "Hide inputs and outputs from") } else { ("Show", "Show inputs and outputs to") };
    view! {
        <ActionForm action=changes.payloads attr:class="flex items-center gap-2">
            <input type="hidden" name="workspace" value=changes.slug.get_value() />
            <input type="hidden" name="user" value=member.user.to_string() />
            <input type="hidden" name="sees_payloads" value=(!sees).to_string() />
            <span>{payload_words(sees)}</span>
            <Button
                variant=ButtonVariant::Ghost
                size=ButtonSize::Small
                kind=ButtonKind::Submit
                label=format!("{verb} {}", member.name)
                busy=changes.payloads.pending()
            >
                {word}
            </Button>
        </ActionForm>
    }
}

#[component]
fn Remove(member: Member, changes: Changes) -> impl IntoView {
    let form = format!("remove-{}", member.user);
    let form_id = form.clone();
    view! {
        <ActionForm action=changes.remove attr:id=form_id>
            <input type="hidden" name="workspace" value=changes.slug.get_value() />
            <input type="hidden" name="user" value=member.user.to_string() />
            <ConfirmedSubmit
                form=form
                label="Remove"
                name=format!("Remove {}", member.name)
                title=format!("Remove {}?", member.name)
                message="They lose access to this workspace at once. What they made stays. You can invite them again."
                    .to_owned()
                confirm="Remove member"
                keep="Keep member"
                busy=changes.remove.pending()
            />
        </ActionForm>
    }
}
