//! A new password, with a link that the command line printed.

use domain::accounts::{LinkInfo, LinkKind};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::entry::{Ended, EntryForm, EntryPage, NewPasswordField};
use crate::components::code_block::CodeText;
use crate::components::skeleton::SkeletonText;
use crate::error::AppError;
use crate::once::once;
use crate::pages::not_found::answer_with;
use crate::pages::workspace::form::problem_of;
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
                Ok(_) => view! { <LinkEnded message="This link is for something else." /> }.into_any(),
                Err(AppError(problem)) => {
                    answer_with(problem.kind);
                    view! { <LinkEnded message=problem.message /> }.into_any()
                }
            }
        })
    };
    view! { <Suspense fallback=|| view! { <SkeletonText label="Loading the link" /> }>{once(shown)}</Suspense> }
}

#[component]
fn ResetForm(token: Memo<String>, info: LinkInfo) -> impl IntoView {
    let action = ServerAction::<ResetPassword>::new();
    let problem = problem_of(action);
    let text = info.email.as_ref().map_or_else(String::new, |email| format!("For {email}. "));
    let text = format!("{text}You are signed out everywhere and sign in again with the new password.");
    view! {
        <EntryPage title="Set a new password" text=text>
            <EntryForm
                action=action
                failed="The password was not changed"
                fields=&["password"]
                button="Set password"
                busy="Setting password"
            >
                <input type="hidden" name="token" value=move || token.get() />
                // Lets a password manager know whose password this is; the server does not read it.
                <input type="hidden" autocomplete="username" value=info.email />
                <NewPasswordField tried=problem label="New password" autofocus=true />
            </EntryForm>
        </EntryPage>
    }
}

#[component]
fn LinkEnded(#[prop(into)] message: String) -> impl IntoView {
    view! {
        <Ended title="This reset link does not work" message=message>
            <p class="text-muted mb-2">"The person who runs this server prints a new one with:"</p>
            <CodeText
                label="Command that prints a reset link"
                code=Signal::stored("shopfloor user reset --email you@example.com".to_owned())
            />
        </Ended>
    }
}
