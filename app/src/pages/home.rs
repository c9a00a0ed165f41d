//! `/`: sends everybody where they belong.

use domain::accounts::Place;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Redirect;

use super::sign_in::entry::{EntryPage, SetupNeeded, SignOutForm};
use super::workspace::load::failure;
use crate::components::skeleton::SkeletonText;
use crate::error::AppError;
use crate::once::once;
use crate::server_fns::accounts::home;

/// Redirects to the setup, to the sign-in page or to a workspace.
#[component]
pub fn HomePage() -> impl IntoView {
    let place = Resource::new(|| (), |()| home());
    let shown = move || {
        Suspend::new(async move {
            match place.await {
                Ok(Place::Setup) => view! { <SetupNeeded /> }.into_any(),
                Ok(Place::SignIn { .. }) => view! { <Redirect path="/sign-in" /> }.into_any(),
                Ok(Place::Workspace(slug)) => view! { <Redirect path=format!("/w/{slug}") /> }.into_any(),
                Ok(Place::NoWorkspace) => view! { <NoWorkspace /> }.into_any(),
                Err(AppError(problem)) => view! {
                    <EntryPage title="Shopfloor">
                        {failure("The start page could not be loaded", &problem, Some(Callback::new(move |()| place.refetch())))}
                    </EntryPage>
                }
                .into_any(),
            }
        })
    };
    view! {
        <Title text="" />
        <Suspense fallback=|| view! { <SkeletonText label="Loading" /> }>{once(shown)}</Suspense>
    }
}

#[component]
fn NoWorkspace() -> impl IntoView {
    view! {
        <EntryPage
            title="You belong to no workspace"
            text="Ask an owner or admin of a workspace for an invitation link, then open it here."
        >
            <SignOutForm label="Sign out" />
        </EntryPage>
    }
}
