//! A button that ends something and asks first. Without a script the form posts at once, because
//! there is nobody to ask.

use leptos::{ev, prelude::*};

use crate::components::dialog::ConfirmDialog;

/// Stands inside the form with the id `form`, as its submit button.
#[component]
pub fn ConfirmedSubmit(
    /// The id of the form it submits.
    form: String,
    /// The words on the button.
    label: &'static str,
    /// The full name for those who hear it: "Revoke key CI".
    name: String,
    /// The question.
    title: String,
    /// What goes, what stays.
    message: String,
    /// Verb and object.
    confirm: &'static str,
    /// The way back.
    keep: &'static str,
    #[prop(into)] busy: Signal<bool>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let press = move |event: ev::MouseEvent| {
        event.prevent_default();
        open.set(true);
    };
    view! {
        <button
            type="submit"
            class="btn btn-danger btn-sm"
            aria-label=name
            aria-haspopup="dialog"
            aria-busy=move || busy.get().then_some("true")
            on:click=press
        >
            {label}
        </button>
        <ConfirmDialog
            id=format!("{form}-confirm")
            open=open
            title=title
            message=message
            confirm=confirm
            keep=keep
            busy=busy
            form=form
            on_confirm=move |()| open.set(false)
        />
    }
}
