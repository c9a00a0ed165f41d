//! Toasts: one line and one action, bottom right. Good news leaves after six seconds, unless it is
//! looked at; errors stay, and are never the only place an error is shown. At most three at once.

use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};

use super::icon::{Icon, IconSize};

const SHOWN_AT_ONCE: usize = 3;
const STAYS: Duration = Duration::from_secs(6);

/// Whether a toast leaves by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToastTone {
    Success,
    Error,
}

/// The one thing to do about it.
#[derive(Clone, Debug)]
pub enum ToastAction {
    /// Calls back: "Undo".
    Press(String, Callback<()>),
    /// Leads somewhere: "Open execution".
    Link(String, String),
}

/// What is said.
#[derive(Clone, Debug)]
pub struct Toast {
    pub tone: ToastTone,
    pub title: String,
    pub text: Option<String>,
    pub action: Option<ToastAction>,
}

impl Toast {
    /// Good news.
    pub fn success(title: impl Into<String>) -> Self {
        Self { tone: ToastTone::Success, title: title.into(), text: None, action: None }
    }

    /// Bad news; stays until dismissed.
    pub fn error(title: impl Into<String>) -> Self {
        Self { tone: ToastTone::Error, ..Self::success(title) }
    }

    /// A second line.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Something to do about it.
    #[must_use]
    pub fn with_action(mut self, action: ToastAction) -> Self {
        self.action = Some(action);
        self
    }
}

/// The toasts on screen.
#[derive(Clone, Copy, Debug)]
pub struct Toasts {
    shown: RwSignal<Vec<(u64, Toast)>>,
    next: StoredValue<u64>,
}

impl Toasts {
    /// Shows one. A fourth pushes out the oldest, good news first.
    pub fn show(self, toast: Toast) {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        self.shown.update(|shown| {
            shown.push((id, toast));
            if shown.len() > SHOWN_AT_ONCE {
                let good = |(_, toast): &(u64, Toast)| toast.tone == ToastTone::Success;
                let oldest = shown.iter().position(good).unwrap_or(0);
                shown.remove(oldest);
            }
        });
    }

    /// Takes one away.
    pub fn dismiss(self, id: u64) {
        self.shown.update(|shown| shown.retain(|(own, _)| *own != id));
    }

    /// How many are on screen.
    pub fn len(self) -> usize {
        self.shown.read_untracked().len()
    }

    /// Whether none is on screen.
    pub fn is_empty(self) -> bool {
        self.shown.read_untracked().is_empty()
    }
}

/// Makes the toasts known to the tree; called once, in `App`.
pub fn provide_toasts() -> Toasts {
    let toasts = Toasts { shown: RwSignal::new(Vec::new()), next: StoredValue::new(0) };
    provide_context(toasts);
    toasts
}

/// The toasts of this page.
///
/// # Panics
/// When `provide_toasts` was not called above.
pub fn use_toasts() -> Toasts {
    use_context().expect("`App` calls `toast::provide_toasts` before any view asks for it")
}

/// Where toasts appear. The shell has one.
#[component]
pub fn ToastHost() -> impl IntoView {
    let toasts = use_toasts();
    view! {
        <div class="toasts" role="status" aria-label="Notifications" aria-atomic="false">
            <For each=move || toasts.shown.get() key=|(id, _)| *id let((id, toast))>
                <ToastCard id=id toast=toast />
            </For>
        </div>
    }
}

#[component]
fn ToastCard(id: u64, toast: Toast) -> impl IntoView {
    let toasts = use_toasts();
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(handle) = timer.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    };
    let leaves = toast.tone == ToastTone::Success;
    let start = move || {
        stop();
        if leaves {
            let handle = set_timeout_with_handle(move || toasts.dismiss(id), STAYS);
            timer.set_value(handle.ok());
        }
    };
    Effect::new(move |_| start());
    on_cleanup(stop);
    let (icon, mark, role) = match toast.tone {
        ToastTone::Success => ("circle-check", "text-success mt-0.5", None),
        ToastTone::Error => ("circle-x", "text-danger mt-0.5", Some("alert")),
    };
    let action = toast.action.map(|action| match action {
        ToastAction::Press(label, press) => view! {
            <button
                type="button"
                class="btn btn-ghost btn-sm text-fg"
                on:click=move |_| {
                    press.run(());
                    toasts.dismiss(id);
                }
            >
                {label}
            </button>
        }
        .into_any(),
        ToastAction::Link(label, href) => view! {
            <a class="btn btn-ghost btn-sm text-fg" href=href on:click=move |_| toasts.dismiss(id)>
                {label}
            </a>
        }
        .into_any(),
    });
    view! {
        <div
            class="toast"
            role=role
            on:pointerenter=move |_| stop()
            on:pointerleave=move |_| start()
            on:focusin=move |_| stop()
            on:focusout=move |_| start()
        >
            <Icon name=icon class=mark />
            <div class="min-w-0 flex-1">
                <p class="font-medium">{toast.title}</p>
                {toast.text.map(|text| view! { <p class="text-muted">{text}</p> })}
            </div>
            {action}
            <button
                type="button"
                class="btn btn-ghost btn-icon btn-sm"
                aria-label="Dismiss"
                on:click=move |_| toasts.dismiss(id)
            >
                <Icon name="x" size=IconSize::Small />
            </button>
        </div>
    }
}
