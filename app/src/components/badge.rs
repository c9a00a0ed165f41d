//! Badges for kinds and versions, tags for values a person may remove.

use leptos::prelude::*;
use tailwind_fuse::{
    AsTailwindClass, IntoBuilder, IntoTailwindClass, TailwindFuse, TailwindMerge, TwClass, TwVariant,
};

use super::icon::{Icon, IconSize};

/// The colour of a badge; grey unless something calls for attention.
#[derive(Debug, PartialEq, Eq, TwVariant)]
pub enum BadgeTone {
    #[tw(default, class = "")]
    Neutral,
    #[tw(class = "badge-accent")]
    Accent,
    #[tw(class = "badge-ok")]
    Ok,
    #[tw(class = "badge-warn")]
    Warn,
    #[tw(class = "badge-danger")]
    Danger,
    #[tw(class = "badge-wait")]
    Wait,
    #[tw(class = "badge-line")]
    Line,
}

/// The classes of a badge.
#[derive(Debug, TwClass)]
#[tw(class = "badge")]
pub struct BadgeClass {
    pub tone: BadgeTone,
}

/// A short word about a thing: its kind, its version, its mode.
#[component]
pub fn Badge(
    #[prop(optional)] tone: BadgeTone,
    #[prop(optional, into)] icon: Option<&'static str>,
    #[prop(optional)] class: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <span class=BadgeClass { tone }.with_class(class)>
            {icon.map(|name| view! { <Icon name=name size=IconSize::Small /> })}
            {children()}
        </span>
    }
}

/// A value in mono type; removable when `on_remove` is given.
#[component]
pub fn Tag(
    #[prop(into)] text: String,
    #[prop(optional, into)] on_remove: Option<Callback<()>>,
) -> impl IntoView {
    let remove = on_remove.map(|on_remove| {
        view! {
            <button type="button" aria-label=format!("Remove {text}") on:click=move |_| on_remove.run(())>
                <Icon name="x" size=IconSize::Small />
            </button>
        }
    });
    view! { <span class="tag">{text.clone()} {remove}</span> }
}
