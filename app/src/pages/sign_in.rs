//! Getting in: signing in, and the pages that one-time links lead to.

pub mod entry;
pub mod invitation;
pub mod reset;
pub mod setup;

use domain::accounts::Place;
use leptos::prelude::*;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_query_map;

use self::entry::{EmailField, EntryForm, EntryPage, SetupNeeded};
pub use self::invitation::InvitationPage;
pub use self::reset::ResetPage;
pub use self::setup::SetupPage;
use crate::address::safe_path;
use crate::browser;
use crate::components::checkbox::Checkbox;
use crate::components::note::{Note, NoteTone};
use crate::components::skeleton::SkeletonText;
use crate::components::text_input::PasswordInput;
use crate::kept::kept;
use crate::once::once;
use crate::server_fns::accounts::{SignIn as SignInCall, home};

/// Sign in with e-mail and password; `?next=` says where to go then.
#[component]
pub fn SignInPage() -> impl IntoView {
    let query = use_query_map();
    let next = Memo::new(move |_| safe_path(query.read().get_str("next").unwrap_or("/")));
    let place = Resource::new(|| (), |()| home());
    let shown = move || {
        Suspend::new(async move {
            match place.await {
                Ok(Place::Setup) => view! { <SetupNeeded /> }.into_any(),
                Ok(Place::Workspace(_)) => view! { <Redirect path=next.get_untracked() /> }.into_any(),
                Ok(Place::SignIn { readable }) => view! { <SignIn next=next readable=readable /> }.into_any(),
                // If this cannot be known, signing in says what is the matter.
                Ok(Place::NoWorkspace) | Err(_) => view! { <SignIn next=next readable=false /> }.into_any(),
            }
        })
    };
    view! { <Suspense fallback=|| view! { <SkeletonText label="Loading" /> }>{once(shown)}</Suspense> }
}

#[component]
fn SignIn(next: Memo<String>, readable: bool) -> impl IntoView {
    view! {
        <EntryPage title="Sign in">
            <PlainLine readable=readable />
            <SignInForm next=next />
            <p class="text-muted mt-6">
                "Forgot your password? Ask the person who runs this server for a reset link. They print one with "
                <code class="mono">"shopfloor user reset --email …"</code> "."
            </p>
        </EntryPage>
    }
}

/// Says what is wrong when the password would travel in plain text. The server knows its public
/// address, the browser how it came here; either is enough.
#[component]
fn PlainLine(readable: bool) -> impl IntoView {
    let readable = RwSignal::new(readable);
    Effect::new(move |_| {
        if !browser::is_safe_line() {
            readable.set(true);
        }
    });
    move || {
        readable.get().then(|| {
            view! {
                <Note tone=NoteTone::Warn class="mb-4" title="This connection is not encrypted">
                    "Others on the network can read your password. Put HTTPS in front of this server and set "
                    <code class="mono">"SHOPFLOOR_PUBLIC_URL"</code> " to its https address."
                </Note>
            }
        })
    }
}

/// E-mail and password; goes to `next` afterwards.
#[component]
pub fn SignInForm(
    #[prop(into)] next: Signal<String>,
    /// The address to begin with.
    #[prop(optional, into)]
    email: Option<String>,
    /// Called when it has worked.
    #[prop(optional, into)]
    on_done: Option<Callback<()>>,
) -> impl IntoView {
    let action = ServerAction::<SignInCall>::new();
    let value = action.value();
    Effect::new(move |_| {
        if let (Some(Ok(())), Some(done)) = (value.get(), on_done) {
            done.run(());
        }
    });
    let is_known = email.is_some();
    let email = email.or_else(|| kept::<SignInCall>().map(|typed| typed.email));
    view! {
        <EntryForm action=action failed="You are not signed in" button="Sign in" busy="Signing in">
            <input type="hidden" name="next" value=move || next.get() />
            <EmailField value=email.unwrap_or_default() autofocus=!is_known />
            <PasswordInput
                name="password"
                label="Password"
                autocomplete="current-password"
                input_class="input-lg"
                required=true
                autofocus=is_known
            />
            <Checkbox
                name="keep_signed_in"
                id="keep-signed-in"
                value="true"
                label="Keep me signed in on this device"
                hint="For 30 days. Without it, for 12 hours or until you close the browser."
            />
        </EntryForm>
    }
}
