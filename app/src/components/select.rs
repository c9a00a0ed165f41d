//! A native select, for up to about eight choices.

use leptos::{ev, prelude::*};

use super::field::{Field, FieldIds};

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectOption {
    pub value: String,
    pub label: String,
}

impl SelectOption {
    /// A choice with its value and its words.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// A select with its label.
#[component]
pub fn Select(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(into)] options: Signal<Vec<SelectOption>>,
    /// The chosen value.
    #[prop(optional, into)]
    value: Signal<String>,
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional, into)] mark: Option<String>,
    #[prop(optional, into)] hint: MaybeProp<String>,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional)] hide_label: bool,
    #[prop(optional)] class: &'static str,
    #[prop(optional, into)] on_change: Option<Callback<String>>,
) -> impl IntoView {
    let ids = FieldIds::new(id.unwrap_or_else(|| name.clone()));
    let described = {
        let ids = ids.clone();
        move || ids.described_by(hint.read().is_some(), error.read().is_some())
    };
    let change = move |event: ev::Event| {
        if let Some(on_change) = on_change {
            on_change.run(event_target_value(&event));
        }
    };
    let choices = move || {
        options
            .get()
            .into_iter()
            .map(|option| {
                let own = option.value.clone();
                let selected = move || value.read() == own;
                view! { <option value=option.value selected=selected>{option.label}</option> }
            })
            .collect_view()
    };
    view! {
        <Field ids=ids.clone() label=label mark=mark hint=hint error=error hide_label=hide_label class=class>
            <select
                id=ids.control.clone()
                name=name
                class="select"
                required=required
                disabled=move || disabled.get()
                aria-invalid=move || error.read().is_some().then_some("true")
                aria-describedby=described
                on:change=change
            >
                {choices}
            </select>
        </Field>
    }
}
