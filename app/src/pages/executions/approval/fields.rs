//! The fields of a question as form fields, made from its JSON Schema. Server and form share the
//! schema's own reading, so a typed text counts for a number.

use std::collections::BTreeMap;

use domain::Problem;
use domain::approvals::{Field, FieldKind, FieldSchema};
use leptos::prelude::*;

use crate::components::select::{Select, SelectOption};
use crate::components::text_area::TextArea;
use crate::components::text_input::TextInput;

/// Texts that may be longer than this get several lines.
const ONE_LINE: u32 = 200;

/// What is allowed, in words: "1 to 9", "at most 200 characters".
fn bounds(field: &Field) -> Option<String> {
    let least_and_most = |least: Option<String>, most: Option<String>| match (least, most) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}")),
        (Some(least), None) => Some(format!("at least {least}")),
        (None, Some(most)) => Some(format!("at most {most}")),
        (None, None) => None,
    };
    match field.r#type {
        FieldKind::Integer | FieldKind::Number => {
            least_and_most(field.minimum.map(|n| n.to_string()), field.maximum.map(|n| n.to_string()))
        }
        FieldKind::String if field.r#enum.is_empty() => {
            least_and_most(field.min_length.map(|n| n.to_string()), field.max_length.map(|n| n.to_string()))
                .map(|words| format!("{words} characters"))
        }
        FieldKind::String | FieldKind::Boolean => None,
    }
}

fn choices(field: &Field) -> Option<Vec<SelectOption>> {
    let none = SelectOption::new("", "Choose");
    match field.r#type {
        FieldKind::Boolean => {
            Some(vec![none, SelectOption::new("true", "Yes"), SelectOption::new("false", "No")])
        }
        FieldKind::String if !field.r#enum.is_empty() => {
            let values = field.r#enum.iter().map(|value| SelectOption::new(value, value));
            Some(std::iter::once(none).chain(values).collect())
        }
        FieldKind::String | FieldKind::Integer | FieldKind::Number => None,
    }
}

/// One form field for each property of the schema.
#[component]
pub fn AnswerFields(
    schema: FieldSchema,
    /// What was typed before, by name.
    typed: BTreeMap<String, String>,
    #[prop(into)] problem: Signal<Option<Problem>>,
) -> impl IntoView {
    let required = schema.required;
    schema
        .properties
        .into_iter()
        .enumerate()
        .map(|(index, (name, field))| {
            let value = typed.get(&name).cloned().unwrap_or_default();
            let is_required = required.contains(&name);
            view! {
                <AnswerField index=index name=name field=field value=value is_required=is_required problem=problem />
            }
        })
        .collect_view()
}

#[component]
fn AnswerField(
    index: usize,
    name: String,
    field: Field,
    value: String,
    is_required: bool,
    problem: Signal<Option<Problem>>,
) -> impl IntoView {
    let path = format!("fields.{name}");
    let error =
        Signal::derive(move || problem.with(|problem| problem.as_ref()?.for_field(&path).map(str::to_owned)));
    let mark = match (bounds(&field), is_required) {
        (Some(bounds), true) => bounds,
        (Some(bounds), false) => format!("optional, {bounds}"),
        (None, true) => "required".to_owned(),
        (None, false) => "optional".to_owned(),
    };
    let label = field.title.clone().unwrap_or_else(|| name.clone());
    let id = format!("answer-field-{index}");
    let hint = field.description.clone();
    let input = format!("answer[fields][{name}]");
    if let Some(options) = choices(&field) {
        return view! {
            <Select name=input id=id label=label mark=mark hint=hint error=error options=options value=value />
        }
        .into_any();
    }
    let is_long = field.r#type == FieldKind::String && field.max_length.is_none_or(|most| most > ONE_LINE);
    if is_long {
        return view! {
            <TextArea name=input id=id label=label mark=mark hint=hint error=error value=value rows=2 />
        }
        .into_any();
    }
    let keys = match field.r#type {
        FieldKind::Integer => "numeric",
        FieldKind::Number => "decimal",
        FieldKind::String | FieldKind::Boolean => "text",
    };
    view! {
        <TextInput name=input id=id label=label mark=mark hint=hint error=error value=value inputmode=keys />
    }
    .into_any()
}
