//! The test bench: a tool is called for real with typed arguments, and everything about the call shown.

use domain::tools::{CallReport, Tool, Traffic};
use leptos::prelude::*;
use serde_json::{Map, Value};

use crate::components::badge::{Badge, BadgeTone};
use crate::components::button::{Button, ButtonKind, ButtonVariant};
use crate::components::code_block::CodeText;
use crate::components::panel::Panel;
use crate::components::text_area::TextArea;
use crate::pages::workspace::form::{FormProblem, problem_of, wrong};
use crate::server_fns::tools::TestTool;

/// The bench of one tool.
#[component]
pub fn Bench(#[prop(into)] workspace: String, tool: Tool) -> impl IntoView {
    let test = ServerAction::<TestTool>::new();
    let value = test.value();
    let problem = problem_of(test);
    let example = serde_json::to_string_pretty(&example(&tool.config.input_schema)).unwrap_or_default();
    let report = move || value.get().and_then(Result::ok).map(|report| view! { <Report report=report /> });
    view! {
        <Panel id="bench" title="Try it">
            <div class="p-3.5 grid gap-4">
                <ActionForm action=test>
                    <input type="hidden" name="workspace" value=workspace />
                    <input type="hidden" name="tool" value=tool.id.to_string() />
                    <FormProblem title="The tool was not called" problem=problem fields=&["arguments"] />
                    <TextArea
                        name="arguments"
                        id="bench-arguments"
                        label="Arguments"
                        mark="JSON"
                        value=example
                        error=wrong(problem, "arguments")
                        rows=6
                        input_class="input-mono"
                        spellcheck_off=true
                        hint="The call is real: it has the effect that the tool has."
                    />
                    <div class="flex justify-end mt-3">
                        <Button kind=ButtonKind::Submit variant=ButtonVariant::Primary icon="play" busy=test.pending()>"Call"</Button>
                    </div>
                </ActionForm>
                <div aria-live="polite">{report}</div>
            </div>
        </Panel>
    }
}

/// A value to begin with: every property of an object, with its default, its first choice or nothing.
fn example(schema: &Value) -> Value {
    let given = schema.get("default").or_else(|| schema.get("const"));
    let given = given.or_else(|| schema["enum"].get(0)).or_else(|| schema["examples"].get(0));
    if let Some(given) = given {
        return given.clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let properties = schema["properties"].as_object().cloned().unwrap_or_default();
            let examples: Map<_, _> =
                properties.iter().map(|(name, inner)| (name.clone(), example(inner))).collect();
            Value::Object(examples)
        }
        Some("array") => Value::Array(Vec::new()),
        Some("integer" | "number") => Value::from(0),
        Some("boolean") => Value::Bool(false),
        Some("null") => Value::Null,
        _ => Value::String(String::new()),
    }
}

#[component]
fn Report(report: CallReport) -> impl IntoView {
    let (tone, word) = if report.ok { (BadgeTone::Ok, "Result") } else { (BadgeTone::Danger, "No result") };
    let findings: Vec<_> = report
        .findings
        .iter()
        .map(|finding| {
            view! { <li><span class="mono">{finding.place.clone()}</span> " " {finding.message.clone()}</li> }
        })
        .collect();
    let result = report.result.as_ref().map(|result| {
        let code = serde_json::to_string_pretty(result).unwrap_or_default();
        view! { <CodeText label="Result" code=Signal::stored(code) /> }
    });
    let traffic = |label: &'static str, traffic: Option<Traffic>| {
        traffic.map(|traffic| {
            let headers = traffic.headers.iter().map(|pair| format!("{}: {}", pair.name, pair.value));
            let lines: Vec<String> = std::iter::once(traffic.line.clone())
                .chain(headers)
                .chain([String::new(), traffic.body.clone()])
                .collect();
            view! {
                <h3 class="text-sm font-medium mt-3 mb-1">{label}</h3>
                <CodeText label=label code=Signal::stored(lines.join("\n")) />
            }
        })
    };
    view! {
        <p class="flex gap-2 items-center mb-2">
            <Badge tone=tone>{word}</Badge>
            <span class="num text-subtle">{format!("{} ms", report.took_ms)}</span>
            {report.code.clone().map(|code| view! { <span class="mono">{code}</span> })}
        </p>
        {report.message.clone().map(|message| view! { <p>{message}</p> })}
        <ul>{findings}</ul>
        {result}
        {traffic("Sent", report.request.clone())}
        {traffic("Came back", report.response.clone())}
    }
}
