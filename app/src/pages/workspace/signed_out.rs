//! A session that has ended while a page is open: a way back in, over the page, so that what is on
//! it stays.

use leptos::prelude::*;

use super::here::{sign_in_href, use_address};
use crate::browser::{self, GuardStorage, WindowGuard};
use crate::components::dialog::Dialog;
use crate::components::toast::{Toast, use_toasts};
use crate::pages::sign_in::SignInForm;
use crate::shell::context::use_unsaved;

/// Opens when a call or the live stream is told that nobody is signed in. Closed by hand it stays
/// closed: whoever wants to copy something first is not asked again every few seconds.
#[component]
pub fn SignedOutDialog(email: String) -> impl IntoView {
    let open = RwSignal::new(false);
    let was_closed = StoredValue::new(false);
    let guard = StoredValue::<_, GuardStorage>::new_with_storage(None::<WindowGuard>);
    Effect::new(move |_| {
        let heard = move || {
            if was_closed.try_get_value() == Some(false) {
                open.try_set(true);
            }
        };
        guard.set_value(Some(browser::hear_signed_out(heard)));
    });
    let (unsaved, toasts) = (use_unsaved(), use_toasts());
    let done = Callback::new(move |()| {
        if unsaved.get_untracked() {
            // Loading the page again would lose what was typed.
            open.set(false);
            was_closed.set_value(false);
            toasts.show(Toast::success("Signed in again").with_text("Save what you typed."));
        } else {
            browser::reload();
        }
    });
    let address = use_address();
    view! {
        <Dialog
            id="signed-out"
            open=open
            title="You were signed out"
            description="Your session has ended. Sign in to go on where you are."
            on_close=move |()| was_closed.set_value(true)
        >
            {move || {
                open.get().then(|| {
                    view! {
                        <div class="mt-4">
                            <SignInForm next=address email=email.clone() on_done=done />
                        </div>
                    }
                })
            }}
            <p class="mt-4">
                // A page of its own, so that nothing of this one is kept for somebody else.
                <a class="link" rel="external" href=move || sign_in_href(&address.read())>
                    "Open the sign-in page instead"
                </a>
            </p>
        </Dialog>
    }
}
