//! A load that failed: what failed, why, what to do, try again, and a reference to quote.
//! A failed panel never takes the page down with it.

use leptos::prelude::*;

use super::{
    button::{Button, ButtonSize},
    copy::CopyButton,
    icon::Icon,
};

/// Stands in for content that could not be loaded.
#[component]
pub fn ErrorPanel(
    /// What failed: "The executions could not be loaded".
    #[prop(into)]
    title: String,
    /// Why, and what to do.
    #[prop(into)]
    message: String,
    /// The request id or other reference, copyable.
    #[prop(optional, into)]
    reference: Option<String>,
    #[prop(optional, into)] on_retry: Option<Callback<()>>,
    /// More ways out: a link to settings, a fix.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let retry = on_retry.map(|on_retry| {
        view! {
            <Button size=ButtonSize::Small icon="rotate-cw" on_press=on_retry>
                "Try again"
            </Button>
        }
    });
    let reference = reference.map(|reference| view! { <CopyButton text=reference what="reference" /> });
    view! {
        <div class="note note-danger" role="alert">
            <Icon name="circle-x" />
            <div class="min-w-0 flex-1">
                <p class="font-medium">{title}</p>
                <p class="text-muted mt-0.5">{message}</p>
                <div class="flex flex-wrap items-center gap-3 mt-2.5">
                    {retry} {children.map(|children| children())} {reference}
                </div>
            </div>
        </div>
    }
}
