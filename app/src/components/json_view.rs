//! JSON to read: indented, numbered, coloured by class, copyable. Long strings are cut, because a
//! page must stay quick when an agent answers with a book.

use leptos::prelude::*;
use serde_json::Value;

use super::{
    copy::{CopyButton, CopyStyle},
    json_lines::lines,
};

/// A value as numbered lines. The region is focusable, so that the keyboard can scroll it.
#[component]
pub fn JsonView(
    #[prop(into)] value: Signal<Value>,
    /// Names the region: "Input of the execution".
    #[prop(into)]
    label: String,
    /// Leaves the copy button out.
    #[prop(optional)]
    no_copy: bool,
) -> impl IntoView {
    let text =
        Signal::derive(move || value.with(|value| serde_json::to_string_pretty(value).unwrap_or_default()));
    let rows = move || {
        value
            .with(lines)
            .into_iter()
            .enumerate()
            .map(|(index, line)| {
                let pieces = line
                    .into_iter()
                    .map(|piece| view! { <span class=piece.class>{piece.text}</span> })
                    .collect_view();
                view! {
                    <div class="ln">
                        <i aria-hidden="true">{index + 1}</i>
                        <span>{pieces}</span>
                    </div>
                }
            })
            .collect_view()
    };
    let copy = (!no_copy).then(|| {
        view! {
            <div class="absolute right-1 top-1">
                <CopyButton text=text what="JSON" style=CopyStyle::Icon />
            </div>
        }
    });
    view! {
        <div class="relative">
            <div class="code clip py-2" tabindex="0" role="region" aria-label=label>
                {rows}
            </div>
            {copy}
        </div>
    }
}
