//! Where the person is signed in.

use domain::accounts::Session;
use leptos::prelude::*;

use super::device::{device, is_phone};
use crate::components::badge::{Badge, BadgeTone};
use crate::components::button::{Button, ButtonKind, ButtonSize, ButtonVariant};
use crate::components::icon::Icon;
use crate::components::skeleton::SkeletonRows;
use crate::components::table::{Table, Th};
use crate::components::time::Time;
use crate::pages::workspace::form::{FormProblem, problem_of, toast_when_done};
use crate::pages::workspace::load::Load;
use crate::server_fns::accounts::{RevokeOtherSessions, RevokeSession, sessions};

/// The sessions, each with a way to end it.
#[component]
pub fn SessionsSection() -> impl IntoView {
    let revoke = ServerAction::<RevokeSession>::new();
    let others = ServerAction::<RevokeOtherSessions>::new();
    toast_when_done(revoke, "Session signed out");
    toast_when_done(others, "Other sessions signed out");
    let list = Resource::new(move || (revoke.version().get(), others.version().get()), |_| sessions());
    view! {
        <FormProblem title="The session was not signed out" problem=problem_of(revoke) />
        <FormProblem title="The sessions were not signed out" problem=problem_of(others) />
        <Load
            resource=list
            failed="Your sessions could not be loaded"
            waiting=|| {
                view! {
                    <div class="panel">
                        <SkeletonRows label="Loading your sessions" rows=3 />
                    </div>
                }
            }
            ready=move |list| view! { <List list=list revoke=revoke others=others /> }.into_any()
        />
    }
}

#[component]
fn List(
    list: Vec<Session>,
    revoke: ServerAction<RevokeSession>,
    others: ServerAction<RevokeOtherSessions>,
) -> impl IntoView {
    let has_others = list.iter().any(|session| !session.current);
    let end_others = has_others.then(|| {
        view! {
            <ActionForm action=others attr:class="ml-auto">
                <Button variant=ButtonVariant::Danger size=ButtonSize::Small kind=ButtonKind::Submit busy=others.pending()>
                    "Sign out others"
                </Button>
            </ActionForm>
        }
    });
    view! {
        <section class="panel" aria-labelledby="sessions-title">
            <div class="panel-head">
                <h2 id="sessions-title">"Signed in"</h2>
                {end_others}
            </div>
            <Table label="Sessions" class="rounded-b-lg">
                <thead>
                    <tr>
                        <Th label="Device" />
                        <Th label="Address" class="max-md:hidden" />
                        <Th label="Signed in" class="max-md:hidden" />
                        <Th label="Last seen" />
                        <Th label="Actions" hide_label=true />
                    </tr>
                </thead>
                <tbody>
                    {list.into_iter().map(|session| view! { <Row session=session revoke=revoke /> }).collect_view()}
                </tbody>
            </Table>
        </section>
    }
}

#[component]
fn Row(session: Session, revoke: ServerAction<RevokeSession>) -> impl IntoView {
    let name = device(&session.user_agent);
    let icon = if is_phone(&session.user_agent) { "smartphone" } else { "monitor" };
    let end = if session.current {
        None
    } else {
        let label = format!("Sign out {name}");
        Some(view! {
            <ActionForm action=revoke>
                <input type="hidden" name="session" value=session.id.to_string() />
                <Button size=ButtonSize::Small kind=ButtonKind::Submit label=label busy=revoke.pending()>
                    "Sign out"
                </Button>
            </ActionForm>
        })
    };
    view! {
        <tr>
            <td>
                <span class="inline-flex items-center gap-2.5" title=session.user_agent>
                    <Icon name=icon class="text-subtle" />
                    <span class="font-medium">{name}</span>
                    {session.current.then(|| view! { <Badge tone=BadgeTone::Accent>"This session"</Badge> })}
                </span>
            </td>
            <td class="mono text-muted max-md:hidden">{session.address}</td>
            <td class="text-muted num max-md:hidden">
                <Time at_ms=session.created_at.millis() />
            </td>
            <td class="text-muted num">
                <Time at_ms=session.last_seen_at.millis() />
            </td>
            <td class="r">{end}</td>
        </tr>
    }
}
