//! The top bar: fold, workspace, breadcrumbs, search, shortcuts, theme, account. A chip appears
//! only when the live line is not connected.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{
    context::{Connection, use_connection},
    crumbs::Breadcrumbs,
    data::ShellData,
    theme_menu::ThemeMenu,
};
use crate::{
    components::{
        button::{ButtonSize, ButtonVariant},
        icon::{Icon, IconSize},
        kbd::Kbd,
        menu::{Menu, MenuAlign, MenuItem, MenuLine, MenuLink},
        text::initials,
    },
    theme::{APPEARANCE_PATH, Nav, use_appearance},
};

/// The bar above every page.
#[component]
pub fn TopBar(
    data: Signal<ShellData>,
    palette: RwSignal<bool>,
    shortcuts: RwSignal<bool>,
    drawer: RwSignal<bool>,
    sign_out: String,
) -> impl IntoView {
    let location = use_location();
    let (path, query) = (location.pathname, location.search);
    let next = Signal::derive(move || {
        let query = query.read();
        if query.is_empty() { path.get() } else { format!("{}?{}", path.read(), *query) }
    });
    view! {
        <header class="topbar">
            <a
                class="btn btn-ghost btn-icon btn-sm -ml-2 md:hidden"
                href="#sidebar"
                role="button"
                id="drawer-open"
                aria-label="Open menu"
                aria-controls="sidebar"
                aria-expanded=move || if drawer.get() { "true" } else { "false" }
                on:click=move |event| {
                    event.prevent_default();
                    drawer.set(true);
                }
            >
                <Icon name="menu" />
            </a>
            <FoldButton next=next />
            <WorkspaceMenu data=data />
            <Breadcrumbs path=path slug=move || data.read().workspace_slug.clone() />
            <div class="ml-auto -mr-2.5 flex items-center gap-1.5 max-md:mr-0">
                <ConnectionChip />
                <button
                    type="button"
                    class="btn btn-secondary btn-sm searchbtn max-lg:hidden"
                    aria-keyshortcuts="Control+K Meta+K"
                    aria-haspopup="dialog"
                    on:click=move |_| palette.set(true)
                >
                    <Icon name="search" size=IconSize::Small />
                    "Search or jump to"
                    <span class="ml-auto"><Kbd keys="Ctrl K" /></span>
                </button>
                <button
                    type="button"
                    class="btn btn-ghost btn-icon btn-sm lg:hidden"
                    aria-label="Search or jump to"
                    aria-haspopup="dialog"
                    on:click=move |_| palette.set(true)
                >
                    <Icon name="search" />
                </button>
                <button
                    type="button"
                    class="btn btn-ghost btn-icon btn-sm max-md:hidden"
                    aria-label="Keyboard shortcuts"
                    aria-haspopup="dialog"
                    title="Keyboard shortcuts  ?"
                    on:click=move |_| shortcuts.set(true)
                >
                    <Icon name="keyboard" />
                </button>
                <ThemeMenu next=next />
                <AccountMenu data=data sign_out=sign_out />
            </div>
        </header>
    }
}

#[component]
fn FoldButton(next: Signal<String>) -> impl IntoView {
    let appearance = use_appearance();
    let is_full = move || appearance.nav.get() == Nav::Full;
    let label = move || if is_full() { "Collapse sidebar" } else { "Expand sidebar" };
    view! {
        <form method="post" action=APPEARANCE_PATH class="inline-flex max-lg:hidden">
            <input type="hidden" name="next" value=move || next.get() />
            <button
                type="submit"
                name="nav"
                value=move || appearance.nav.get().toggled().as_str()
                class="btn btn-ghost btn-icon btn-sm -ml-2"
                aria-label=label
                aria-expanded=move || if is_full() { "true" } else { "false" }
                aria-controls="sidebar"
                aria-keyshortcuts="["
                title=move || format!("{}  [", label())
                on:click=move |event| {
                    event.prevent_default();
                    appearance.toggle_nav();
                }
            >
                <Icon name="panel-left" />
            </button>
        </form>
    }
}

#[component]
fn WorkspaceMenu(data: Signal<ShellData>) -> impl IntoView {
    let letter = move || data.read().workspace_name.chars().next().map(|c| c.to_uppercase().to_string());
    let button = move || {
        view! {
            <span aria-hidden="true" class="avatar avatar-square">{letter}</span>
            <span class="truncate text-fg">{move || data.read().workspace_name.clone()}</span>
            <span class="sr-only">", switch workspace"</span>
            <Icon name="chevrons-up-down" size=IconSize::Small class="text-subtle" />
        }
    };
    let links = move || {
        let data = data.get();
        data.workspaces
            .into_iter()
            .map(|workspace| {
                let is_current = workspace.slug == data.workspace_slug;
                view! { <MenuLink label=workspace.name href=workspace.href current=is_current /> }
            })
            .collect_view()
    };
    view! {
        <Menu
            label="Workspaces"
            button=button
            variant=ButtonVariant::Ghost
            size=ButtonSize::Small
            is_labelled=true
            class="max-md:hidden shrink-0"
        >
            {links}
        </Menu>
    }
}

#[component]
fn ConnectionChip() -> impl IntoView {
    let connection = use_connection();
    let chip = move || {
        let (class, icon, word) = match connection.get() {
            Connection::Connected => return None,
            Connection::Reconnecting => ("conn", "refresh-cw", "Reconnecting"),
            Connection::Offline => ("conn", "wifi-off", "Offline"),
            Connection::Paused => ("conn conn-paused", "circle-pause", "Paused"),
        };
        Some(view! {
            <span class=class>
                <Icon name=icon size=IconSize::Small />
                {word}
            </span>
        })
    };
    view! { <span role="status">{chip}</span> }
}

#[component]
fn AccountMenu(data: Signal<ShellData>, sign_out: String) -> impl IntoView {
    let button = move || {
        view! {
            <span class="avatar" aria-hidden="true">{move || initials(&data.read().user_name)}</span>
            <span class="sr-only">{move || format!("{}, account menu", data.read().user_name)}</span>
        }
    };
    let head = move || {
        view! {
            <p class="font-medium">{move || data.read().user_name.clone()}</p>
            <p class="text-subtle">{move || data.read().user_email.clone()}</p>
        }
    };
    view! {
        <Menu
            label="Account"
            button=button
            variant=ButtonVariant::Ghost
            size=ButtonSize::Small
            align=MenuAlign::End
            is_labelled=true
            head=head
        >
            {move || {
                let href = data.with(|data| data.href("settings"));
                view! { <MenuLink label="Settings" href=href icon="settings" /> }
            }}
            <MenuLine />
            <form method="post" action=sign_out role="none">
                <MenuItem label="Sign out" icon="log-out" />
            </form>
        </Menu>
    }
}
