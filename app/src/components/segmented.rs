//! Two to four views of the same data. With addresses the choices are links, so that a link shows
//! a colleague the same view; without, they are toggles.

use leptos::prelude::*;

/// One view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub value: String,
    pub label: String,
    pub href: Option<String>,
}

impl Segment {
    /// A choice that calls back.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), href: None }
    }

    /// A choice that is an address.
    pub fn link(value: impl Into<String>, label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { href: Some(href.into()), ..Self::new(value, label) }
    }
}

/// The control; `label` names the group.
#[component]
pub fn Segmented(
    #[prop(into)] label: String,
    #[prop(into)] options: Signal<Vec<Segment>>,
    #[prop(into)] selected: Signal<String>,
    #[prop(optional, into)] on_change: Option<Callback<String>>,
) -> impl IntoView {
    let choice = move |segment: Segment| {
        let own = segment.value.clone();
        let is_on = move || selected.read() == own;
        if let Some(href) = segment.href {
            let current = move || is_on().then_some("true");
            return view! { <a href=href aria-current=current>{segment.label}</a> }.into_any();
        }
        let value = segment.value;
        let press = move |_| {
            if let Some(on_change) = on_change {
                on_change.run(value.clone());
            }
        };
        let pressed = move || if is_on() { "true" } else { "false" };
        view! {
            <button type="button" aria-pressed=pressed on:click=press>
                {segment.label}
            </button>
        }
        .into_any()
    };
    view! {
        <div class="seg" role="group" aria-label=label>
            {move || options.get().into_iter().map(choice).collect_view()}
        </div>
    }
}
