//! The form of a tool. Fields of the other kind are hidden and sent empty or unused; what is wrong
//! stands beside its field. Without a script the form is sent as it is.

use domain::Problem;
use domain::tools::{Builtin, Method, ToolDraft, ToolState};
use leptos::prelude::*;

use crate::components::button::{Button, ButtonKind, ButtonVariant, LinkButton};
use crate::components::panel::Panel;
use crate::components::select::{Select, SelectOption};
use crate::components::text_area::TextArea;
use crate::components::text_input::TextInput;
use crate::pages::workspace::form::{FormProblem, wrong};

/// Fields that show their own message.
const FIELDS: &[&str] = &[
    "name",
    "description",
    "kind",
    "builtin",
    "method",
    "url",
    "headers",
    "query",
    "body",
    "result_path",
    "max_bytes",
    "input_schema",
    "output_schema",
    "timeout_ms",
    "idempotent",
    "approval",
    "state",
    "tags",
    "note",
];

fn options(pairs: &[(&str, &str)]) -> Signal<Vec<SelectOption>> {
    Signal::stored(pairs.iter().map(|(value, label)| SelectOption::new(*value, *label)).collect())
}

/// The fields of a tool and its buttons; stands inside an `ActionForm`.
#[component]
pub fn ToolFields(
    draft: ToolDraft,
    /// What the last try to save answered.
    problem: Signal<Option<Problem>>,
    pending: Signal<bool>,
    /// "Create tool" and what it says while it works.
    words: (&'static str, &'static str),
    /// Where to go without saving.
    #[prop(into)]
    back: String,
) -> impl IntoView {
    let first = |text: &str, usual: &str| if text.is_empty() { usual.to_owned() } else { text.to_owned() };
    let kind = RwSignal::new(first(&draft.kind, "http"));
    let builtin = RwSignal::new(first(&draft.builtin, Builtin::ALL[0].word()));
    let only =
        move |wanted: &'static str| move || if *kind.read() == wanted { "grid gap-4" } else { "hidden" };
    let builtins: Vec<_> = Builtin::ALL.iter().map(|builtin| (builtin.word(), builtin.title())).collect();
    let methods: Vec<_> = Method::ALL.iter().map(|method| (method.word(), method.word())).collect();
    let states: Vec<_> = ToolState::ALL.iter().map(|state| (state.word(), state.word())).collect();
    let at = move |field: &'static str| wrong(problem, field);
    let name_mark = "what models call it";
    view! {
        <FormProblem title="The tool was not saved" problem=problem fields=FIELDS />
        <div class="grid gap-4 lg:grid-cols-[minmax(0,1.5fr)_minmax(0,1fr)] items-start">
            <Panel id="tool-call" title="What it does">
                <div class="p-3.5 grid gap-4">
                    <Select
                        name="draft[kind]"
                        id="tool-kind"
                        label="Kind"
                        options=options(&[("http", "HTTP endpoint"), ("builtin", "Part of this server")])
                        value=kind
                        error=at("kind")
                        on_change=move |word| kind.set(word)
                    />
                    <TextInput name="draft[name]" id="tool-name" label="Name" mark=name_mark value=draft.name error=at("name") input_class="input-mono" spellcheck_off=true />
                    <TextArea name="draft[description]" id="tool-description" label="Description" value=draft.description error=at("description") rows=3 hint="Models are told this: what it does, and when to use it." />
                    <div class=only("builtin")>
                        <Select
                            name="draft[builtin]"
                            id="tool-builtin"
                            label="Part"
                            options=options(&builtins)
                            value=builtin
                            error=at("builtin")
                            on_change=move |word| builtin.set(word)
                        />
                    </div>
                    <div class=only("http")>
                        <Select name="draft[method]" id="tool-method" label="Method" options=options(&methods) value=Signal::stored(first(&draft.method, "GET")) error=at("method") />
                        <TextInput name="draft[url]" id="tool-url" label="Address" value=draft.url error=at("url") input_class="input-mono" spellcheck_off=true hint="With {arguments} in path and query." />
                        <TextArea name="draft[headers]" id="tool-headers" label="Headers" mark="optional" value=draft.headers error=at("headers") rows=2 input_class="input-mono" spellcheck_off=true hint="Name: value, one on a line. ${secret.NAME} stands for a secret." />
                        <TextArea name="draft[query]" id="tool-query" label="Query" mark="optional" value=draft.query error=at("query") rows=2 input_class="input-mono" spellcheck_off=true hint="name=value, one on a line." />
                        <TextArea name="draft[body]" id="tool-body" label="Body" mark="optional" value=draft.body error=at("body") rows=3 input_class="input-mono" spellcheck_off=true hint="JSON. Empty sends the arguments that have no other place." />
                        <TextInput name="draft[result_path]" id="tool-result-path" label="Result" mark="JSONPath" value=draft.result_path error=at("result_path") input_class="input-mono" spellcheck_off=true hint="Empty takes the whole answer." />
                        <TextInput name="draft[max_bytes]" id="tool-max-bytes" label="Largest answer" mark="bytes" value=draft.max_bytes error=at("max_bytes") inputmode="numeric" />
                        <TextArea name="draft[input_schema]" id="tool-input-schema" label="Arguments" mark="JSON Schema" value=draft.input_schema error=at("input_schema") rows=8 input_class="input-mono" spellcheck_off=true />
                    </div>
                </div>
            </Panel>
            <Panel id="tool-rules" title="Rules">
                <div class="p-3.5 grid gap-4">
                    <TextArea name="draft[output_schema]" id="tool-output-schema" label="Result" mark="JSON Schema, optional" value=draft.output_schema error=at("output_schema") rows=4 input_class="input-mono" spellcheck_off=true />
                    <TextInput name="draft[timeout_ms]" id="tool-timeout" label="Time limit" mark="ms" value=draft.timeout_ms error=at("timeout_ms") inputmode="numeric" />
                    <Select name="draft[idempotent]" id="tool-idempotent" label="May be repeated" options=options(&[("", "As usual for its kind"), ("true", "Yes"), ("false", "No")]) value=Signal::stored(draft.idempotent) error=at("idempotent") hint="Whether a call is made again when nobody knows whether it happened." />
                    <Select name="draft[approval]" id="tool-approval" label="Ask a person" options=options(&[("never", "Never"), ("always", "Before every call")]) value=Signal::stored(first(&draft.approval, "never")) error=at("approval") />
                    <Select name="draft[state]" id="tool-state" label="State" options=options(&states) value=Signal::stored(first(&draft.state, "enabled")) error=at("state") />
                    <TextInput name="draft[tags]" id="tool-tags" label="Tags" mark="optional" value=draft.tags error=at("tags") />
                    <TextInput name="draft[note]" id="tool-note" label="What changed" mark="optional" error=at("note") />
                    <div class="flex gap-2 justify-end">
                        <LinkButton href=back>"Cancel"</LinkButton>
                        <Button kind=ButtonKind::Submit variant=ButtonVariant::Primary busy=pending>{move || if pending.get() { words.1 } else { words.0 }}</Button>
                    </div>
                </div>
            </Panel>
        </div>
    }
}
