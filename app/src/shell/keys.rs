//! Shortcuts that work everywhere. Single keys are off while typing, while a dialog is open, and
//! when the person has switched them off.

use leptos::{ev, prelude::*};

use super::data::PLACES;
use crate::{
    browser::{self, Step},
    theme::use_appearance,
};

/// `G` waits this long for its second key.
const PREFIX_MS: i64 = 1_500;

/// What J and K go through: the link of each row, which Enter follows by itself.
const ROWS: &str = ".rowlink";

/// Listens for the shortcuts of the shell.
pub fn listen(palette: RwSignal<bool>, shortcuts: RwSignal<bool>, single_keys: Signal<bool>) {
    let appearance = use_appearance();
    let prefixed_at = StoredValue::new(None::<i64>);
    let pressed = move |event: ev::KeyboardEvent| {
        let key = event.key();
        if (event.ctrl_key() || event.meta_key()) && key.eq_ignore_ascii_case("k") {
            event.prevent_default();
            palette.update(|open| *open = !*open);
            return;
        }
        let is_plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
        let is_ours = is_plain
            && single_keys.get_untracked()
            && !event.default_prevented()
            && !browser::is_typing(&event)
            && !browser::has_open_dialog();
        if !is_ours {
            return;
        }
        let now = browser::now_ms();
        let was_prefixed =
            prefixed_at.try_update_value(Option::take).flatten().is_some_and(|at| now - at < PREFIX_MS);
        let done = if was_prefixed {
            let place = PLACES.iter().find(|place| key.eq_ignore_ascii_case(place.key));
            place.is_some_and(|place| browser::click(&format!("[data-go='{}']", place.key)))
        } else {
            match key.as_str() {
                "g" => {
                    prefixed_at.set_value(Some(now));
                    true
                }
                "?" => {
                    shortcuts.set(true);
                    true
                }
                "[" => {
                    appearance.toggle_nav();
                    true
                }
                "j" => browser::step_in_main(ROWS, Step::Next),
                "k" => browser::step_in_main(ROWS, Step::Previous),
                "/" => browser::focus_match("[data-page-search], main input[type=search]"),
                _ => false,
            }
        };
        if done {
            event.prevent_default();
        }
    };
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, pressed);
        on_cleanup(move || listener.remove());
    });
}
