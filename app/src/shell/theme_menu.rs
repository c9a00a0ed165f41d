//! The theme menu. Its items are buttons of a real form, so the choice works without a script;
//! with one, attribute and cookie change at once.

use leptos::prelude::*;

use crate::{
    components::{
        button::{ButtonSize, ButtonVariant},
        icon::Icon,
        menu::{Menu, MenuAlign, MenuItem},
    },
    theme::{APPEARANCE_PATH, Theme, use_appearance},
};

/// System, light or dark. `next` is where the form without a script comes back to.
#[component]
pub fn ThemeMenu(#[prop(into)] next: Signal<String>) -> impl IntoView {
    let appearance = use_appearance();
    let item = move |theme: Theme| {
        view! {
            <MenuItem
                label=theme.label()
                icon=theme.icon()
                name="theme"
                value=theme.as_str()
                checked=MaybeProp::derive(move || Some(appearance.theme.get() == theme))
                on_press=move |()| appearance.set_theme(theme)
            />
        }
    };
    view! {
        <form method="post" action=APPEARANCE_PATH class="inline-flex">
            <input type="hidden" name="next" value=move || next.get() />
            <Menu
                label="Switch theme"
                button=|| view! { <Icon name="sun-moon" /> }
                variant=ButtonVariant::Ghost
                size=ButtonSize::IconSmall
                align=MenuAlign::End
            >
                {Theme::ALL.map(item).into_iter().collect_view()}
            </Menu>
        </form>
    }
}
