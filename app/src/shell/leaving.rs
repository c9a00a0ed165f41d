//! Asks before a page is left whose form holds what was typed and not saved.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::context::use_unsaved;
use crate::browser::{self, GuardStorage, WindowGuard};
use crate::components::dialog::ConfirmDialog;

/// Guards the page while there is something unsaved. Closing the tab or loading the page again asks in
/// the browser's own words; links, keys and Back ask here.
#[component]
pub fn LeaveGuard(#[prop(into)] unsaved: Signal<bool>) -> impl IntoView {
    let open = RwSignal::new(false);
    let wanted = RwSignal::new(String::new());
    let guard = StoredValue::<_, GuardStorage>::new_with_storage(None::<WindowGuard>);
    let is_unsaved = use_unsaved();
    Effect::new(move |_| {
        let now = unsaved.get();
        is_unsaved.set(now);
        let ask = move |href: String| {
            wanted.set(href);
            open.set(true);
        };
        guard.set_value(now.then(|| browser::guard_leaving(ask)));
    });
    on_cleanup(move || {
        is_unsaved.try_set(false);
    });
    let navigate = use_navigate();
    let leave = Callback::new(move |()| {
        guard.set_value(None);
        open.set(false);
        navigate(&wanted.get_untracked(), leptos_router::NavigateOptions::default());
    });
    view! {
        <ConfirmDialog
            id="leave"
            open=open
            title="Leave without saving?"
            message="What you changed on this page is not saved and will be lost."
            confirm="Leave page"
            keep="Stay"
            on_confirm=leave
        />
    }
}
