//! Name and password of the signed-in person.

use domain::accounts::{MIN_PASSWORD, User};
use leptos::prelude::*;

use crate::components::button::{Button, ButtonKind, ButtonVariant};
use crate::components::panel::Panel;
use crate::components::skeleton::SkeletonText;
use crate::components::text_input::{PasswordInput, TextInput};
use crate::pages::workspace::form::{FormProblem, problem_of, toast_when_done, wrong};
use crate::pages::workspace::load::Load;
use crate::server_fns::accounts::{ChangePassword, UpdateProfile, profile};

/// Two forms, each saved by itself.
#[component]
pub fn ProfileSection() -> impl IntoView {
    let user = Resource::new(|| (), |()| profile());
    view! {
        <Load
            resource=user
            failed="Your profile could not be loaded"
            waiting=|| {
                view! {
                    <div class="panel">
                        <SkeletonText label="Loading your profile" block=true />
                    </div>
                }
            }
            ready=move |user: User| view! { <NameForm user=user /> }.into_any()
        />
        <PasswordForm />
    }
}

#[component]
fn NameForm(user: User) -> impl IntoView {
    let action = ServerAction::<UpdateProfile>::new();
    let problem = problem_of(action);
    toast_when_done(action, "Name saved");
    view! {
        <Panel id="name-panel" title="Name" class="mb-4">
            <ActionForm action=action attr:class="p-3.5 grid gap-4 max-w-[440px]">
                <FormProblem title="The name was not saved" problem=problem fields=&["name"] />
                <TextInput
                    name="name"
                    label="Name"
                    value=user.name
                    autocomplete="name"
                    hint="Other members see it beside what you do."
                    error=wrong(problem, "name")
                    maxlength=80_u32
                    required=true
                />
                <TextInput
                    name="email"
                    id="own-email"
                    label="E-mail"
                    value=user.email
                    hint="You sign in with it. It cannot be changed."
                    readonly=true
                />
                <div>
                    <Button variant=ButtonVariant::Primary kind=ButtonKind::Submit busy=action.pending()>
                        "Save name"
                    </Button>
                </div>
            </ActionForm>
        </Panel>
    }
}

#[component]
fn PasswordForm() -> impl IntoView {
    let action = ServerAction::<ChangePassword>::new();
    let problem = problem_of(action);
    toast_when_done(action, "Password changed. Your other sessions are signed out.");
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let value = action.value();
    // Passwords do not stay on screen once they have been used.
    Effect::new(move |_| {
        if value.with(|value| matches!(value, Some(Ok(())))) {
            current.set(String::new());
            new.set(String::new());
        }
    });
    view! {
        <Panel id="password-panel" title="Password">
            <ActionForm action=action attr:class="p-3.5 grid gap-4 max-w-[440px]">
                <FormProblem
                    title="The password was not changed"
                    problem=problem
                    fields=&["current", "new"]
                />
                <PasswordInput
                    name="current"
                    label="Current password"
                    autocomplete="current-password"
                    bind=current
                    error=wrong(problem, "current")
                    required=true
                />
                <PasswordInput
                    name="new"
                    label="New password"
                    autocomplete="new-password"
                    bind=new
                    hint=format!("At least {MIN_PASSWORD} characters. Your other sessions are signed out.")
                    error=wrong(problem, "new")
                    required=true
                />
                <div>
                    <Button variant=ButtonVariant::Primary kind=ButtonKind::Submit busy=action.pending()>
                        "Change password"
                    </Button>
                </div>
            </ActionForm>
        </Panel>
    }
}
