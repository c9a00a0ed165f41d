//! The output: plain text while it arrives, rendered and sanitised by the server once it is there.

use leptos::prelude::*;

use crate::components::copy::{CopyButton, CopyStyle};
use crate::components::live_output::{LiveOutput, StreamingBadge};
use crate::components::markdown::{Markdown, SanitisedHtml};
use crate::components::note::Note;
use crate::components::panel::Panel;
use crate::live::LiveExecution;

/// What stands in the panel.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Face {
    Hidden,
    Rendered(String),
    Stream,
    Waiting,
    Nothing,
}

fn face(live: LiveExecution) -> Face {
    let shown = live.shown.read();
    let is_over = shown.detail.row.status.is_final();
    let has_text = !live.story.read().text.is_empty();
    match &shown.output_html {
        _ if !shown.detail.payloads_visible => Face::Hidden,
        Some(html) if is_over && !html.is_empty() => Face::Rendered(html.clone()),
        _ if has_text => Face::Stream,
        _ if is_over => Face::Nothing,
        _ => Face::Waiting,
    }
}

/// The output without a frame, for the panel and for a turn of the playground.
#[component]
pub fn Output(live: LiveExecution) -> impl IntoView {
    let face = Memo::new(move |_| face(live));
    let text = Signal::derive(move || live.story.read().text.clone());
    let is_live = Signal::derive(move || live.is_active());
    move || match face.get() {
        Face::Hidden => view! {
            <div class="p-3.5">
                <Note icon="lock" title="You may not see inputs and outputs here">
                    "Ask an owner or admin of the workspace for the right."
                </Note>
            </div>
        }
        .into_any(),
        Face::Rendered(html) => {
            view! { <div class="p-4"><Markdown html=SanitisedHtml::from_sanitiser(html) /></div> }.into_any()
        }
        Face::Stream => view! { <LiveOutput text=text live=is_live /> }.into_any(),
        Face::Waiting => {
            view! { <p class="p-4 text-subtle">"Nothing yet. Output appears here as it arrives."</p> }
                .into_any()
        }
        Face::Nothing => view! { <p class="p-4 text-subtle">"There is no output."</p> }.into_any(),
    }
}

/// The panel with the output.
#[component]
pub fn OutputPanel(live: LiveExecution) -> impl IntoView {
    let is_live = Signal::derive(move || live.is_active() && !live.story.read().text.is_empty());
    let raw = Signal::derive(move || {
        let stored = live.shown.read().detail.output.clone();
        stored.filter(|_| !live.is_active()).unwrap_or_else(|| live.story.read().text.clone())
    });
    let head = ViewFn::from(move || {
        let copy = move || {
            (!raw.read().is_empty())
                .then(|| view! { <CopyButton text=raw what="output" style=CopyStyle::Icon /> })
        };
        view! {
            <StreamingBadge live=is_live />
            <div class="ml-auto flex items-center gap-1">{copy}</div>
        }
    });
    view! {
        <Panel id="output" title="Output" head=head>
            <Output live=live />
        </Panel>
    }
}
