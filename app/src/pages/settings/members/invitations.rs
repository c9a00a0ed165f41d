//! Invitations: making a link, which is shown once, and taking open ones back.

use domain::Permission;
use domain::workspaces::Invitation;
use leptos::prelude::*;

use super::{role_label, roles_of};
use crate::components::button::{Button, ButtonKind, ButtonSize, ButtonVariant};
use crate::components::copy::{CopyButton, CopyStyle};
use crate::components::field::{Field, FieldIds};
use crate::components::panel::Panel;
use crate::components::select::Select;
use crate::components::table::{Table, Th};
use crate::components::text_input::TextInput;
use crate::components::time::{Time, TimeStyle};
use crate::once::once;
use crate::pages::workspace::form::{FormProblem, problem_of, wrong};
use crate::pages::workspace::here::{may, use_frame};
use crate::server_fns::workspaces::{InviteMember, WithdrawInvitation, take_invitation_link};

/// Invitations nobody has used yet.
#[component]
pub fn OpenInvitations(
    invitations: Vec<Invitation>,
    slug: StoredValue<String>,
    withdraw: ServerAction<WithdrawInvitation>,
) -> impl IntoView {
    if invitations.is_empty() || !may(Permission::MembersWrite) {
        return ().into_any();
    }
    let row = move |invitation: Invitation| {
        view! {
            <tr>
                <td class="font-medium">{invitation.email.clone()}</td>
                <td>{role_label(invitation.role)}</td>
                <td class="text-muted num">
                    <Time at_ms=invitation.expires_at.millis() style=TimeStyle::Local />
                </td>
                <td class="r">
                    <ActionForm action=withdraw>
                        <input type="hidden" name="workspace" value=slug.get_value() />
                        <input type="hidden" name="invitation" value=invitation.id.to_string() />
                        <Button
                            size=ButtonSize::Small
                            kind=ButtonKind::Submit
                            label=format!("Withdraw invitation of {}", invitation.email)
                            busy=withdraw.pending()
                        >
                            "Withdraw"
                        </Button>
                    </ActionForm>
                </td>
            </tr>
        }
    };
    view! {
        <Panel id="invitations" title="Open invitations" class="mb-4">
            <Table label="Open invitations" class="rounded-b-lg">
                <thead>
                    <tr>
                        <Th label="E-mail" />
                        <Th label="Role" />
                        <Th label="Works until" />
                        <Th label="Actions" hide_label=true />
                    </tr>
                </thead>
                <tbody>{invitations.into_iter().map(row).collect_view()}</tbody>
            </Table>
        </Panel>
    }
    .into_any()
}

/// Address and role, then the link.
#[component]
pub fn InviteForm(action: ServerAction<InviteMember>, slug: StoredValue<String>) -> impl IntoView {
    let problem = problem_of(action);
    let roles = roles_of(use_frame().role);
    let value = action.value();
    let link = move || value.with(|value| value.as_ref()?.as_ref().ok().cloned()).map(shown);
    // What a form without a script has left for this page.
    let left = Resource::new(|| (), move |()| take_invitation_link(slug.get_value()));
    let left = move || Suspend::new(async move { left.await.ok().flatten().map(shown) });
    let shown_link = view! {
        <Suspense>{once(left)}</Suspense>
        {link}
    };
    view! {
        <Panel id="invite" title="Invite somebody">
            <div class="p-3.5">
                <FormProblem title="The invitation was not made" problem=problem fields=&["email", "role"] />
                <ActionForm action=action attr:class="flex flex-wrap items-start gap-3">
                    <input type="hidden" name="workspace" value=slug.get_value() />
                    <TextInput
                        name="invitation[email]"
                        id="invite-email"
                        label="E-mail"
                        input_type="email"
                        autocomplete="off"
                        spellcheck_off=true
                        error=wrong(problem, "email")
                        required=true
                        class="w-72 max-sm:w-full"
                    />
                    <Select
                        name="invitation[role]"
                        id="invite-role"
                        label="Role"
                        options=Signal::stored(roles)
                        value=Signal::stored("member".to_owned())
                        error=wrong(problem, "role")
                        class="w-36"
                    />
                    <div class="pt-6">
                        <Button variant=ButtonVariant::Primary kind=ButtonKind::Submit busy=action.pending()>
                            {move || if action.pending().get() { "Making link" } else { "Make invitation link" }}
                        </Button>
                    </div>
                </ActionForm>
                {shown_link}
            </div>
        </Panel>
    }
}

/// The link, which nobody sees again.
fn shown(link: String) -> impl IntoView {
    let ids = FieldIds::new("invitation-link".to_owned());
    view! {
        <div class="mt-4" role="status">
            <Field
                ids=ids.clone()
                label="Invitation link"
                hint="Send it to them yourself. It works once and is shown only now."
            >
                <div class="flex gap-2 max-sm:flex-col max-w-[640px]">
                    <input id=ids.control.clone() class="input input-mono" readonly=true value=link.clone() />
                    <CopyButton text=Signal::stored(link) what="invitation link" style=CopyStyle::Button />
                </div>
            </Field>
        </div>
    }
}
