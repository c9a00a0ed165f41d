//! What the whole interface shares: appearance, clock, toasts, the state of the line, the name of
//! the page in the breadcrumbs. Provided once, in `App`.

use leptos::prelude::*;

use crate::{
    components::{time::provide_clock, toast::provide_toasts},
    theme::provide_appearance,
};

/// How the live line is doing; shown in the top bar only when it is not connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    #[default]
    Connected,
    Reconnecting,
    Offline,
    Paused,
}

/// The last breadcrumb, when a page knows a better word than its id.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageCrumb(pub(super) RwSignal<Option<String>>);

/// Provides everything the components look for; `App` calls it once.
pub fn provide_interface() {
    provide_appearance();
    provide_clock();
    provide_toasts();
    provide_context(RwSignal::new(Connection::default()));
    provide_context(PageCrumb(RwSignal::new(None)));
    provide_context(Unsaved(RwSignal::new(false)));
}

/// Whether the page holds what was typed and not saved.
#[derive(Clone, Copy, Debug)]
struct Unsaved(RwSignal<bool>);

/// Whether the page holds what was typed and not saved. The guard of a form writes it.
///
/// # Panics
/// When `provide_interface` was not called above.
pub fn use_unsaved() -> RwSignal<bool> {
    let Unsaved(unsaved) = use_context().expect("`App` calls `shell::context::provide_interface` first");
    unsaved
}

/// The state of the live line. Pages with a stream write it.
///
/// # Panics
/// When `provide_interface` was not called above.
pub fn use_connection() -> RwSignal<Connection> {
    use_context().expect("`App` calls `shell::context::provide_interface` first")
}

/// Names the page in the breadcrumbs once its data is there: the name of an agent for its slug.
/// Set from an effect, so that the first frame is the same on both sides.
pub fn name_page(name: impl Fn() -> Option<String> + 'static) {
    let Some(PageCrumb(crumb)) = use_context::<PageCrumb>() else {
        return;
    };
    Effect::new(move |_| crumb.set(name()));
    on_cleanup(move || {
        crumb.try_set(None);
    });
}
