//! What only a browser can do: focus, clipboard, cookies, dialogs, the event stream.
//! Every helper has a twin that does nothing on the server, so a component is written once and
//! calls these from effects and event handlers only. Nothing here may run while rendering: the
//! first frame of server and browser must be the same.

#[cfg(feature = "hydrate")]
mod dom;
#[cfg(feature = "hydrate")]
mod leaving;
#[cfg(feature = "hydrate")]
mod stream;
#[cfg(feature = "hydrate")]
pub use dom::{
    click, close_dialog, copy_text, document_title, focus, focus_first, focus_match, focus_step, focus_typed,
    has_open_dialog, is_hidden, is_reduced_motion, is_typing, local_parts, now_ms, open_dialog, open_tab,
    place_menu, root_attribute, scroll_into_view, set_cookie, set_inert, set_root_attribute, step_in_main,
};
#[cfg(feature = "hydrate")]
pub use leaving::{
    WindowGuard, guard_leaving, hear_signed_out, is_safe_line, reload, tell_signed_out, watch_history,
};
#[cfg(feature = "hydrate")]
pub use stream::{StreamGuard, subscribe};

#[cfg(not(feature = "hydrate"))]
mod quiet;
#[cfg(not(feature = "hydrate"))]
pub use quiet::{
    StreamGuard, WindowGuard, click, close_dialog, copy_text, document_title, focus, focus_first,
    focus_match, focus_step, focus_typed, guard_leaving, has_open_dialog, hear_signed_out, is_hidden,
    is_reduced_motion, is_safe_line, is_typing, local_parts, now_ms, open_dialog, open_tab, place_menu,
    reload, root_attribute, scroll_into_view, set_cookie, set_inert, set_root_attribute, step_in_main,
    subscribe, tell_signed_out,
};

/// Where the guard of a stream is kept: in the browser bound to its one thread, on the server, where it is
/// empty and rendering moves between threads, not.
#[cfg(feature = "hydrate")]
pub type GuardStorage = leptos::prelude::LocalStorage;
/// Where the guard of a stream is kept on the server.
#[cfg(not(feature = "hydrate"))]
pub type GuardStorage = leptos::prelude::SyncStorage;

/// How the event stream is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamState {
    /// The first connection is being made.
    Connecting,
    /// Events arrive.
    Open,
    /// The line broke; the browser tries again by itself.
    Reconnecting,
    /// The server refused; the browser has given up.
    Closed,
}

/// One event of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamEvent {
    /// The `event:` line, `message` when there was none.
    pub name: String,
    /// The `data:` lines.
    pub data: String,
    /// The `id:` line, empty when there was none.
    pub id: String,
}

/// Which way focus moves in a list of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Next,
    Previous,
    First,
    Last,
}

/// A moment in the zone of the person looking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LocalParts {
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
}

/// Sets `data-hydrated` on `<html>` once the page answers to the script; tests wait for it.
pub fn mark_hydrated() {
    leptos::prelude::Effect::new(move |_| set_root_attribute("data-hydrated", Some("true")));
}
