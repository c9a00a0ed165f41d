//! A labelled control with hint and error. The label is always visible; the error is one sentence
//! that the control points to, and what was typed is kept.

use leptos::prelude::*;

use super::icon::{Icon, IconSize};

/// The ids a control and its texts share.
#[derive(Clone, Debug)]
pub struct FieldIds {
    pub control: String,
    pub hint: String,
    pub error: String,
}

impl FieldIds {
    /// Ids derived from the id of the control.
    pub fn new(control: String) -> Self {
        Self { hint: format!("{control}-hint"), error: format!("{control}-error"), control }
    }

    /// What `aria-describedby` says: the error first, then the hint.
    pub fn described_by(&self, has_hint: bool, has_error: bool) -> Option<String> {
        match (has_error, has_hint) {
            (true, true) => Some(format!("{} {}", self.error, self.hint)),
            (true, false) => Some(self.error.clone()),
            (false, true) => Some(self.hint.clone()),
            (false, false) => None,
        }
    }
}

/// Label, control, hint and error, in this order. The controls of this folder wrap themselves in
/// one; use it directly only round a control of your own.
#[component]
pub fn Field(
    ids: FieldIds,
    #[prop(into)] label: String,
    /// Grey words after the label: "optional", "seconds".
    #[prop(optional, into)]
    mark: MaybeProp<String>,
    #[prop(optional, into)] hint: MaybeProp<String>,
    #[prop(optional, into)] error: MaybeProp<String>,
    /// Keeps the label for assistive technology only.
    #[prop(optional)]
    hide_label: bool,
    #[prop(optional)] class: &'static str,
    children: Children,
) -> impl IntoView {
    let FieldIds { control, hint: hint_id, error: error_id } = ids;
    let error_text = move || {
        let id = error_id.clone();
        error.get().map(|text| {
            view! {
                <p class="err" id=id>
                    <Icon name="circle-alert" size=IconSize::Small />
                    <span>{text}</span>
                </p>
            }
        })
    };
    let hint_text = move || {
        let id = hint_id.clone();
        hint.get().map(|text| view! { <p class="hint" id=id>{text}</p> })
    };
    view! {
        <div class=class>
            <label class=if hide_label { "sr-only" } else { "label" } for=control>
                {label}
                {move || mark.get().map(|mark| view! { <span class="opt">{mark}</span> })}
            </label>
            {children()}
            {error_text}
            {hint_text}
        </div>
    }
}
