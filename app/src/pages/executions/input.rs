//! What went in: message and variables as text, or all of it as JSON.

use leptos::prelude::*;

use super::viewer::{DownloadLink, Hidden, Pick};
use crate::components::code_block::CodeText;
use crate::components::copy::{CopyButton, CopyStyle};
use crate::components::json_view::JsonView;
use crate::components::panel::Panel;
use crate::live::LiveExecution;

/// Message and variables.
#[component]
pub fn InputPanel(live: LiveExecution, #[prop(into)] workspace: String) -> impl IntoView {
    let detail = live.shown.read_untracked().detail.clone();
    let Some(input) = detail.input else {
        return view! { <Panel id="input" title="Input"><Hidden /></Panel> }.into_any();
    };
    let value = serde_json::to_value(&input).unwrap_or_default();
    let mode = RwSignal::new("text".to_owned());
    let message = input.message.clone();
    let head = ViewFn::from(move || {
        view! {
            <div class="ml-auto flex flex-wrap items-center justify-end gap-1">
                <Pick label="Show the input as" choices=vec![("text", "Text"), ("json", "JSON")] mode=mode chosen=mode />
                <CopyButton text=message.clone() what="message" style=CopyStyle::Icon />
                <DownloadLink workspace=workspace.clone() execution=detail.row.id part="input" />
            </div>
        }
    });
    let has_vars = !input.vars.is_empty();
    let vars = input
        .vars
        .into_iter()
        .map(|(name, value)| {
            view! {
                <dt class="mono">{name}</dt>
                <dd class="whitespace-pre-wrap break-words">{value}</dd>
            }
        })
        .collect_view();
    let is_json = Memo::new(move |_| mode.read().as_str() == "json");
    view! {
        <Panel id="input" title="Input" head=head class="overflow-hidden">
            <div class="p-3.5 grid gap-3" hidden=move || is_json.get()>
                <CodeText label="Message" code=input.message />
                {has_vars.then(|| view! { <dl class="dl">{vars}</dl> })}
            </div>
            {move || {
                is_json
                    .get()
                    .then(|| view! { <JsonView value=Signal::stored(value.clone()) label="Input as JSON" no_copy=true /> })
            }}
        </Panel>
    }
    .into_any()
}
