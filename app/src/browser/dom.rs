//! The document: focus, clipboard, cookies, dialogs and menus.
//! Sizes are set through the CSSOM here and nowhere else, because the pages are served without
//! permission for style attributes.

use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Element, HtmlDialogElement, HtmlElement, KeyboardEvent, NodeList};

use super::{LocalParts, Step};

fn root() -> Option<Element> {
    document().document_element()
}

fn html(element: Element) -> Option<HtmlElement> {
    element.dyn_into().ok()
}

fn each(list: &NodeList) -> Vec<HtmlElement> {
    (0..list.length()).filter_map(|index| list.get(index)?.dyn_into().ok()).collect()
}

fn matches_in(root: &Element, selector: &str) -> Vec<HtmlElement> {
    root.query_selector_all(selector).map(|list| each(&list)).unwrap_or_default()
}

fn give_focus(element: &HtmlElement) {
    // Focus fails only for an element that has left the document, where there is nothing to do.
    let _ = element.focus();
}

fn focused_index(items: &[HtmlElement]) -> Option<usize> {
    let active = document().active_element()?;
    items.iter().position(|item| item.is_same_node(Some(&active)))
}

/// Focuses the element with this id.
pub fn focus(id: &str) {
    if let Some(element) = document().get_element_by_id(id).and_then(html) {
        give_focus(&element);
    }
}

/// Focuses the first match inside `root`.
pub fn focus_first(root: &Element, selector: &str) {
    if let Some(first) = matches_in(root, selector).first() {
        give_focus(first);
    }
}

/// Moves focus among the matches inside `root`, round the ends.
pub fn focus_step(root: &Element, selector: &str, step: Step) {
    let items = matches_in(root, selector);
    let Some(last) = items.len().checked_sub(1) else {
        return;
    };
    let next = match (step, focused_index(&items)) {
        (Step::First, _) | (Step::Next, None) => 0,
        (Step::Last, _) | (Step::Previous, None) => last,
        (Step::Next, Some(at)) => {
            if at == last {
                0
            } else {
                at + 1
            }
        }
        (Step::Previous, Some(at)) => at.checked_sub(1).unwrap_or(last),
    };
    if let Some(item) = items.get(next) {
        give_focus(item);
    }
}

/// Moves focus among the matches in the page's main part; false when there are none.
pub fn step_in_main(selector: &str, step: Step) -> bool {
    let Some(main) = document().get_element_by_id("main") else {
        return false;
    };
    let is_any = !matches_in(&main, selector).is_empty();
    focus_step(&main, selector, step);
    is_any
}

/// Focuses the next match whose text starts with `letter`.
pub fn focus_typed(root: &Element, selector: &str, letter: &str) {
    let items = matches_in(root, selector);
    let start = focused_index(&items).map_or(0, |at| at + 1);
    let letter = letter.to_lowercase();
    let hit = items.iter().cycle().skip(start).take(items.len());
    for item in hit {
        let text = item.text_content().unwrap_or_default().trim().to_lowercase();
        if text.starts_with(&letter) {
            give_focus(item);
            return;
        }
    }
}

/// Clicks the first match in the document; false when there is none.
pub fn click(selector: &str) -> bool {
    let found = document().query_selector(selector).ok().flatten();
    found.and_then(html).is_some_and(|element| {
        element.click();
        true
    })
}

/// Focuses the first match in the document; false when there is none.
pub fn focus_match(selector: &str) -> bool {
    let found = document().query_selector(selector).ok().flatten();
    found.and_then(html).is_some_and(|element| {
        give_focus(&element);
        true
    })
}

/// Whether a dialog is open.
pub fn has_open_dialog() -> bool {
    document().query_selector("dialog[open]").is_ok_and(|found| found.is_some())
}

/// Scrolls the element with this id into view, as little as needed.
pub fn scroll_into_view(id: &str) {
    let Some(element) = document().get_element_by_id(id) else {
        return;
    };
    let options = js_sys::Object::new();
    // Setting a property of a fresh object cannot fail.
    let _ = js_sys::Reflect::set(&options, &"block".into(), &"nearest".into());
    if let Some(scroll) = method(&element, "scrollIntoView") {
        let _ = scroll.call1(&element, &options);
    }
}

fn property(of: &JsValue, name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(of, &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
}

fn method(of: &JsValue, name: &str) -> Option<js_sys::Function> {
    property(of, name)?.dyn_into().ok()
}

/// Puts text on the clipboard and reports whether it worked. Pages served over plain HTTP have no
/// clipboard object; there the old copy command does it.
pub fn copy_text(text: &str, done: impl FnOnce(bool) + 'static) {
    let navigator = window().navigator();
    if property(&navigator, "clipboard").is_none() {
        done(copy_by_command(text).is_some());
        return;
    }
    let done = std::rc::Rc::new(std::cell::Cell::new(Some(done)));
    let report = move |worked: bool| {
        let done = done.clone();
        Closure::once(move |_: JsValue| {
            if let Some(done) = done.take() {
                done(worked);
            }
        })
    };
    let (worked, refused) = (report(true), report(false));
    let _ = navigator.clipboard().write_text(text).then2(&worked, &refused);
    // One of the two runs once and frees itself; the other is as small as a pointer.
    worked.forget();
    refused.forget();
}

fn copy_by_command(text: &str) -> Option<()> {
    let document = document();
    let host = document.create_element("div").ok()?;
    let selection = method(&window(), "getSelection")?.call0(&window()).ok()?;
    host.set_text_content(Some(text));
    host.set_class_name("fixed opacity-0 whitespace-pre");
    document.body()?.append_child(&host).ok()?;
    method(&selection, "selectAllChildren")?.call1(&selection, &host).ok()?;
    let copied = method(&document, "execCommand")?.call1(&document, &"copy".into()).ok()?;
    host.remove();
    copied.is_truthy().then_some(())
}

/// The title of the document.
pub fn document_title() -> String {
    document().title()
}

/// Whether the key was meant for a text field.
pub fn is_typing(event: &KeyboardEvent) -> bool {
    let Some(element) = event.target().and_then(|t| t.dyn_into::<Element>().ok()) else {
        return false;
    };
    let field = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), \
                 textarea, select, [contenteditable=true]";
    event.is_composing() || element.closest(field).ok().flatten().is_some()
}

/// Whether the person asked for less motion.
pub fn is_reduced_motion() -> bool {
    window()
        .match_media("(prefers-reduced-motion: reduce)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches())
}

/// Shows a dialog as modal. One that the server printed open is closed first, because an open
/// dialog cannot become modal.
pub fn open_dialog(dialog: &HtmlDialogElement) {
    let modal = dialog.matches(":modal").unwrap_or(false);
    if modal {
        return;
    }
    // Not `close()`: that would fire the event by which the owner learns of a real closing.
    let _ = dialog.remove_attribute("open");
    let _ = dialog.show_modal();
}

/// Closes a dialog; the browser returns focus to where it was.
pub fn close_dialog(dialog: &HtmlDialogElement) {
    if dialog.open() {
        dialog.close();
    }
}

/// Opens an address in a new tab.
pub fn open_tab(href: &str) {
    let _ = window().open_with_url_and_target_and_features(href, "_blank", "noopener");
}

/// Moves an open menu so that no scrolling table clips it: fixed, under its button or above it.
pub fn place_menu(root: &Element, panel: &Element) {
    let Some(style) = panel.dyn_ref::<HtmlElement>().map(HtmlElement::style) else {
        return;
    };
    let Some(scroller) = root.closest(".scroll-x, .clip, dialog").ok().flatten() else {
        return;
    };
    // Inside a dialog the panel scrolls with it, which is what we want.
    if scroller.tag_name().eq_ignore_ascii_case("dialog") {
        return;
    }
    let (button, size) = (root.get_bounding_client_rect(), panel.get_bounding_client_rect());
    let edge = |value: JsValue| value.as_f64().unwrap_or(f64::MAX);
    let (width, height) =
        (window().inner_width().map_or(f64::MAX, edge), window().inner_height().map_or(f64::MAX, edge));
    let below = button.bottom() + 4.0;
    let top = if below + size.height() > height - 8.0 {
        (button.top() - 4.0 - size.height()).max(8.0)
    } else {
        below
    };
    let left = (button.right() - size.width()).min(width - size.width() - 8.0).max(8.0);
    for (name, value) in [
        ("position", "fixed".to_owned()),
        ("right", "auto".to_owned()),
        ("top", format!("{top}px")),
        ("left", format!("{left}px")),
    ] {
        let _ = style.set_property(name, &value);
    }
}

/// Reads an attribute of `<html>`.
pub fn root_attribute(name: &str) -> Option<String> {
    root()?.get_attribute(name)
}

/// Sets or removes an attribute of `<html>`.
pub fn set_root_attribute(name: &str, value: Option<&str>) {
    let Some(root) = root() else { return };
    let _ = match value {
        Some(value) => root.set_attribute(name, value),
        None => root.remove_attribute(name),
    };
}

/// Makes the element with this id unreachable, or reachable again.
pub fn set_inert(id: &str, inert: bool) {
    let Some(element) = document().get_element_by_id(id) else {
        return;
    };
    let _ = if inert { element.set_attribute("inert", "") } else { element.remove_attribute("inert") };
}

/// Keeps a choice for a year. Only words of ours go in, never typed text.
pub fn set_cookie(name: &str, value: &str) {
    let secure = window().location().protocol().is_ok_and(|protocol| protocol == "https:");
    let secure = if secure { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax{secure}");
    let _ = js_sys::Reflect::set(&document(), &"cookie".into(), &cookie.into());
}

/// Whether nobody can see the page now: another tab is in front, or the window is minimised.
pub fn is_hidden() -> bool {
    document().hidden()
}

/// Milliseconds since 1970.
#[expect(clippy::cast_possible_truncation, reason = "the clock of a browser is far below 2^53")]
pub fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// A moment in the zone of the person looking.
#[expect(clippy::cast_precision_loss, reason = "moments are far below 2^53 milliseconds")]
pub fn local_parts(at_ms: i64) -> LocalParts {
    let date = js_sys::Date::new(&JsValue::from_f64(at_ms as f64));
    LocalParts {
        year: i64::from(date.get_full_year()),
        month: date.get_month() + 1,
        day: date.get_date(),
        hour: date.get_hours(),
        minute: date.get_minutes(),
        second: date.get_seconds(),
    }
}
