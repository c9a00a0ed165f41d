//! Getting in: signing in, and the pages that one-time links lead to.

pub mod entry;
pub mod invitation;
pub mod reset;
pub mod setup;

use leptos::prelude::*;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_query_map;

use self::entry::{EntryButton, EntryPage, SetupNeeded};
pub use self::invitation::InvitationPage;
pub use self::reset::ResetPage;
pub use self::setup::SetupPage;
use super::workspace::form::{FormProblem, problem_of};
use crate::components::checkbox::Checkbox;
use crate::components::skeleton::SkeletonText;
use crate::components::text_input::{PasswordInput, TextInput};
use crate::server_fns::accounts::{Place, SignIn, home};

/// Sign in with e-mail and password; `?next=` says where to go then.
#[component]
pub fn SignInPage() -> impl IntoView {
    let query = use_query_map();
    let next = Memo::new(move |_| own_path(query.read().get_str("next").unwrap_or("/")));
    let place = Resource::new(|| (), |()| home());
    let shown = move || {
        Suspend::new(async move {
            match place.await {
                Ok(Place::Setup) => view! { <SetupNeeded /> }.into_any(),
                Ok(Place::Workspace(_)) => view! { <Redirect path=next.get_untracked() /> }.into_any(),
                // If this cannot be known, signing in says what is the matter.
                Ok(Place::SignIn | Place::NoWorkspace) | Err(_) => {
                    view! { <SignInForm next=next /> }.into_any()
                }
            }
        })
    };
    view! { <Suspense fallback=|| view! { <SkeletonText label="Loading" /> }>{shown}</Suspense> }
}

#[component]
fn SignInForm(next: Memo<String>) -> impl IntoView {
    let action = ServerAction::<SignIn>::new();
    let problem = problem_of(action);
    view! {
        <EntryPage title="Sign in">
            <FormProblem title="You are not signed in" problem=problem />
            <ActionForm action=action attr:class="grid gap-4">
                <input type="hidden" name="next" value=move || next.get() />
                <TextInput
                    name="email"
                    label="E-mail"
                    input_type="email"
                    autocomplete="username"
                    input_class="input-lg"
                    spellcheck_off=true
                    required=true
                    autofocus=true
                />
                <PasswordInput
                    name="password"
                    label="Password"
                    autocomplete="current-password"
                    input_class="input-lg"
                    required=true
                />
                <Checkbox
                    name="keep_signed_in"
                    id="keep-signed-in"
                    value="true"
                    label="Keep me signed in on this device"
                    hint="For 30 days. Without it, for 12 hours or until you close the browser."
                />
                <EntryButton label="Sign in" busy_label="Signing in" busy=action.pending() />
            </ActionForm>
            <p class="text-muted mt-6">
                "Forgot your password? Ask the person who runs this server for a reset link. They print one with "
                <code class="mono">"shopfloor user reset --email …"</code> "."
            </p>
        </EntryPage>
    }
}

/// The path if it is one of ours; the server checks again before it sends anybody there.
fn own_path(path: &str) -> String {
    let is_ours = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    if is_ours { path.to_owned() } else { "/".to_owned() }
}
