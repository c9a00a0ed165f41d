//! Code to read and copy. One language, or several behind a segmented control.

use leptos::prelude::*;

use super::{
    copy::{CopyButton, CopyStyle},
    panel::PanelHead,
    segmented::{Segment, Segmented},
};

/// The same thing in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeSample {
    pub language: String,
    pub code: String,
}

/// A panel of code. With more than one sample a control chooses the language.
#[component]
pub fn CodeBlock(
    /// What it shows: "Start an execution".
    #[prop(into)]
    title: String,
    #[prop(into)] samples: Signal<Vec<CodeSample>>,
) -> impl IntoView {
    let chosen = RwSignal::new(String::new());
    let current = Memo::new(move |_| {
        let samples = samples.read();
        let wanted = chosen.read();
        let hit = samples.iter().find(|sample| sample.language == *wanted);
        hit.or(samples.first()).cloned()
    });
    let language = Signal::derive(move || current.get().map(|s| s.language).unwrap_or_default());
    let code = Signal::derive(move || current.get().map(|s| s.code).unwrap_or_default());
    let segments = Signal::derive(move || {
        let named = |sample: CodeSample| Segment::new(sample.language.clone(), sample.language);
        samples.get().into_iter().map(named).collect::<Vec<_>>()
    });
    let choice = move || {
        (samples.read().len() > 1).then(|| {
            view! {
                <Segmented
                    label="Language"
                    options=segments
                    selected=language
                    on_change=move |language| chosen.set(language)
                />
            }
        })
    };
    let region = title.clone();
    view! {
        <div class="panel overflow-hidden">
            <PanelHead>
                <h3>{title}</h3>
                <div class="ml-auto flex items-center gap-1">
                    {choice}
                    <CopyButton text=code what="code" style=CopyStyle::Icon />
                </div>
            </PanelHead>
            <pre class="code p-3.5" tabindex="0" role="region" aria-label=region>
                {move || code.get()}
            </pre>
        </div>
    }
}

/// A short piece of code without a frame of its own.
#[component]
pub fn CodeText(#[prop(into)] label: String, #[prop(into)] code: Signal<String>) -> impl IntoView {
    view! {
        <pre class="code rounded-md border border-line p-3 whitespace-pre-wrap" tabindex="0" role="region" aria-label=label>
            {move || code.get()}
        </pre>
    }
}
