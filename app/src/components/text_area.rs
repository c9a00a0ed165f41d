//! Several lines of text. The only file that may write the element: the server renderer of
//! Leptos 0.8 does not escape its children, so typed text put there would be markup. Here the text
//! goes in as `inner_html` that is already escaped, which a page without a script keeps too.

use leptos::{ev, html, prelude::*};

use super::field::{Field, FieldIds};

/// Text as the content of the element. Its first line break would be swallowed by the parser, so
/// it is doubled.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 8);
    if text.starts_with('\n') {
        html.push('\n');
    }
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            _ => html.push(letter),
        }
    }
    html
}

/// Several lines of text with their label.
#[component]
pub fn TextArea(
    #[prop(into)] name: Signal<String>,
    #[prop(into)] label: String,
    #[prop(optional, into)] id: Option<String>,
    /// The first value.
    #[prop(optional, into)]
    value: Option<String>,
    /// A signal that follows what is typed.
    #[prop(optional, into)]
    bind: Option<RwSignal<String>>,
    #[prop(default = 4)] rows: u32,
    #[prop(optional, into)] mark: Option<String>,
    #[prop(optional, into)] hint: MaybeProp<String>,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional, into)] placeholder: Option<String>,
    #[prop(optional, into)] maxlength: Option<u32>,
    #[prop(optional)] required: bool,
    #[prop(optional)] readonly: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] spellcheck_off: bool,
    #[prop(optional)] hide_label: bool,
    /// More classes of the element, such as `textarea-mono`.
    #[prop(optional)]
    input_class: &'static str,
    #[prop(optional)] class: &'static str,
    #[prop(optional, into)] on_input: Option<Callback<String>>,
    #[prop(optional, into)] on_blur: Option<Callback<String>>,
    /// Ctrl Enter or Cmd Enter was pressed.
    #[prop(optional, into)]
    on_submit: Option<Callback<()>>,
) -> impl IntoView {
    let ids = FieldIds::new(id.unwrap_or_else(|| name.get_untracked()));
    let node = NodeRef::<html::Textarea>::new();
    if let Some(bind) = bind {
        Effect::new(move |seen: Option<()>| {
            let wanted = bind.get();
            let Some(area) = node.get() else { return };
            let typed = area.value();
            if typed == wanted {
                return;
            }
            if seen.is_none() {
                bind.set(typed);
            } else {
                area.set_value(&wanted);
            }
        });
    }
    let first = value.or_else(|| bind.map(|bind| bind.get_untracked())).unwrap_or_default();
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
    let key = move |event: ev::KeyboardEvent| {
        if event.key() == "Enter"
            && (event.ctrl_key() || event.meta_key())
            && let Some(on_submit) = on_submit
        {
            event.prevent_default();
            on_submit.run(());
        }
    };
    view! {
        <Field ids=ids.clone() label=label mark=mark hint=hint error=error hide_label=hide_label class=class>
            <textarea
                node_ref=node
                id=ids.control.clone()
                name=move || name.get()
                rows=rows.to_string()
                class=format!("textarea {input_class}")
                placeholder=placeholder
                maxlength=maxlength.map(|max| max.to_string())
                required=required
                readonly=readonly
                autofocus=autofocus
                spellcheck=spellcheck_off.then_some("false")
                disabled=move || disabled.get()
                aria-invalid=move || error.read().is_some().then_some("true")
                aria-describedby=described
                inner_html=escaped(&first)
                on:input=input
                on:blur=blur
                on:keydown=key
            ></textarea>
        </Field>
    }
}
