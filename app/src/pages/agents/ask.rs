//! The question that a person answers before an execution begins.

use leptos::prelude::*;

use super::configuration::FieldError;
use super::draft_form::DraftFields;
use crate::components::panel::Panel;
use crate::components::text_input::TextInput;

/// The question. Without a text nobody is asked.
#[component]
pub fn AskPanel(fields: DraftFields, error: FieldError) -> impl IntoView {
    let ask = fields.ask;
    let inputs = [
        ("question", "ask_before_start.question", "Question", "Empty asks nobody.", ask.question),
        (
            "roles",
            "ask_before_start.roles",
            "Who may answer",
            "Roles separated by commas; empty for all who run agents.",
            ask.roles,
        ),
        (
            "fields",
            "ask_before_start.fields",
            "Fields to fill in",
            "A JSON Schema with plain properties, or nothing.",
            ask.fields,
        ),
        (
            "expires_s",
            "ask_before_start.expires_s",
            "Time to answer, seconds",
            "A day unless given.",
            ask.expires_s,
        ),
    ];
    let inputs = inputs
        .into_iter()
        .map(|(field, path, label, hint, bind)| {
            view! {
                <TextInput
                    name=format!("draft[ask_before_start][{field}]")
                    id=format!("ask-{field}")
                    label=label
                    hint=hint
                    bind=bind
                    error=Signal::derive(move || error.run(path))
                    on_blur=move |_| fields.is_checked.set(true)
                />
            }
        })
        .collect_view();
    view! {
        <Panel id="ask" title="Ask before start">
            <div class="p-3.5 grid gap-4">{inputs}</div>
        </Panel>
    }
}
