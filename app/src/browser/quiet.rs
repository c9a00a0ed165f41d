//! The server's twins: same names, no effect. They exist so that components need no `cfg`.

use leptos::web_sys::{Element, HtmlDialogElement, KeyboardEvent};

use super::{LocalParts, Step, StreamEvent, StreamState};

/// Holds a subscription open; here there is none.
#[derive(Debug)]
pub struct StreamGuard(());

/// Listeners on the window; here there are none.
#[derive(Debug)]
pub struct WindowGuard(());

/// Asks before the page is left.
pub fn guard_leaving(_on_leave: impl Fn(String) + Clone + 'static) -> WindowGuard {
    WindowGuard(())
}
/// Tells the shell that nobody is signed in any more.
pub fn tell_signed_out() {}
/// Hears what [`tell_signed_out`] tells.
pub fn hear_signed_out(_heard: impl Fn() + 'static) -> WindowGuard {
    WindowGuard(())
}
/// Loads the page again.
pub fn reload() {}
/// Whether what is sent cannot be read on the way.
pub fn is_safe_line() -> bool {
    true
}
/// Moves focus among the matches in the page's main part; false when there are none.
pub fn step_in_main(_selector: &str, _step: Step) -> bool {
    false
}
/// Focuses the element with this id.
pub fn focus(_id: &str) {}
/// Focuses the first match inside `root`.
pub fn focus_first(_root: &Element, _selector: &str) {}
/// Moves focus among the matches inside `root`.
pub fn focus_step(_root: &Element, _selector: &str, _step: Step) {}
/// Focuses the next match whose text starts with `letter`.
pub fn focus_typed(_root: &Element, _selector: &str, _letter: &str) {}
/// Clicks the first match in the document; false when there is none.
pub fn click(_selector: &str) -> bool {
    false
}
/// Focuses the first match in the document; false when there is none.
pub fn focus_match(_selector: &str) -> bool {
    false
}
/// Whether a dialog is open.
pub fn has_open_dialog() -> bool {
    false
}
/// Scrolls the element with this id into view.
pub fn scroll_into_view(_id: &str) {}
/// Puts text on the clipboard and reports whether it worked.
pub fn copy_text(_text: &str, _done: impl FnOnce(bool) + 'static) {}
/// The title of the document.
pub fn document_title() -> String {
    String::new()
}
/// Whether the key was meant for a text field.
pub fn is_typing(_event: &KeyboardEvent) -> bool {
    false
}
/// Whether the person asked for less motion.
pub fn is_reduced_motion() -> bool {
    false
}
/// Shows a dialog as modal.
pub fn open_dialog(_dialog: &HtmlDialogElement) {}
/// Closes a dialog; focus returns to where it was.
pub fn close_dialog(_dialog: &HtmlDialogElement) {}
/// Opens an address in a new tab.
pub fn open_tab(_href: &str) {}
/// Moves an open menu so that nothing clips it.
pub fn place_menu(_root: &Element, _panel: &Element) {}
/// Reads an attribute of `<html>`.
pub fn root_attribute(_name: &str) -> Option<String> {
    None
}
/// Sets or removes an attribute of `<html>`.
pub fn set_root_attribute(_name: &str, _value: Option<&str>) {}
/// Makes the element with this id unreachable, or reachable again.
pub fn set_inert(_id: &str, _inert: bool) {}
/// Keeps a choice for a year.
pub fn set_cookie(_name: &str, _value: &str) {}
/// Whether nobody can see the page now.
pub fn is_hidden() -> bool {
    false
}
/// Milliseconds since 1970.
pub fn now_ms() -> i64 {
    0
}
/// A moment in the zone of the person looking.
pub fn local_parts(_at_ms: i64) -> LocalParts {
    LocalParts::default()
}
/// Listens to a stream of server-sent events.
pub fn subscribe(
    _url: &str,
    _names: &[&str],
    _on_event: impl Fn(StreamEvent) + 'static,
    _on_state: impl Fn(StreamState) + 'static,
) -> Option<StreamGuard> {
    None
}
