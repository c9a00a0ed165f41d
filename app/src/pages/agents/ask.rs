//! The question that a person answers before an execution begins.

use leptos::prelude::*;

use super::configuration::FieldError;
use super::draft_form::DraftFields;
use crate::components::panel::Panel;
use crate::components::text_area::TextArea;
use crate::components::text_input::TextInput;

/// The question. Without a text nobody is asked.
#[component]
pub fn AskPanel(fields: DraftFields, error: FieldError) -> impl IntoView {
    let ask = fields.ask;
    let check = move |_: String| fields.is_checked.set(true);
    let wrong = move |path: &'static str| Signal::derive(move || error.run(path));
    view! {
        <Panel id="ask" title="Ask before start">
            <div class="p-3.5 grid gap-4">
                <TextArea
                    name="draft[ask_before_start][question]"
                    id="ask-question"
                    label="Question"
                    mark="optional"
                    rows=2
                    hint="An execution then waits until a person approves it. Empty asks nobody."
                    bind=ask.question
                    error=wrong("ask_before_start.question")
                    on_blur=check
                />
                <TextInput
                    name="draft[ask_before_start][roles]"
                    id="ask-roles"
                    label="Who may answer"
                    hint="Roles separated by commas; empty for all who run agents."
                    bind=ask.roles
                    error=wrong("ask_before_start.roles")
                    on_blur=check
                />
                <TextArea
                    name="draft[ask_before_start][fields]"
                    id="ask-fields"
                    label="Fields to fill in"
                    mark="optional, JSON Schema"
                    rows=4
                    input_class="textarea-mono"
                    spellcheck_off=true
                    hint="An object of plain properties. Those named like a variable replace its value."
                    bind=ask.fields
                    error=wrong("ask_before_start.fields")
                    on_blur=check
                />
                <TextInput
                    name="draft[ask_before_start][expires_s]"
                    id="ask-expires_s"
                    label="Time to answer"
                    mark="seconds"
                    inputmode="numeric"
                    hint="A day unless given."
                    bind=ask.expires_s
                    error=wrong("ask_before_start.expires_s")
                    on_blur=check
                />
            </div>
        </Panel>
    }
}
