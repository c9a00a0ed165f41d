//! What input and output share: how they are shown, how they are taken away, and what stands there for
//! those who may not see them.

use domain::ids::ExecutionId;
use leptos::prelude::*;

use super::address::with_query;
use crate::components::button::ButtonSize;
use crate::components::button::{ButtonClass, ButtonVariant};
use crate::components::icon::{Icon, IconSize};
use crate::components::note::Note;
use crate::components::segmented::{Segment, Segmented};

/// Chooses how a text is shown. It needs a script, so without one it is not there.
#[component]
pub fn Pick(
    label: &'static str,
    /// Word and label of each.
    #[prop(into)]
    choices: Signal<Vec<(&'static str, &'static str)>>,
    /// How it is shown now.
    #[prop(into)]
    mode: Signal<String>,
    /// What was chosen.
    chosen: RwSignal<String>,
) -> impl IntoView {
    let options = Signal::derive(move || {
        choices.get().into_iter().map(|(word, label)| Segment::new(word, label)).collect::<Vec<_>>()
    });
    view! {
        <div class="needs-script">
            <Segmented label=label options=options selected=mode on_change=move |word| chosen.set(word) />
        </div>
    }
}

/// Saves the input or the output as a file.
#[component]
pub fn DownloadLink(
    #[prop(into)] workspace: String,
    execution: ExecutionId,
    part: &'static str,
) -> impl IntoView {
    use tailwind_fuse::IntoTailwindClass as _;
    let href = with_query(&format!("/download/executions/{execution}"), &[("w", &workspace), ("part", part)]);
    let class = ButtonClass { variant: ButtonVariant::Ghost, size: ButtonSize::Small }.with_class("btn-icon");
    let label = format!("Download {part}");
    view! {
        <a class=class href=href rel="external" download="" aria-label=label.clone() title=label>
            <Icon name="download" size=IconSize::Small />
        </a>
    }
}

/// For readers without the right to see payloads.
#[component]
pub fn Hidden() -> impl IntoView {
    view! {
        <div class="p-3.5">
            <Note icon="lock" title="You may not see inputs and outputs here">
                "Ask an owner or admin of the workspace for the right."
            </Note>
        </div>
    }
}
