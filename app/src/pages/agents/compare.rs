//! The fields in which two configurations differ.

use domain::agents::Change;
use leptos::prelude::*;

use super::field_names::label;
use super::lines::compare;
use crate::components::diff_view::DiffView;

/// One block for each field: short values side by side, long ones line by line.
#[component]
pub fn Changes(changes: Vec<Change>) -> impl IntoView {
    changes
        .into_iter()
        .map(|change| {
            let name = label(&change.field);
            let is_long =
                [&change.before, &change.after].iter().any(|text| text.contains('\n') || text.len() > 60);
            let body = if is_long {
                let lines = compare(&change.before, &change.after);
                view! {
                    <div class="rounded-md border border-line overflow-hidden mt-1.5">
                        <DiffView lines=Signal::stored(lines) label=format!("Change of {name}") />
                    </div>
                }
                .into_any()
            } else {
                view! { <p class="mt-0.5">{value(change.before)} " → " {value(change.after)}</p> }.into_any()
            };
            view! {
                <li class="px-3.5 py-2.5">
                    <p class="font-medium">{name}</p>
                    {body}
                </li>
            }
        })
        .collect_view()
}

fn value(text: String) -> impl IntoView {
    if text.is_empty() {
        view! { <span class="text-subtle">"empty"</span> }.into_any()
    } else {
        view! { <span class="mono">{text}</span> }.into_any()
    }
}
