//! Markdown that the server has turned into sanitised HTML. This part prints it as it is; nothing
//! else may hand it text.

use leptos::prelude::*;

/// HTML from the server's sanitiser, and from nowhere else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SanitisedHtml(String);

impl SanitisedHtml {
    /// Takes the sanitiser's word for it; call it only with what a server function returned as
    /// sanitised.
    pub fn from_sanitiser(html: String) -> Self {
        Self(html)
    }
}

/// Output as prose.
#[component]
pub fn Markdown(#[prop(into)] html: Signal<SanitisedHtml>) -> impl IntoView {
    view! { <div class="prose" inner_html=move || html.get().0></div> }
}
