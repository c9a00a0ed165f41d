//! Leaving a page: the browser's own question, links of the application, and Back. Also the news
//! that a session has ended, which any call may bring and the shell wants to hear.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Element, Event};

/// The event by which a call tells that nobody is signed in any more.
const SIGNED_OUT: &str = "shopfloor:signed-out";

/// Who is asked before Back or Forward leaves the page.
type Ask = Rc<dyn Fn(&Event)>;

/// What hears an event, with the event's name.
type Listener = (&'static str, Closure<dyn FnMut(Event)>);

thread_local! {
    static GUARD: RefCell<Option<Ask>> = const { RefCell::new(None) };
}

/// Hears of Back and Forward before the router does. Events of the window reach its listeners in the
/// order in which they were added, so this is called before the application is there.
pub fn watch_history() {
    let heard = Closure::<dyn FnMut(Event)>::new(|event: Event| {
        if let Some(guard) = GUARD.with_borrow(Clone::clone) {
            guard(&event);
        }
    });
    let _ = window().add_event_listener_with_callback("popstate", heard.as_ref().unchecked_ref());
    // It listens as long as the page lives.
    heard.forget();
}

/// Listeners on the window, taken away when this is dropped.
#[derive(Debug, Default)]
pub struct WindowGuard {
    listeners: Vec<Listener>,
    watches_history: bool,
}

impl WindowGuard {
    /// Before anybody else hears of the event.
    fn listen(&mut self, name: &'static str, heard: impl FnMut(Event) + 'static) {
        let heard = Closure::<dyn FnMut(Event)>::new(heard);
        // Adding a listener to the window cannot fail.
        let _ =
            window().add_event_listener_with_callback_and_bool(name, heard.as_ref().unchecked_ref(), true);
        self.listeners.push((name, heard));
    }
}

impl Drop for WindowGuard {
    fn drop(&mut self) {
        if self.watches_history {
            GUARD.set(None);
        }
        for (name, heard) in &self.listeners {
            let _ = window().remove_event_listener_with_callback_and_bool(
                name,
                heard.as_ref().unchecked_ref(),
                true,
            );
        }
    }
}

/// The address a press on a link leads to, if the application would go there and it is another page.
fn leads_away(event: &Event) -> Option<String> {
    let pressed = event.dyn_ref::<web_sys::MouseEvent>()?;
    let is_plain = pressed.button() == 0
        && !(pressed.ctrl_key() || pressed.meta_key() || pressed.shift_key() || pressed.alt_key());
    let link = event.target()?.dyn_into::<Element>().ok()?.closest("a[href]").ok().flatten()?;
    // Addresses that the browser loads by itself are its own to ask about.
    let is_loaded = ["download", "target"].into_iter().any(|name| link.has_attribute(name))
        || link.get_attribute("rel").is_some_and(|rel| rel.contains("external"));
    if !is_plain || is_loaded {
        return None;
    }
    let link = link.dyn_ref::<web_sys::HtmlAnchorElement>()?;
    let location = window().location();
    let is_ours = location.origin().is_ok_and(|origin| origin == link.origin());
    let is_elsewhere = location.pathname().is_ok_and(|path| path != link.pathname());
    (is_ours && is_elsewhere).then(|| format!("{}{}{}", link.pathname(), link.search(), link.hash()))
}

/// Path, query and fragment of the page.
fn here() -> (String, String) {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    let rest = [location.search(), location.hash()].map(Result::unwrap_or_default).concat();
    let whole = format!("{path}{rest}");
    (path, whole)
}

/// While the guard lives, leaving the page asks first: the browser in its own words when the page is
/// closed or loaded again, `on_leave` with the address when the application would go elsewhere.
pub fn guard_leaving(on_leave: impl Fn(String) + Clone + 'static) -> WindowGuard {
    let mut guard = WindowGuard::default();
    guard.listen("beforeunload", |event: Event| event.prevent_default());
    let ask = on_leave.clone();
    guard.listen("click", move |event: Event| {
        if event.default_prevented() {
            return;
        }
        if let Some(href) = leads_away(&event) {
            event.prevent_default();
            ask(href);
        }
    });
    let (stay, address) = here();
    guard.watches_history = true;
    GUARD.set(Some(Rc::new(move |event: &Event| {
        let (path, wanted) = here();
        if path == stay {
            return;
        }
        // The browser has moved already; the application has not heard of it and does not.
        event.stop_immediate_propagation();
        if let Ok(history) = window().history() {
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
        }
        on_leave(wanted);
    })));
    guard
}

/// Tells the shell that nobody is signed in any more.
pub fn tell_signed_out() {
    if let Ok(event) = Event::new(SIGNED_OUT) {
        let _ = window().dispatch_event(&event);
    }
}

/// Hears what [`tell_signed_out`] tells.
pub fn hear_signed_out(heard: impl Fn() + 'static) -> WindowGuard {
    let mut guard = WindowGuard::default();
    guard.listen(SIGNED_OUT, move |_| heard());
    guard
}

/// Loads the page again.
pub fn reload() {
    let _ = window().location().reload();
}

/// Whether what is sent cannot be read on the way: HTTPS, or this machine.
pub fn is_safe_line() -> bool {
    js_sys::Reflect::get(&window(), &"isSecureContext".into()).is_ok_and(|safe| safe.is_truthy())
}
