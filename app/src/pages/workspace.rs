//! The frame round the pages of a workspace: who is looking, where they can go.

pub mod form;
pub mod here;
pub mod listing;
pub mod load;
pub mod palette;
pub mod renewed;
pub mod signed_out;

use std::sync::Arc;
use std::time::Duration;

use domain::overview::Frame;
use domain::{Kind, Permission};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::components::{Outlet, Redirect};

use self::here::{sign_in_href, use_address, use_slug};
use self::load::failure;
use self::palette::palette_items;
use self::signed_out::SignedOutDialog;
use super::not_found::{NotFoundPage, answer_with};
use super::sign_in::entry::EntryPage;
use crate::components::skeleton::SkeletonText;
use crate::error::AppError;
use crate::once::once;
use crate::server_fns::accounts::SignOut;
use crate::server_fns::overview::{get_frame, get_live_count};
use crate::shell::data::{ShellData, WorkspaceLink};
use crate::shell::frame::Shell;

const COUNTED_EVERY: Duration = Duration::from_secs(5);

/// Loads the frame once a workspace; strangers are sent to the sign-in page, and to those who are
/// no members the workspace does not exist.
#[component]
pub fn WorkspaceFrame() -> impl IntoView {
    let slug = use_slug();
    let address = use_address();
    let frame = Resource::new(move || slug.get(), get_frame);
    let shown = move || {
        Suspend::new(async move {
            match frame.await {
                Ok(frame) => view! { <Inside frame=frame slug=slug.get_untracked() /> }.into_any(),
                Err(AppError(problem)) if problem.kind == Kind::Unauthenticated => {
                    view! { <Redirect path=sign_in_href(&address.get_untracked()) /> }.into_any()
                }
                Err(AppError(problem)) if problem.kind == Kind::NotFound => {
                    view! { <NotFoundPage /> }.into_any()
                }
                Err(AppError(problem)) => {
                    answer_with(problem.kind);
                    let retry = Callback::new(move |()| frame.refetch());
                    view! {
                        <EntryPage title="Shopfloor">
                            {failure("The workspace could not be loaded", &problem, Some(retry))}
                        </EntryPage>
                    }
                    .into_any()
                }
            }
        })
    };
    view! { <Suspense fallback=|| view! { <SkeletonText label="Loading the workspace" /> }>{once(shown)}</Suspense> }
}

#[component]
fn Inside(frame: Frame, slug: String) -> impl IntoView {
    let first = shell_data(&frame, slug.clone());
    let live = live_count(slug, frame.live);
    let data = Signal::derive(move || ShellData { live_count: Some(live.get()), ..first.clone() });
    let email = frame.user_email.clone();
    provide_context(Arc::new(frame));
    view! {
        <Shell data=data palette_items=palette_items() sign_out=SignOut::url()>
            <Outlet />
        </Shell>
        <SignedOutDialog email=email />
    }
    .into_any()
}

/// How many executions go on: what the frame brought, then asked for again now and then. A count that
/// cannot be had leaves the old one.
fn live_count(slug: String, first: u64) -> Memo<u64> {
    let again = Action::new(move |(): &()| get_live_count(slug.clone()));
    let (value, pending) = (again.value(), again.pending());
    Effect::new(move |_| {
        let tick = move || {
            if !pending.get_untracked() {
                again.dispatch(());
            }
        };
        if let Ok(timer) = set_interval_with_handle(tick, COUNTED_EVERY) {
            on_cleanup(move || timer.clear());
        }
    });
    Memo::new(move |before: Option<&u64>| match value.get() {
        Some(Ok(now)) => now,
        Some(Err(_)) | None => before.copied().unwrap_or(first),
    })
}

fn shell_data(frame: &Frame, slug: String) -> ShellData {
    let workspaces: Vec<_> = frame
        .workspaces
        .iter()
        .map(|membership| WorkspaceLink {
            name: membership.workspace.name.clone(),
            slug: membership.workspace.slug.clone(),
            href: format!("/w/{}", membership.workspace.slug),
        })
        .collect();
    let name = workspaces.iter().find(|link| link.slug == slug).map(|link| link.name.clone());
    ShellData {
        workspace_name: name.unwrap_or_else(|| slug.clone()),
        workspace_slug: slug,
        workspaces,
        user_name: frame.user_name.clone(),
        user_email: frame.user_email.clone(),
        can_see_audit: frame.may.contains(&Permission::AuditRead),
        live_count: Some(frame.live),
        version: frame.version.clone(),
    }
}
