//! Where a page is: the workspace of its address, and what the person may do there.

use std::sync::Arc;

use domain::Permission;
use domain::overview::Frame;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

use crate::address::escape;

/// The slug in the address.
pub fn use_slug() -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.read().get("workspace").unwrap_or_default())
}

/// The frame of the workspace: the person, their role, what they may do. It is provided by the
/// frame round the pages and not by `App`, because it belongs to one workspace and ends with it.
///
/// # Panics
/// Outside the pages of a workspace.
pub fn use_frame() -> Arc<Frame> {
    use_context().expect("the pages of a workspace stand inside `WorkspaceFrame`, which provides it")
}

/// Whether the person may do this here. The server decides again; this only hides what would fail.
pub fn may(permission: Permission) -> bool {
    use_frame().may.contains(&permission)
}

/// The address of this page with its query, to come back to.
pub fn use_address() -> Signal<String> {
    let location = use_location();
    Signal::derive(move || {
        let query = location.search.read();
        if query.is_empty() {
            location.pathname.get()
        } else {
            format!("{}?{}", location.pathname.read(), *query)
        }
    })
}

/// The sign-in page that comes back to `next`.
pub fn sign_in_href(next: &str) -> String {
    format!("/sign-in?next={}", escape(next))
}
