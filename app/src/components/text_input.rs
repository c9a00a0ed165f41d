//! One line of text, and passwords that can be shown on demand.
//! The value is printed by the server as an attribute. With `bind` the field and a signal follow
//! each other; what was typed before the page came alive wins over the signal.

use leptos::{ev, html, prelude::*};

use super::{
    field::{Field, FieldIds},
    icon::{Icon, IconSize},
};

/// Keeps a text field and a signal equal once the page is alive.
fn follow(node: NodeRef<html::Input>, bind: Option<RwSignal<String>>) {
    let Some(bind) = bind else { return };
    Effect::new(move |seen: Option<()>| {
        let wanted = bind.get();
        let Some(input) = node.get() else { return };
        let typed = input.value();
        if typed == wanted {
            return;
        }
        if seen.is_none() {
            bind.set(typed);
        } else {
            input.set_value(&wanted);
        }
    });
}

/// A line of text with its label.
#[component]
pub fn TextInput(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    /// Defaults to the name.
    #[prop(optional, into)]
    id: Option<String>,
    /// `text`, `email`, `url`, `number`, `search` ...
    #[prop(default = "text")]
    input_type: &'static str,
    /// The first value.
    #[prop(optional, into)]
    value: Option<String>,
    /// A signal that follows what is typed.
    #[prop(optional, into)]
    bind: Option<RwSignal<String>>,
    #[prop(optional, into)] mark: Option<String>,
    #[prop(optional, into)] hint: MaybeProp<String>,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional, into)] autocomplete: Option<&'static str>,
    #[prop(optional, into)] placeholder: Option<String>,
    #[prop(optional, into)] inputmode: Option<&'static str>,
    #[prop(optional, into)] maxlength: Option<u32>,
    #[prop(optional, into)] min: Option<String>,
    #[prop(optional, into)] max: Option<String>,
    #[prop(optional)] required: bool,
    #[prop(optional)] readonly: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] spellcheck_off: bool,
    #[prop(optional)] hide_label: bool,
    /// A sprite name drawn inside, at the left.
    #[prop(optional, into)]
    icon: Option<&'static str>,
    /// More classes of the input: `input-mono`, `input-lg`, `input-sm`.
    #[prop(optional)]
    input_class: &'static str,
    #[prop(optional)] class: &'static str,
    #[prop(optional, into)] on_input: Option<Callback<String>>,
    #[prop(optional, into)] on_blur: Option<Callback<String>>,
) -> impl IntoView {
    let ids = FieldIds::new(id.unwrap_or_else(|| name.clone()));
    let node = NodeRef::<html::Input>::new();
    follow(node, bind);
    let first = value.or_else(|| bind.map(|bind| bind.get_untracked()));
    let described = {
        let ids = ids.clone();
        move || ids.described_by(hint.read().is_some(), error.read().is_some())
    };
    let input = move |event: ev::Event| {
        let text = event_target_value(&event);
        if let Some(bind) = bind {
            bind.set(text.clone());
        }
        if let Some(on_input) = on_input {
            on_input.run(text);
        }
    };
    let blur = move |event: ev::FocusEvent| {
        if let Some(on_blur) = on_blur {
            on_blur.run(event_target_value(&event));
        }
    };
    let control = view! {
        <input
            node_ref=node
            id=ids.control.clone()
            name=name
            type=input_type
            class=format!("input {input_class}")
            value=first
            autocomplete=autocomplete
            placeholder=placeholder
            inputmode=inputmode
            maxlength=maxlength.map(|max| max.to_string())
            min=min
            max=max
            required=required
            readonly=readonly
            autofocus=autofocus
            spellcheck=spellcheck_off.then_some("false")
            disabled=move || disabled.get()
            aria-invalid=move || error.read().is_some().then_some("true")
            aria-describedby=described
            on:input=input
            on:blur=blur
        />
    };
    let control = match icon {
        Some(name) => {
            view! { <div class="affix"><Icon name=name size=IconSize::Small /> {control}</div> }.into_any()
        }
        None => control.into_any(),
    };
    view! {
        <Field ids=ids label=label mark=mark hint=hint error=error hide_label=hide_label class=class>
            {control}
        </Field>
    }
}

/// A password with a button that shows it. Paste and password managers work.
#[component]
pub fn PasswordInput(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] id: Option<String>,
    /// `current-password` or `new-password`; `off` for keys.
    #[prop(default = "current-password")]
    autocomplete: &'static str,
    #[prop(optional, into)] mark: Option<String>,
    #[prop(optional, into)] hint: MaybeProp<String>,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional, into)] bind: Option<RwSignal<String>>,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] minlength: Option<u32>,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] input_class: &'static str,
    #[prop(optional)] class: &'static str,
    #[prop(optional, into)] on_input: Option<Callback<String>>,
) -> impl IntoView {
    let ids = FieldIds::new(id.unwrap_or_else(|| name.clone()));
    let node = NodeRef::<html::Input>::new();
    follow(node, bind);
    let shown = RwSignal::new(false);
    let described = {
        let ids = ids.clone();
        move || ids.described_by(hint.read().is_some(), error.read().is_some())
    };
    let show_label = format!("Show {}", label.to_lowercase());
    let control_id = ids.control.clone();
    let input = move |event: ev::Event| {
        let text = event_target_value(&event);
        if let Some(bind) = bind {
            bind.set(text.clone());
        }
        if let Some(on_input) = on_input {
            on_input.run(text);
        }
    };
    view! {
        <Field ids=ids.clone() label=label mark=mark hint=hint error=error class=class>
            <div class="field-action">
                <input
                    node_ref=node
                    id=ids.control.clone()
                    name=name
                    type=move || if shown.get() { "text" } else { "password" }
                    class=format!("input {input_class}")
                    autocomplete=autocomplete
                    autocapitalize="off"
                    spellcheck="false"
                    required=required
                    minlength=minlength.map(|min| min.to_string())
                    autofocus=autofocus
                    aria-invalid=move || error.read().is_some().then_some("true")
                    aria-describedby=described
                    on:input=input
                />
                <button
                    type="button"
                    class="btn btn-ghost btn-icon btn-sm"
                    aria-label=show_label
                    aria-controls=control_id
                    aria-pressed=move || if shown.get() { "true" } else { "false" }
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || {
                        let name = if shown.get() { "eye-off" } else { "eye" };
                        view! { <Icon name=name size=IconSize::Small /> }
                    }}
                </button>
            </div>
        </Field>
    }
}
