//! The first account and its workspace, in one form. The link was printed by the server.

use domain::accounts::LinkKind;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::entry::{EmailField, Ended, EntryForm, EntryPage, NameField, NewPasswordField, SetupHint};
use crate::components::button::LinkButton;
use crate::components::skeleton::SkeletonText;
use crate::components::text_input::TextInput;
use crate::error::AppError;
use crate::kept::kept;
use crate::once::once;
use crate::pages::not_found::answer_with;
use crate::pages::workspace::form::{problem_of, wrong};
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
                Ok(_) => view! { <LinkEnded message="This link is for something else." /> }.into_any(),
                Err(AppError(problem)) => {
                    answer_with(problem.kind);
                    view! { <LinkEnded message=problem.message /> }.into_any()
                }
            }
        })
    };
    view! { <Suspense fallback=|| view! { <SkeletonText label="Loading the setup" /> }>{once(shown)}</Suspense> }
}

#[component]
fn SetupForm(token: Memo<String>) -> impl IntoView {
    let action = ServerAction::<Setup>::new();
    let problem = problem_of(action);
    let typed = kept::<Setup>();
    let first = typed.as_ref().map(|typed| (typed.name.clone(), typed.email.clone()));
    let (name, email) = first.unwrap_or_default();
    let workspace = typed.map_or_else(|| "My workspace".to_owned(), |typed| typed.workspace);
    view! {
        <EntryPage title="Set up Shopfloor" text="Make the owner's account and the first workspace.">
            <EntryForm
                action=action
                failed="The setup did not finish"
                fields=FIELDS
                button="Create account"
                busy="Creating account"
            >
                <input type="hidden" name="token" value=move || token.get() />
                <NameField tried=problem value=name />
                <EmailField tried=problem value=email />
                <NewPasswordField tried=problem />
                <TextInput
                    name="workspace"
                    label="Name of the workspace"
                    value=workspace
                    input_class="input-lg"
                    hint="What your team calls itself. It becomes part of the address."
                    error=wrong(problem, "workspace")
                    maxlength=80_u32
                    required=true
                />
            </EntryForm>
        </EntryPage>
    }
}

#[component]
fn LinkEnded(#[prop(into)] message: String) -> impl IntoView {
    view! {
        <Ended title="This setup link does not work" message=message>
            <SetupHint />
            <p class="text-muted mt-6 mb-2">"If the owner's account exists already, no link is printed: sign in."</p>
            <LinkButton href="/sign-in">"Sign in"</LinkButton>
        </Ended>
    }
}
