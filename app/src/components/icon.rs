//! Icons from the one sprite, `/icons.svg`. Beside text an icon is hidden from assistive
//! technology; alone in a cell it needs a label.

use leptos::prelude::*;
use tailwind_fuse::tw_join;

/// How large an icon is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IconSize {
    /// 14 px, in buttons and pills.
    Small,
    /// 16 px.
    #[default]
    Medium,
    /// 20 px.
    Large,
}

impl IconSize {
    const fn class(self) -> &'static str {
        match self {
            Self::Small => "ico-sm",
            Self::Medium => "",
            Self::Large => "ico-lg",
        }
    }
}

/// One icon of the sprite; `name` is the Lucide name.
#[component]
pub fn Icon(
    name: &'static str,
    #[prop(optional)] size: IconSize,
    /// Turns, for work in progress.
    #[prop(optional)]
    spin: bool,
    /// The name read aloud, when no text stands beside the icon.
    #[prop(optional, into)]
    label: Option<String>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let classes = tw_join!("ico", size.class(), spin.then_some("spin"), class);
    let hidden = label.is_none().then_some("true");
    let role = label.is_some().then_some("img");
    view! {
        <svg class=classes aria-hidden=hidden role=role aria-label=label>
            <use href=format!("/icons.svg#i-{name}")></use>
        </svg>
    }
}

/// The mark: an ink square with three bars of falling length.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
            <rect class="mark-ink" x="1" y="1" width="18" height="18" rx="4.5"></rect>
            <rect class="mark-bar" x="4.5" y="4.5" width="11" height="2.6" rx="1.3"></rect>
            <rect class="mark-bar" x="4.5" y="8.7" width="7.4" height="2.6" rx="1.3" opacity=".72"></rect>
            <rect class="mark-bar" x="9" y="12.9" width="6.5" height="2.6" rx="1.3" opacity=".45"></rect>
        </svg>
    }
}
