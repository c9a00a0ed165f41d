//! The shell: skip link, sidebar, top bar, main, palette, shortcuts and toasts. After a change of
//! page, focus goes to main and the title is announced. Without a script links, forms and menus
//! still work.

use std::time::Duration;

use leptos::{ev, prelude::*};
use leptos_router::hooks::use_location;

use super::{
    data::{AUDIT, PLACES, ShellData},
    keys,
    sidebar::Sidebar,
    top_bar::TopBar,
};
use crate::{
    browser,
    components::{
        palette::{CommandPalette, PaletteItem},
        shortcuts::{Shortcut, ShortcutsDialog},
        toast::ToastHost,
    },
};

/// The frame round the pages of a workspace. Needs a router and
/// [`provide_interface`](super::context::provide_interface) above it.
#[component]
pub fn Shell(
    #[prop(into)] data: Signal<ShellData>,
    /// Agents, executions and actions for the palette; the places are added here.
    #[prop(optional, into)]
    palette_items: Signal<Vec<PaletteItem>>,
    /// The shortcuts of this page, for the list.
    #[prop(optional, into)]
    page_shortcuts: Signal<Vec<Shortcut>>,
    /// Where the sign-out form posts.
    #[prop(into)]
    sign_out: String,
    /// Whether single-key shortcuts are on for this person.
    #[prop(default = Signal::stored(true), into)]
    single_keys: Signal<bool>,
    children: Children,
) -> impl IntoView {
    let palette = RwSignal::new(false);
    let shortcuts = RwSignal::new(false);
    let drawer = RwSignal::new(false);
    let announced = RwSignal::new(String::new());
    keys::listen(palette, shortcuts, single_keys);
    follow_drawer(drawer);
    follow_route(drawer, announced);
    let items = Signal::derive(move || {
        let mut items = places(&data.read());
        items.extend(palette_items.get());
        items
    });
    let close = Callback::new(move |()| drawer.set(false));
    view! {
        <a class="skip btn btn-primary" href="#main" rel="external">"Skip to content"</a>
        <div class="app">
            <Sidebar data=data on_close=close />
            <div class="drawer-scrim" on:click=move |_| drawer.set(false)></div>
            <div class="min-w-0" id="content">
                <TopBar data=data palette=palette shortcuts=shortcuts drawer=drawer sign_out=sign_out />
                <main id="main" class="page main" tabindex="-1">{children()}</main>
            </div>
        </div>
        <p class="sr-only" role="status">{move || announced.get()}</p>
        <CommandPalette open=palette items=items />
        <ShortcutsDialog open=shortcuts here=page_shortcuts />
        <ToastHost />
    }
}

fn places(data: &ShellData) -> Vec<PaletteItem> {
    PLACES
        .iter()
        .filter(|place| **place != AUDIT || data.can_see_audit)
        .map(|place| PaletteItem {
            label: place.label.to_owned(),
            hint: "Page".to_owned(),
            href: data.href(place.path),
            icon: place.icon,
            group: "Pages".to_owned(),
        })
        .collect()
}

/// While the drawer is open the page behind it cannot be reached; Esc closes it.
fn follow_drawer(drawer: RwSignal<bool>) {
    Effect::new(move |was_open: Option<bool>| {
        let is_open = drawer.get();
        browser::set_root_attribute("data-drawer", is_open.then_some("open"));
        browser::set_inert("content", is_open);
        if is_open {
            browser::focus_match("#sidebar .navlink");
            let listener = window_event_listener(ev::keydown, move |event: ev::KeyboardEvent| {
                if event.key() == "Escape" {
                    drawer.set(false);
                }
            });
            on_cleanup(move || listener.remove());
        } else if was_open == Some(true) {
            browser::focus("drawer-open");
        }
        is_open
    });
}

fn follow_route(drawer: RwSignal<bool>, announced: RwSignal<String>) {
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let here = path.get();
        if before.is_some_and(|before| before != here) {
            drawer.set(false);
            // After the new page has been put in place and has set its title.
            set_timeout(
                move || {
                    browser::focus("main");
                    announced.try_set(browser::document_title());
                },
                Duration::from_millis(50),
            );
        }
        here
    });
}
