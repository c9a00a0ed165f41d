//! Keys, as printed on the keyboard.

use leptos::prelude::*;

/// One or more keys: `Kbd keys="Ctrl K"`.
#[component]
pub fn Kbd(#[prop(into)] keys: String) -> impl IntoView {
    let keys: Vec<_> =
        keys.split_whitespace().map(|key| view! { <kbd class="kbd">{key.to_owned()}</kbd> }).collect();
    view! { <span class="inline-flex gap-0.5">{keys}</span> }
}
