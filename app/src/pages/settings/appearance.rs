//! Theme and density. With a script a choice acts at once; without, a button saves both.

use leptos::prelude::*;

use crate::components::checkbox::Radio;
use crate::components::panel::Panel;
use crate::pages::workspace::here::use_address;
use crate::theme::{APPEARANCE_PATH, Density, Theme, use_appearance};

/// The button is markup for readers without a script only; the browser never builds it.
const SAVE: &str = "<button type=\"submit\" class=\"btn btn-primary\">Save appearance</button>";

/// The choices of this browser.
#[component]
pub fn AppearanceSection() -> impl IntoView {
    let appearance = use_appearance();
    let next = use_address();
    let theme = move |theme: Theme| {
        view! {
            <Radio
                label=theme.label()
                name="theme"
                value=theme.as_str()
                checked=Signal::derive(move || appearance.theme.get() == theme)
                on_change=Callback::new(move |_| appearance.set_theme(theme))
            />
        }
    };
    let density = move |density: Density| {
        view! {
            <Radio
                label=density.label()
                name="density"
                value=density.as_str()
                checked=Signal::derive(move || appearance.density.get() == density)
                on_change=Callback::new(move |_| appearance.set_density(density))
            />
        }
    };
    view! {
        <Panel id="appearance" label="Appearance">
            <form method="post" action=APPEARANCE_PATH class="p-3.5 grid gap-5">
                <input type="hidden" name="next" value=move || next.get() />
                <fieldset>
                    <legend class="label">"Theme"</legend>
                    <div class="grid gap-1 justify-items-start">{Theme::ALL.map(theme).into_iter().collect_view()}</div>
                    <p class="hint">"System follows your operating system, by day and by night."</p>
                </fieldset>
                <fieldset>
                    <legend class="label">"Density"</legend>
                    <div class="grid gap-1 justify-items-start">{Density::ALL.map(density).into_iter().collect_view()}</div>
                    <p class="hint">"Compact shows more rows. On touch screens rows stay large."</p>
                </fieldset>
                <noscript inner_html=SAVE></noscript>
            </form>
        </Panel>
        <p class="text-subtle mt-3">"Kept in this browser only."</p>
    }
}
