//! The sidebar: places by what one does there, settings and version at the foot. Below 768 px it
//! is a drawer; between 768 and 1023 px a rail.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::data::{
    AGENTS, AUDIT, BATCHES, EXECUTIONS, OVERVIEW, Place, QUEUE, SCHEDULES, SETTINGS, ShellData, TOOLS,
};
use crate::components::icon::{Icon, Mark};

/// The sidebar of the shell. `on_close` closes the drawer.
#[component]
pub fn Sidebar(data: Signal<ShellData>, on_close: Callback<()>) -> impl IntoView {
    let path = use_location().pathname;
    let link = move |place: Place, count: Signal<Option<String>>| {
        let href = move || data.with(|data| data.href(place.path));
        let current = move || {
            let (here, own) = (path.read(), href());
            let is_inside = here
                .strip_prefix(&own)
                .is_some_and(|rest| rest.is_empty() || (rest.starts_with('/') && !place.path.is_empty()));
            is_inside.then_some("page")
        };
        view! {
            <a class="navlink" href=href aria-current=current title=place.label data-go=place.key>
                <Icon name=place.icon />
                <span class="lbl">{place.label}</span>
                {move || count.get().map(|count| view! { <span class="count">{count}</span> })}
            </a>
        }
    };
    let none = Signal::stored(None);
    let live = Signal::derive(move || {
        let count = data.read().live_count.filter(|count| *count > 0)?;
        Some(format!("{count} live"))
    });
    let audit = move || {
        data.read().can_see_audit.then(|| {
            view! {
                <h2 class="navhead">"Observe"</h2>
                <ul class="space-y-px">
                    <li>{link(AUDIT, none)}</li>
                </ul>
            }
        })
    };
    let workspaces = move || {
        let list = data.read().workspaces.clone();
        (list.len() > 1).then(|| {
            let links: Vec<_> = list
                .into_iter()
                .map(|workspace| {
                    view! {
                        <li>
                            <a class="navlink" href=workspace.href>{workspace.name}</a>
                        </li>
                    }
                })
                .collect();
            view! {
                <div class="px-2 pb-2 md:hidden">
                    <h2 class="navhead">"Workspaces"</h2>
                    <ul class="space-y-px">{links}</ul>
                </div>
            }
        })
    };
    view! {
        <aside class="sidebar" id="sidebar" aria-label="Sidebar">
            <div class="flex items-center">
                <a class="brand flex-1" href=move || data.with(|data| data.href("")) aria-label="Shopfloor, overview">
                    <Mark />
                    <span class="lbl">"Shopfloor"</span>
                </a>
                <a
                    class="drawer-close btn btn-ghost btn-icon mr-1"
                    href="#main"
                    role="button"
                    aria-label="Close menu"
                    on:click=move |event| {
                        event.prevent_default();
                        on_close.run(());
                    }
                >
                    <Icon name="x" />
                </a>
            </div>
            <nav aria-label="Main" class="px-2 pb-3 flex-1">
                <ul class="space-y-px">
                    <li>{link(OVERVIEW, none)}</li>
                </ul>
                <h2 class="navhead">"Build"</h2>
                <ul class="space-y-px">
                    <li>{link(AGENTS, none)}</li>
                    <li>{link(TOOLS, none)}</li>
                </ul>
                <h2 class="navhead">"Run"</h2>
                <ul class="space-y-px">
                    <li>{link(EXECUTIONS, live)}</li>
                    <li>{link(QUEUE, none)}</li>
                    <li>{link(SCHEDULES, none)}</li>
                    <li>{link(BATCHES, none)}</li>
                </ul>
                {audit}
            </nav>
            {workspaces}
            <div class="px-2 pb-2 space-y-px">
                {link(SETTINGS, none)}
                <p class="navlink" title=move || format!("Shopfloor v{}", data.read().version)>
                    <Icon name="server" />
                    <span class="lbl">"Version"</span>
                    <span class="count">{move || format!("v{}", data.read().version)}</span>
                </p>
            </div>
        </aside>
    }
}
