//! Being written.
use leptos::prelude::*;
#[component]
pub fn WorkspaceFrame() -> impl IntoView { view!{ <p>"…"</p> } }
