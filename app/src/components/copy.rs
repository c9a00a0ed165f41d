//! Copying: an id beside its value, or a lone icon on a code block. The icon turns into a check
//! for two seconds, and the name says "Copied".

use std::time::Duration;

use leptos::prelude::*;

use super::icon::{Icon, IconSize};
use crate::browser;

/// How the copy button looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CopyStyle {
    /// The value itself in mono type, with the icon after it.
    #[default]
    Inline,
    /// Only the icon.
    Icon,
    /// A secondary button with the word.
    Button,
}

/// Puts `text` on the clipboard.
#[component]
pub fn CopyButton(
    #[prop(into)] text: Signal<String>,
    /// What is copied, for the accessible name: "request id", "code".
    #[prop(into)]
    what: String,
    #[prop(optional)] style: CopyStyle,
) -> impl IntoView {
    let done = RwSignal::new(false);
    let press = move |_| {
        browser::copy_text(&text.get_untracked(), move |worked| {
            done.set(worked);
            set_timeout(
                move || {
                    done.try_set(false);
                },
                Duration::from_secs(2),
            );
        });
    };
    let name = move || {
        let verb = if done.get() { "Copied" } else { "Copy" };
        match style {
            CopyStyle::Inline => format!("{verb} {what} {}", text.get()),
            CopyStyle::Icon | CopyStyle::Button => format!("{verb} {what}"),
        }
    };
    let icon = move || {
        let name = if done.get() { "check" } else { "copy" };
        view! { <Icon name=name size=IconSize::Small /> }
    };
    let class = match style {
        CopyStyle::Inline => "copy mono",
        CopyStyle::Icon => "btn btn-ghost btn-icon btn-sm",
        CopyStyle::Button => "btn btn-secondary",
    };
    let inner = move || match style {
        CopyStyle::Inline => Some(text.get()),
        CopyStyle::Icon => None,
        CopyStyle::Button => Some(if done.get() { "Copied" } else { "Copy" }.to_owned()),
    };
    view! {
        <button type="button" class=class class:is-done=move || done.get() aria-label=name on:click=press>
            {inner}
            {icon}
        </button>
    }
}
