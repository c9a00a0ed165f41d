//! Nothing there yet, or nothing that matches: what this is, and the one thing to do.

use leptos::prelude::*;

use super::icon::Icon;

/// Stands in for a list without rows. Put the primary action among the children.
#[component]
pub fn EmptyState(
    icon: &'static str,
    #[prop(into)] title: String,
    /// What this is, in one sentence.
    #[prop(into)]
    text: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name=icon />
            <h3 class="font-semibold text-base">{title}</h3>
            <p>{text}</p>
            {children
                .map(|children| {
                    view! { <div class="flex flex-wrap justify-center gap-2 mt-3">{children()}</div> }
                })}
        </div>
    }
}
