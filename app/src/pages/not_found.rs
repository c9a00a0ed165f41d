//! The page for addresses that lead nowhere: no page, or nothing a person may know of.

use domain::Kind;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::button::{ButtonVariant, LinkButton};
use crate::components::icon::Mark;

/// Gives the page that is being rendered the status of a problem; nothing in the browser.
pub fn answer_with(kind: Kind) {
    #[cfg(feature = "ssr")]
    crate::server_context::page_status(kind);
    #[cfg(not(feature = "ssr"))]
    let _ = kind;
}

/// A whole page, outside any workspace.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <main id="main" class="main min-h-dvh grid place-content-center justify-items-center p-6" tabindex="-1">
            <Mark />
            <NotFound home="/" />
        </main>
    }
}

/// The same inside a frame that has its own landmarks.
#[component]
pub fn NotFound(
    /// Where the way out leads.
    #[prop(into)]
    home: String,
) -> impl IntoView {
    answer_with(Kind::NotFound);
    view! {
        <Title text="Not found" />
        <div class="grid justify-items-center text-center gap-2 py-10">
            <h1 class="page-title">"There is no such page"</h1>
            <p class="text-muted max-w-[52ch]">
                "The address is wrong, the thing was removed, or it belongs to a workspace you are not a member of."
            </p>
            <div class="mt-3">
                <LinkButton href=home variant=ButtonVariant::Primary>
                    "Go to the overview"
                </LinkButton>
            </div>
        </div>
    }
}
