//! Server-sent events. The browser reconnects by itself and sends the last id it saw, so this
//! wrapper only translates: named events, the state of the line, and closing on drop.

use std::rc::Rc;

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, EventSource, MessageEvent};

use super::{StreamEvent, StreamState};

/// Holds a subscription open; dropping it closes the line.
#[derive(Debug)]
pub struct StreamGuard {
    source: EventSource,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_change: Closure<dyn FnMut(Event)>,
}

impl Drop for StreamGuard {
    fn drop(&mut self) {
        self.source.set_onopen(None);
        self.source.set_onerror(None);
        self.source.close();
    }
}

/// Listens to `url` for events with these names. `message` is the name of events without one.
/// Nothing comes back when the address is not valid. Keep the guard in a
/// `StoredValue::new_local`, so that it closes with the view that opened it.
pub fn subscribe(
    url: &str,
    names: &[&str],
    on_event: impl Fn(StreamEvent) + 'static,
    on_state: impl Fn(StreamState) + 'static,
) -> Option<StreamGuard> {
    let source = EventSource::new(url).ok()?;
    let on_state = Rc::new(on_state);
    on_state(StreamState::Connecting);
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        on_event(StreamEvent {
            name: event.type_(),
            data: event.data().as_string().unwrap_or_default(),
            id: event.last_event_id(),
        });
    });
    for name in names {
        source.add_event_listener_with_callback(name, on_message.as_ref().unchecked_ref()).ok()?;
    }
    let watched = source.clone();
    let on_change = Closure::<dyn FnMut(Event)>::new(move |_event: Event| {
        on_state(match watched.ready_state() {
            EventSource::OPEN => StreamState::Open,
            EventSource::CONNECTING => StreamState::Reconnecting,
            _ => StreamState::Closed,
        });
    });
    source.set_onopen(Some(on_change.as_ref().unchecked_ref()));
    source.set_onerror(Some(on_change.as_ref().unchecked_ref()));
    Some(StreamGuard { source, _on_message: on_message, _on_change: on_change })
}
