//! A new password, with a link that the command line printed.

use domain::accounts::{LinkInfo, LinkKind, MIN_PASSWORD};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::entry::{EntryButton, EntryPage};
use crate::components::code_block::CodeText;
use crate::components::note::{Note, NoteTone};
use crate::components::skeleton::SkeletonText;
use crate::components::text_input::PasswordInput;
use crate::error::AppError;
use crate::pages::not_found::answer_with;
use crate::pages::workspace::form::{FormProblem, problem_of, wrong};
use crate::server_fns::accounts::{ResetPassword, link};

/// `/reset?token=`.
#[component]
pub fn ResetPage() -> impl IntoView {
    let query = use_query_map();
    let token = Memo::new(move |_| query.read().get("token").unwrap_or_default());
    let info = Resource::new(move || token.get(), link);
    let shown = move || {
        Suspend::new(async move {
            match info.await {
                Ok(info) if info.kind == LinkKind::Reset => {
                    view! { <ResetForm token=token info=info /> }.into_any()
                }
                Ok(_) => view! { <Ended message="This link is for something else." /> }.into_any(),
                Err(AppError(problem)) => {
                    answer_with(problem.kind);
                    view! { <Ended message=problem.message /> }.into_any()
                }
            }
        })
    };
    view! { <Suspense fallback=|| view! { <SkeletonText label="Loading the link" /> }>{shown}</Suspense> }
}

#[component]
fn ResetForm(token: Memo<String>, info: LinkInfo) -> impl IntoView {
    let action = ServerAction::<ResetPassword>::new();
    let problem = problem_of(action);
    let text = info.email.as_ref().map_or_else(String::new, |email| format!("For {email}. "));
    let text = format!("{text}You are signed out everywhere and sign in again with the new password.");
    view! {
        <EntryPage title="Set a new password" text=text>
            <FormProblem title="The password was not changed" problem=problem fields=&["password"] />
            <ActionForm action=action attr:class="grid gap-4">
                <input type="hidden" name="token" value=move || token.get() />
                // Lets a password manager know whose password this is; the server does not read it.
                <input type="hidden" autocomplete="username" value=info.email />
                <PasswordInput
                    name="password"
                    label="New password"
                    autocomplete="new-password"
                    input_class="input-lg"
                    hint=format!("At least {MIN_PASSWORD} characters.")
                    error=wrong(problem, "password")
                    required=true
                    autofocus=true
                />
                <EntryButton label="Set password" busy_label="Setting password" busy=action.pending() />
            </ActionForm>
        </EntryPage>
    }
}

#[component]
fn Ended(#[prop(into)] message: String) -> impl IntoView {
    view! {
        <EntryPage title="This reset link does not work">
            <Note tone=NoteTone::Warn class="mb-4">
                {message}
            </Note>
            <p class="text-muted mb-2">"The person who runs this server prints a new one with:"</p>
            <CodeText
                label="Command that prints a reset link"
                code=Signal::stored("shopfloor user reset --email you@example.com".to_owned())
            />
        </EntryPage>
    }
}
