//! The variables of a configuration: rows of name and default value.

use leptos::prelude::*;

use super::draft_form::{DraftFields, VariableRow};
use crate::components::button::{Button, ButtonSize, ButtonVariant};
use crate::components::icon::{Icon, IconSize};
use crate::components::panel::Panel;
use crate::components::text_input::TextInput;

/// Without a script a row is added by loading the page with it. A form cannot stand in another, so
/// the field belongs to one that stands elsewhere.
const ADD_WITHOUT_SCRIPT: &str = r#"<div class="flex items-end gap-2"><div class="flex-1 min-w-0"><label class="label" for="new-variable">Name of a new variable</label><input class="input input-mono" id="new-variable" name="variable" form="add-variable" maxlength="64" required></div><button class="btn btn-secondary" type="submit" form="add-variable">Add variable</button></div><p class="hint">Save the draft first: the page is loaded again.</p>"#;

/// The form behind the field that adds a variable without a script.
#[component]
pub fn AddVariableForm(#[prop(into)] action: String) -> impl IntoView {
    view! { <form id="add-variable" method="get" action=action></form> }
}

/// The rows, with a button that adds one.
#[component]
pub fn Variables(fields: DraftFields) -> impl IntoView {
    let head = ViewFn::from(move || {
        view! {
            <div class="ml-auto needs-script">
                <Button
                    variant=ButtonVariant::Ghost
                    size=ButtonSize::Small
                    icon="plus"
                    on_press=move |()| fields.add_variable(String::new(), String::new())
                >
                    "Add variable"
                </Button>
            </div>
        }
    });
    let none = move || {
        fields.variables.read().is_empty().then(|| {
            view! { <p class="text-subtle">"None. Write {name} in the instructions and define it here."</p> }
        })
    };
    view! {
        <Panel id="variables" title="Variables" head=head>
            <div class="p-3.5 grid gap-3">
                {none}
                <noscript inner_html=ADD_WITHOUT_SCRIPT></noscript>
                <For each=move || fields.variables.get() key=|row| row.id let(row)>
                    <Row fields=fields row=row />
                </For>
            </div>
        </Panel>
    }
}

#[component]
fn Row(fields: DraftFields, row: VariableRow) -> impl IntoView {
    let id = row.id;
    // Without a script only the value of a variable that exists can be changed; its name is in the field's.
    let first = row.name.get_untracked();
    let sent = if first.is_empty() { format!("variable-{id}") } else { format!("draft[variables][{first}]") };
    let error = Signal::derive(move || {
        let name = row.name.get();
        let name = name.trim();
        let rows = fields.variables.read();
        if !name.is_empty() && rows.iter().any(|other| other.id < id && other.name.read().trim() == name) {
            return Some("There is a variable of this name already.".to_owned());
        }
        let shown = domain::text::headline(name, 40);
        fields.hints()?.for_field(&format!("variables.{shown}")).map(str::to_owned)
    });
    let remove_label = move || {
        let name = row.name.get();
        if name.is_empty() { "Remove variable".to_owned() } else { format!("Remove variable {name}") }
    };
    view! {
        <div class="flex items-start gap-2">
            <TextInput
                name=format!("variable-name-{id}")
                label="Name"
                bind=row.name
                error=error
                input_class="input-mono"
                spellcheck_off=true
                maxlength=64_u32
                class="w-2/5"
                on_blur=move |_| fields.is_checked.set(true)
            />
            <TextInput name=sent id=format!("variable-value-{id}") label="Default value" bind=row.value class="flex-1 min-w-0" />
            <button
                type="button"
                class="btn btn-ghost btn-icon mt-6 needs-script"
                aria-label=remove_label
                title=remove_label
                on:click=move |_| fields.remove_variable(id)
            >
                <Icon name="x" size=IconSize::Small />
            </button>
        </div>
    }
}
