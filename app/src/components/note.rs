//! A note inside a page: what is the matter, and what can be done about it, where it is seen.

use leptos::prelude::*;

use super::icon::Icon;

/// How much the note matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoteTone {
    #[default]
    Info,
    Warn,
    Danger,
}

impl NoteTone {
    const fn class(self) -> &'static str {
        match self {
            Self::Info => "note note-info",
            Self::Warn => "note note-warn",
            Self::Danger => "note note-danger",
        }
    }

    const fn icon(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "triangle-alert",
            Self::Danger => "circle-alert",
        }
    }
}

/// A note with an optional title; put the fix among the children.
#[component]
pub fn Note(
    #[prop(optional)] tone: NoteTone,
    #[prop(optional, into)] title: Option<String>,
    #[prop(optional, into)] icon: Option<&'static str>,
    /// Read out at once, for errors that answer an action.
    #[prop(optional)]
    alert: bool,
    #[prop(optional)] class: &'static str,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class=format!("{} {class}", tone.class()) role=alert.then_some("alert")>
            <Icon name=icon.unwrap_or(tone.icon()) />
            <div class="min-w-0 flex-1">
                {title.map(|title| view! { <p class="font-medium">{title}</p> })}
                {children.map(|children| view! { <div class="text-muted">{children()}</div> })}
            </div>
        </div>
    }
}
