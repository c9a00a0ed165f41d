//! Single keys of a page, such as `N` for a new agent. They press what is on the page already, so
//! that nothing can be done by key that cannot be done by pointer.

use leptos::{ev, prelude::*};

use crate::browser;

/// Presses the first match of `selector` when `key` is hit outside fields and dialogs.
pub fn on_key(key: &'static str, selector: &'static str) {
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, move |event: ev::KeyboardEvent| {
            let is_plain = !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key());
            let is_ours = is_plain
                && event.key().eq_ignore_ascii_case(key)
                && !event.default_prevented()
                && !browser::is_typing(&event)
                && !browser::has_open_dialog();
            if is_ours && browser::click(selector) {
                event.prevent_default();
            }
        });
        on_cleanup(move || listener.remove());
    });
}
