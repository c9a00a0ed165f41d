//! Keys, as printed on the keyboard.

use leptos::prelude::*;

/// One or more keys: `Kbd keys="Ctrl K"`.
#[component]
pub fn Kbd(#[prop(into)] keys: String) -> impl IntoView {
    let keys: Vec<_> =
        keys.split_whitespace().map(|key| view! { <kbd class="kbd">{key.to_owned()}</kbd> }).collect();
    view! { <span class="inline-flex gap-0.5">{keys}</span> }
}

/// The keys that walk through the rows above.
#[component]
pub fn RowKeys() -> impl IntoView {
    let hint = |keys: &'static str, what: &'static str| {
        view! { <span class="inline-flex items-center gap-1.5"><Kbd keys=keys /> {what}</span> }
    };
    view! {
        <p class="needs-script mt-2 flex flex-wrap gap-x-4 gap-y-1 text-muted max-md:hidden">
            {hint("J K", "move")} {hint("Enter", "open")} {hint("/", "search")}
        </p>
    }
}
