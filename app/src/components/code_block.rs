//! Code to read and copy.

use leptos::prelude::*;

/// A short piece of code without a frame of its own.
#[component]
pub fn CodeText(#[prop(into)] label: String, #[prop(into)] code: Signal<String>) -> impl IntoView {
    view! {
        <pre class="code rounded-md border border-line p-3 whitespace-pre-wrap" tabindex="0" role="region" aria-label=label>
            {move || code.get()}
        </pre>
    }
}
