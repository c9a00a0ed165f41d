//! The first account and its workspace, in one form. The link was printed by the server.

use domain::accounts::{LinkKind, MIN_PASSWORD};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::entry::{EntryButton, EntryPage, SetupHint};
use crate::components::button::LinkButton;
use crate::components::note::{Note, NoteTone};
use crate::components::skeleton::SkeletonText;
use crate::components::text_input::{PasswordInput, TextInput};
use crate::error::AppError;
use crate::pages::not_found::answer_with;
use crate::pages::workspace::form::{FormProblem, problem_of, wrong};
use crate::server_fns::accounts::{Setup, link};

const FIELDS: &[&str] = &["name", "email", "password", "workspace"];

/// `/setup?token=`.
#[component]
pub fn SetupPage() -> impl IntoView {
    let query = use_query_map();
    let token = Memo::new(move |_| query.read().get("token").unwrap_or_default());
    let info = Resource::new(move || token.get(), link);
    let shown = move || {
        Suspend::new(async move {
            match info.await {
                Ok(info) if info.kind == LinkKind::Setup => view! { <SetupForm token=token /> }.into_any(),
                Ok(_) => view! { <Ended message="This link is for something else." /> }.into_any(),
                Err(AppError(problem)) => {
                    answer_with(problem.kind);
                    view! { <Ended message=problem.message /> }.into_any()
                }
            }
        })
    };
    view! { <Suspense fallback=|| view! { <SkeletonText label="Loading the setup" /> }>{shown}</Suspense> }
}

#[component]
fn SetupForm(token: Memo<String>) -> impl IntoView {
    let action = ServerAction::<Setup>::new();
    let problem = problem_of(action);
    let hint = format!("At least {MIN_PASSWORD} characters. A sentence you remember works well.");
    view! {
        <EntryPage title="Set up Shopfloor" text="Make the owner's account and the first workspace.">
            <FormProblem title="The setup did not finish" problem=problem fields=FIELDS />
            <ActionForm action=action attr:class="grid gap-4">
                <input type="hidden" name="token" value=move || token.get() />
                <TextInput
                    name="name"
                    label="Your name"
                    autocomplete="name"
                    input_class="input-lg"
                    error=wrong(problem, "name")
                    maxlength=80_u32
                    autofocus=true
                />
                <TextInput
                    name="email"
                    label="E-mail"
                    input_type="email"
                    autocomplete="username"
                    input_class="input-lg"
                    spellcheck_off=true
                    error=wrong(problem, "email")
                    required=true
                />
                <PasswordInput
                    name="password"
                    label="Password"
                    autocomplete="new-password"
                    input_class="input-lg"
                    hint=hint
                    error=wrong(problem, "password")
                    required=true
                />
                <TextInput
                    name="workspace"
                    label="Name of the workspace"
                    value="My workspace"
                    input_class="input-lg"
                    hint="What your team calls itself. It becomes part of the address."
                    error=wrong(problem, "workspace")
                    maxlength=80_u32
                    required=true
                />
                <EntryButton label="Create account" busy_label="Creating account" busy=action.pending() />
            </ActionForm>
        </EntryPage>
    }
}

#[component]
fn Ended(#[prop(into)] message: String) -> impl IntoView {
    view! {
        <EntryPage title="This setup link does not work">
            <Note tone=NoteTone::Warn class="mb-4">
                {message}
            </Note>
            <SetupHint />
            <p class="text-muted mt-6 mb-2">"If the owner's account exists already, no link is printed: sign in."</p>
            <LinkButton href="/sign-in">"Sign in"</LinkButton>
        </EntryPage>
    }
}
