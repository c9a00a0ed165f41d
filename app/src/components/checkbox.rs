//! Checkbox and radio button.

use leptos::{ev, prelude::*};

/// What kind of box it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BoxKind {
    Check,
    Radio,
}

fn tick(
    kind: BoxKind,
    (name, value, id): (Option<String>, Option<String>, Option<String>),
    checked: Signal<bool>,
    disabled: Signal<bool>,
    described_by: Option<String>,
    on_change: Option<Callback<bool>>,
) -> impl IntoView {
    let change = move |event: ev::Event| {
        if let Some(on_change) = on_change {
            on_change.run(event_target_checked(&event));
        }
    };
    view! {
        <input
            type=if kind == BoxKind::Radio { "radio" } else { "checkbox" }
            class="check"
            id=id
            name=name
            value=value
            checked=move || checked.get()
            disabled=move || disabled.get()
            aria-describedby=described_by
            on:change=change
        />
    }
}

/// A box to tick, with its words at the right and an optional hint under them.
#[component]
pub fn Checkbox(
    #[prop(into)] label: String,
    #[prop(optional, into)] name: Option<String>,
    /// The word sent when ticked; `on` by default.
    #[prop(optional, into)]
    value: Option<String>,
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional, into)] checked: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] on_change: Option<Callback<bool>>,
) -> impl IntoView {
    let base = id.clone().or_else(|| name.clone()).unwrap_or_default();
    let hint_id = hint.as_ref().map(|_| format!("{base}-hint"));
    let input = tick(BoxKind::Check, (name, value, id), checked, disabled, hint_id.clone(), on_change);
    view! {
        <div>
            <label class="checkline">{input} <span>{label}</span></label>
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
        </div>
    }
}

/// One of several; all of a group share the name.
#[component]
pub fn Radio(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(into)] value: String,
    #[prop(optional, into)] checked: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] on_change: Option<Callback<bool>>,
) -> impl IntoView {
    let ids = (Some(name), Some(value), None);
    let input = tick(BoxKind::Radio, ids, checked, disabled, None, on_change);
    view! { <label class="checkline">{input} <span>{label}</span></label> }
}
