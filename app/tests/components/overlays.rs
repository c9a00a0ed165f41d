//! What floats: dialogs, menus, the palette. Printed closed unless asked otherwise, and usable
//! without a script where that is possible.

use app::components::{
    dialog::{ConfirmDialog, Dialog, DialogFrame, DialogShape},
    menu::{Menu, MenuItem, MenuLine, MenuLink},
    palette::{CommandPalette, PaletteItem, matching},
    shortcuts::{Shortcut, ShortcutsDialog},
};
use leptos::prelude::*;

use super::page::{has, html, lacks, tag, tag_with};

#[test]
fn dialog_is_native_named_and_closed() {
    let page = html(|| {
        let open = RwSignal::new(false);
        view! { <Dialog id="new-key" open=open title="New API key" description="For programs." shape=DialogShape::Wide>"fields"</Dialog> }
    });
    let dialog = tag(&page, "<dialog");
    has(
        dialog,
        &[
            "id=\"new-key\"",
            "dialog-wide",
            "aria-labelledby=\"new-key-title\"",
            "aria-describedby=\"new-key-text\"",
        ],
    );
    lacks(dialog, &[" open"]);
    has(&page, &["id=\"new-key-title\"", "New API key</h2>", "For programs."]);
}

#[test]
fn dialog_that_starts_open_shows_without_a_script() {
    let page = html(|| {
        let open = RwSignal::new(true);
        view! { <Dialog id="d" open=open title="Choose">"x"</Dialog> }
    });
    has(tag(&page, "<dialog"), &[" open"]);
}

#[test]
fn confirming_starts_on_the_safe_button() {
    let page = html(|| {
        let open = RwSignal::new(false);
        view! {
            <ConfirmDialog
                id="delete"
                open=open
                title="Delete Invoice extractor?"
                message="22 versions go with it. This cannot be undone."
                confirm="Delete agent"
                keep="Keep agent"
                form="delete-form"
            />
        }
    });
    let safe = tag(&page, "<button");
    has(safe, &[" autofocus", "type=\"button\""]);
    has(
        &page,
        &["Keep agent", "Delete agent", "22 versions go with it.", "type=\"submit\"", "form=\"delete-form\""],
    );
    has(&page, &["btn-danger-solid"]);
    lacks(&page, &["aria-disabled"]);
}

#[test]
fn confirming_may_ask_for_a_word_first() {
    let page = html(|| {
        let open = RwSignal::new(false);
        view! {
            <ConfirmDialog
                id="delete"
                open=open
                title="Delete?"
                message="All goes."
                confirm="Delete agent"
                keep="Keep agent"
                type_to_confirm="invoice-extractor"
            />
        }
    });
    has(&page, &["for=\"delete-typed\"", "id=\"delete-typed\"", "invoice-extractor"]);
    has(&page, &["aria-disabled=\"true\"", "title=\"Type invoice-extractor first\""]);
}

#[test]
fn menu_opens_without_a_script_and_has_roles() {
    let page = html(|| {
        let press = Callback::new(|()| ());
        view! {
            <Menu label="More actions" button=|| "...">
                <MenuItem label="Duplicate" icon="copy" shortcut="D" on_press=press />
                <MenuLink label="Open" href="/a" current=true />
                <MenuLine />
                <MenuItem label="Delete" danger=true disabled_reason="2 webhooks use it" on_press=press />
                <MenuItem label="Dark" name="theme" value="dark" checked=true />
            </Menu>
        }
    });
    has(&page, &["<details", "<summary"]);
    has(tag(&page, "<summary"), &["aria-haspopup=\"menu\"", "aria-label=\"More actions\""]);
    has(tag_with(&page, "<div", "class=\"menu\""), &["role=\"menu\"", "aria-label=\"More actions\""]);
    lacks(tag(&page, "<details"), &[" open"]);
    has(tag(&page, "<a"), &["role=\"menuitem\"", "aria-current=\"true\""]);
    has(&page, &["aria-disabled=\"true\"", "title=\"2 webhooks use it\"", "<hr"]);
    let radio = tag_with(&page, "<button", "menuitemradio");
    has(radio, &["name=\"theme\"", "value=\"dark\"", "aria-checked=\"true\""]);
}

fn item(label: &str, hint: &str) -> PaletteItem {
    PaletteItem {
        label: label.to_owned(),
        hint: hint.to_owned(),
        href: format!("/{label}"),
        icon: "bot",
        group: "Agents".to_owned(),
    }
}

#[test]
fn palette_is_a_combobox_and_empty_while_closed() {
    let page = html(|| {
        let open = RwSignal::new(false);
        view! { <CommandPalette open=open items=vec![item("Support triage", "Agent")] /> }
    });
    has(
        tag(&page, "<input"),
        &["role=\"combobox\"", "aria-controls=\"palette-list\"", "aria-label=\"Search or jump to\""],
    );
    has(&page, &["role=\"listbox\""]);
    lacks(&page, &["role=\"option\"", "Support triage"]);
}

#[test]
fn open_palette_lists_under_headings_with_one_active() {
    let page = html(|| {
        let open = RwSignal::new(true);
        view! { <CommandPalette open=open items=vec![item("Support triage", "Agent"), item("Lead enricher", "Agent")] /> }
    });
    assert_eq!(page.matches("role=\"option\"").count(), 2);
    assert_eq!(page.matches("palette-group").count(), 1);
    assert_eq!(page.matches("aria-selected=\"true\"").count(), 1);
    has(tag(&page, "<input"), &["aria-activedescendant=\"palette-option-0\""]);
}

#[test]
fn palette_finds_by_label_then_by_hint() {
    let items =
        [item("Lead enricher", "agt_sup"), item("Support triage", "Agent"), item("News digest", "Agent")];
    let found: Vec<_> = matching(&items, "sup").into_iter().map(|item| item.label).collect();
    assert_eq!(found, ["Support triage", "Lead enricher"]);
    assert_eq!(matching(&items, "").len(), 3);
    assert!(matching(&items, "zzz").is_empty());
}

#[test]
fn shortcuts_list_those_of_the_page_too() {
    let page = html(|| {
        let open = RwSignal::new(false);
        view! { <ShortcutsDialog open=open here=vec![Shortcut { keys: "R", what: "Run an agent" }] /> }
    });
    has(&page, &["Keyboard shortcuts", "Everywhere", "Search or jump to", "On this page", "Run an agent"]);
}

#[test]
fn a_dialog_without_a_look_is_printed_as_its_signal_starts() {
    let frame = |is_open: bool, shape: DialogShape| {
        html(move || {
            let open = RwSignal::new(is_open);
            view! { <DialogFrame id="row" open=open shape=shape label="A row">"details"</DialogFrame> }
        })
    };
    let closed = frame(false, DialogShape::Side);
    has(tag(&closed, "<dialog"), &["id=\"row\"", "class=\"side\"", "aria-label=\"A row\""]);
    lacks(tag(&closed, "<dialog"), &[" open", "aria-labelledby", "aria-describedby"]);
    let shown = frame(true, DialogShape::Small);
    has(tag(&shown, "<dialog"), &[" open", "class=\"dialog\""]);
    has(&shown, &["details"]);
}
