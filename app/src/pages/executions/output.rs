//! The output: plain text while it arrives, rendered and sanitised by the server once it is there.

use leptos::prelude::*;
use serde_json::Value;

use super::viewer::{DownloadLink, Hidden, Pick};
use crate::components::copy::{CopyButton, CopyStyle};
use crate::components::json_view::JsonView;
use crate::components::live_output::{LiveOutput, StreamingBadge};
use crate::components::markdown::{Markdown, SanitisedHtml};
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
        Face::Hidden => view! { <Hidden /> }.into_any(),
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

/// The panel with the output: rendered, as it came, or as JSON where it is JSON.
#[component]
pub fn OutputPanel(live: LiveExecution, #[prop(into)] workspace: String) -> impl IntoView {
    let is_live = Signal::derive(move || live.is_active() && !live.story.read().text.is_empty());
    let stored = Memo::new(move |_| live.shown.read().detail.output.clone().filter(|_| !live.is_active()));
    let raw = Signal::derive(move || stored.get().unwrap_or_else(|| live.story.read().text.clone()));
    let json = Memo::new(move |_| {
        let value = serde_json::from_str::<Value>(stored.read().as_deref()?).ok()?;
        (value.is_object() || value.is_array()).then_some(value)
    });
    let chosen = RwSignal::new(String::new());
    // JSON reads best as JSON; everything else is Markdown.
    let mode = Memo::new(move |_| match (chosen.get().as_str(), json.read().is_some()) {
        ("raw", _) => "raw",
        ("rendered", _) | ("" | "json", false) => "rendered",
        _ => "json",
    });
    let id = live.shown.read_untracked().detail.row.id;
    let is_kept = Memo::new(move |_| stored.read().as_ref().is_some_and(|text| !text.is_empty()));
    let head = ViewFn::from(move || {
        let workspace = workspace.clone();
        let tools = move || {
            let workspace = workspace.clone();
            let options = Signal::derive(move || {
                let json = json.read().is_some().then_some(("json", "JSON"));
                [("rendered", "Rendered"), ("raw", "Raw")].into_iter().chain(json).collect::<Vec<_>>()
            });
            is_kept.get().then(|| {
                view! {
                    <Pick label="Show the output as" choices=options mode=Signal::derive(move || mode.get().to_owned()) chosen=chosen />
                    <DownloadLink workspace=workspace execution=id part="output" />
                }
            })
        };
        let copy = move || {
            (!raw.read().is_empty())
                .then(|| view! { <CopyButton text=raw what="output" style=CopyStyle::Icon /> })
        };
        view! {
            <StreamingBadge live=is_live />
            <div class="ml-auto flex flex-wrap items-center justify-end gap-1">{tools} {copy}</div>
        }
    });
    let body = move || {
        match (mode.get(), json.get()) {
        ("raw", _) if is_kept.get() => view! {
            <pre class="code clip p-3.5 whitespace-pre-wrap" tabindex="0" role="region" aria-label="Output as it came">
                {raw}
            </pre>
        }
        .into_any(),
        ("json", Some(value)) => {
            view! { <JsonView value=Signal::stored(value) label="Output as JSON" no_copy=true /> }.into_any()
        }
        _ => view! { <Output live=live /> }.into_any(),
    }
    };
    view! {
        <Panel id="output" title="Output" head=head class="overflow-hidden">
            {body}
        </Panel>
    }
}
