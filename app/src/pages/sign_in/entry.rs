//! Parts of the pages outside a workspace.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;

use crate::components::button::{Button, ButtonKind, ButtonSize, ButtonVariant};
use crate::components::code_block::CodeText;
use crate::pages::workspace::here::use_address;
use crate::server_fns::accounts::SignOut;
use crate::shell::entry::EntryFrame;

/// A heading, a sentence, and what the page is for.
#[component]
pub fn EntryPage(
    title: &'static str,
    #[prop(optional, into)] text: Option<String>,
    children: Children,
) -> impl IntoView {
    // Erased, because the type of a whole page is too deep for the compiler.
    let frame = view! {
        <EntryFrame next=use_address()>
            <h1 class="text-2xl font-semibold tracking-tight">{title}</h1>
            {text.map(|text| view! { <p class="text-muted mt-1">{text}</p> })}
            <div class="mt-6">{children()}</div>
        </EntryFrame>
    }
    .into_any();
    view! {
        <Title text=title />
        {frame}
    }
    .into_any()
}

/// The one button at the end of an entry form.
#[component]
pub fn EntryButton(
    label: &'static str,
    busy_label: &'static str,
    #[prop(into)] busy: Signal<bool>,
) -> impl IntoView {
    view! {
        <Button variant=ButtonVariant::Primary size=ButtonSize::Large kind=ButtonKind::Submit busy=busy class="w-full">
            {move || if busy.get() { busy_label } else { label }}
        </Button>
    }
}

/// Nobody has an account yet: how to get the link that makes the first.
#[component]
pub fn SetupNeeded() -> impl IntoView {
    view! {
        <EntryPage
            title="Set up Shopfloor"
            text="This server has no account yet. It printed a setup link when it started; open that link to make the owner's account."
        >
            <SetupHint />
        </EntryPage>
    }
}

/// Where the setup link comes from.
#[component]
pub fn SetupHint() -> impl IntoView {
    view! {
        <p class="text-muted">
            "The link stands in the server's log and works once, for a day. For a new one, restart the server:"
        </p>
        <div class="mt-2">
            <CodeText label="Command that prints a new link" code=Signal::stored("shopfloor serve".to_owned()) />
        </div>
    }
}

/// Signs out and comes to the sign-in page; a plain form, because the whole page changes.
#[component]
pub fn SignOutForm(label: &'static str) -> impl IntoView {
    view! {
        <form method="post" action=SignOut::url()>
            <Button kind=ButtonKind::Submit icon="log-out">
                {label}
            </Button>
        </form>
    }
}
