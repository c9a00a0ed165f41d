//! The command palette: one field over pages, agents and executions. `Ctrl K` opens it, arrows
//! move, Enter opens, Ctrl Enter opens in a new tab. Results are links, so a press works too.

use leptos::{ev, html, prelude::*};

use super::{
    dialog::{DialogFrame, DialogShape},
    fuzzy::score,
    icon::{Icon, IconSize},
    kbd::Kbd,
};
use crate::browser;

const SHOWN_AT_MOST: usize = 40;
const INPUT_ID: &str = "palette-input";
const LIST_ID: &str = "palette-list";

/// Something to jump to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaletteItem {
    pub label: String,
    /// Grey words at the right, also searched: an id, a kind.
    pub hint: String,
    pub href: String,
    pub icon: &'static str,
    /// The heading it stands under; items of a group should follow each other.
    pub group: String,
}

/// The items that match, best first; with nothing typed, all in the order given.
pub fn matching(items: &[PaletteItem], typed: &str) -> Vec<PaletteItem> {
    let typed = typed.trim();
    let mut hits: Vec<(i32, &PaletteItem)> = items
        .iter()
        .filter_map(|item| {
            let by_label = score(typed, &item.label);
            let by_hint = score(typed, &item.hint).map(|points| points - 20);
            Some((by_label.max(by_hint)?, item))
        })
        .collect();
    if !typed.is_empty() {
        // Stable, so equals keep the given order.
        hits.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    }
    hits.into_iter().take(SHOWN_AT_MOST).map(|(_, item)| item.clone()).collect()
}

fn option_id(index: usize) -> String {
    format!("palette-option-{index}")
}

/// The palette. `open` is set by the shell's search button and shortcut.
#[component]
pub fn CommandPalette(open: RwSignal<bool>, #[prop(into)] items: Signal<Vec<PaletteItem>>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let active = RwSignal::new(0_usize);
    let input = NodeRef::<html::Input>::new();
    // Nothing is searched, and nothing is printed by the server, while the palette is closed.
    let hits =
        Memo::new(
            move |_| {
                if open.get() { items.with(|items| matching(items, &typed.read())) } else { Vec::new() }
            },
        );
    Effect::new(move |_| {
        if open.get() {
            typed.set(String::new());
            active.set(0);
            browser::focus(INPUT_ID);
        }
    });
    let key = move |event: ev::KeyboardEvent| {
        let last = hits.read_untracked().len().saturating_sub(1);
        let at = active.get_untracked();
        let next = match event.key().as_str() {
            "ArrowDown" => {
                if at >= last {
                    0
                } else {
                    at + 1
                }
            }
            "ArrowUp" => at.checked_sub(1).unwrap_or(last),
            "PageDown" => (at + 8).min(last),
            "PageUp" => at.saturating_sub(8),
            "Enter" => {
                event.prevent_default();
                let href = hits.read_untracked().get(at).map(|item| item.href.clone());
                match href {
                    Some(href) if event.ctrl_key() || event.meta_key() => browser::open_tab(&href),
                    Some(_) => {
                        browser::click(&format!("#{}", option_id(at)));
                    }
                    None => {}
                }
                return;
            }
            _ => return,
        };
        event.prevent_default();
        active.set(next);
        browser::scroll_into_view(&option_id(next));
    };
    let list = move || {
        let mut group = String::new();
        hits.get()
            .into_iter()
            .enumerate()
            .map(|(index, item)| {
                let head = (item.group != group).then(|| {
                    group.clone_from(&item.group);
                    view! { <div class="palette-group" role="presentation">{item.group.clone()}</div> }
                });
                view! {
                    {head}
                    <a
                        role="option"
                        id=option_id(index)
                        href=item.href
                        tabindex="-1"
                        class:is-active=move || active.get() == index
                        aria-selected=move || if active.get() == index { "true" } else { "false" }
                        on:pointermove=move |_| active.set(index)
                        on:click=move |_| open.set(false)
                    >
                        <Icon name=item.icon size=IconSize::Small class="text-subtle" />
                        <span class="flex-1 truncate">{item.label}</span>
                        <span class="text-subtle truncate">{item.hint}</span>
                    </a>
                }
            })
            .collect_view()
    };
    let active_id = move || (!hits.read().is_empty()).then(|| option_id(active.get()));
    view! {
        <DialogFrame id="palette" open=open shape=DialogShape::Palette label="Command palette">
            <div class="palette-field">
                <Icon name="search" />
                <input
                    node_ref=input
                    id=INPUT_ID
                    class="palette-input"
                    type="text"
                    role="combobox"
                    aria-expanded="true"
                    aria-controls=LIST_ID
                    aria-autocomplete="list"
                    aria-label="Search or jump to"
                    aria-activedescendant=active_id
                    autocomplete="off"
                    spellcheck="false"
                    placeholder="Search or jump to"
                    prop:value=move || typed.get()
                    on:input=move |event| {
                        typed.set(event_target_value(&event));
                        active.set(0);
                    }
                    on:keydown=key
                />
            </div>
            <div class="palette-list menu" id=LIST_ID role="listbox" aria-label="Results">
                {list}
            </div>
            <p class="px-3 py-2 text-muted" role="status">
                {move || {
                    (open.get() && hits.read().is_empty())
                        .then_some("Nothing matches. Try fewer letters, or part of an id.")
                }}
            </p>
            <p class="palette-foot" aria-hidden="true">
                <span><Kbd keys="↑ ↓" /> " move"</span>
                <span><Kbd keys="Enter" /> " open"</span>
                <span><Kbd keys="Ctrl Enter" /> " new tab"</span>
            </p>
        </DialogFrame>
    }
}
