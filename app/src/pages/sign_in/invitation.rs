//! Joining a workspace with an invitation link: with a new account, or with the one that is
//! signed in.

use domain::accounts::{LinkInfo, LinkKind, User};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

use super::entry::{EmailField, Ended, EntryForm, EntryPage, NameField, NewPasswordField, SignOutForm};
use crate::address::escape;
use crate::components::button::LinkButton;
use crate::components::skeleton::SkeletonText;
use crate::error::AppError;
use crate::kept::kept;
use crate::once::once;
use crate::pages::not_found::answer_with;
use crate::pages::workspace::form::problem_of;
use crate::pages::workspace::here::sign_in_href;
use crate::server_fns::accounts::{AcceptInvitation, Join, link, profile};

const FIELDS: &[&str] = &["name", "email", "password"];

/// The link and who opens it.
#[derive(Clone, Serialize, Deserialize)]
struct Invited {
    link: LinkInfo,
    person: Option<User>,
}

async fn load(token: String) -> Result<Invited, AppError> {
    let link = link(token).await?;
    // Not being signed in is no failure here.
    Ok(Invited { link, person: profile().await.ok() })
}

/// `/invitation?token=`.
#[component]
pub fn InvitationPage() -> impl IntoView {
    let query = use_query_map();
    let token = Memo::new(move |_| query.read().get("token").unwrap_or_default());
    let invited = Resource::new(move || token.get(), load);
    let shown = move || {
        Suspend::new(async move {
            match invited.await {
                Ok(Invited { link, person }) if link.kind == LinkKind::Invitation => {
                    let workspace = link.workspace.unwrap_or_else(|| "a workspace".to_owned());
                    let email = link.email.unwrap_or_default();
                    match person {
                        Some(person) if person.email == email => {
                            view! { <JoinForm token=token workspace=workspace person=person /> }.into_any()
                        }
                        Some(person) => {
                            view! { <OtherPerson workspace=workspace email=email person=person /> }.into_any()
                        }
                        None => {
                            view! { <AccountForm token=token workspace=workspace email=email /> }.into_any()
                        }
                    }
                }
                Ok(_) => view! { <LinkEnded message="This link is for something else." /> }.into_any(),
                Err(AppError(problem)) => {
                    answer_with(problem.kind);
                    view! { <LinkEnded message=problem.message /> }.into_any()
                }
            }
        })
    };
    view! { <Suspense fallback=|| view! { <SkeletonText label="Loading the invitation" /> }>{once(shown)}</Suspense> }
}

#[component]
fn JoinForm(token: Memo<String>, workspace: String, person: User) -> impl IntoView {
    let action = ServerAction::<Join>::new();
    view! {
        <EntryPage title="Join a workspace" text=format!("You are invited to {workspace}.")>
            <EntryForm action=action failed="You did not join" button="Join workspace" busy="Joining">
                <input type="hidden" name="token" value=move || token.get() />
                <p class="text-muted">
                    "You are signed in as " <span class="text-fg font-medium">{person.email}</span> "."
                </p>
            </EntryForm>
        </EntryPage>
    }
}

#[component]
fn OtherPerson(workspace: String, email: String, person: User) -> impl IntoView {
    view! {
        <EntryPage title="This invitation is for somebody else">
            <p class="text-muted mb-4">
                {format!(
                    "It invites {email} to {workspace}, and you are signed in as {}. Sign out, then open the link again.",
                    person.email,
                )}
            </p>
            <SignOutForm label="Sign out" />
        </EntryPage>
    }
}

#[component]
fn AccountForm(token: Memo<String>, workspace: String, email: String) -> impl IntoView {
    let action = ServerAction::<AcceptInvitation>::new();
    let problem = problem_of(action);
    let name = kept::<AcceptInvitation>().map(|typed| typed.name).unwrap_or_default();
    let sign_in =
        Signal::derive(move || sign_in_href(&format!("/invitation?token={}", escape(&token.read()))));
    view! {
        <EntryPage title="Join a workspace" text=format!("You are invited to {workspace}. Make your account to join.")>
            <EntryForm
                action=action
                failed="You did not join"
                fields=FIELDS
                button="Create account and join"
                busy="Joining"
            >
                <input type="hidden" name="token" value=move || token.get() />
                <EmailField tried=problem value=email hint="The invitation was made for this address." readonly=true />
                <NameField tried=problem value=name />
                <NewPasswordField tried=problem />
            </EntryForm>
            <p class="text-muted mt-6">
                "You have an account here already? " <a class="link" href=sign_in>"Sign in and join"</a> "."
            </p>
        </EntryPage>
    }
}

#[component]
fn LinkEnded(#[prop(into)] message: String) -> impl IntoView {
    view! {
        <Ended title="This invitation does not work" message=message>
            <p class="text-muted mb-3">"An owner or admin of the workspace can make a new one in Settings, Members."</p>
            <LinkButton href="/">"Go to the start page"</LinkButton>
        </Ended>
    }
}
