//! What drafts take besides text. Inside they hold text as typed; programs may send numbers, flags and lists as
//! such, and an edit may empty a field. The types cannot say that, so the schemas are mended here.

use domain::agents::Runtime;
use serde_json::Value;
use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Components, Ref, RefOr};

/// Mends the schemas of all drafts.
pub(super) fn mend(components: &mut Components) {
    for name in ["LimitsDraft", "ParametersDraft"] {
        if let Some(draft) = object(components, name) {
            draft.properties.values_mut().for_each(|field| take(field, PLAIN));
        }
    }
    let plain_fields: [(&str, &str, &[Type]); 7] = [
        ("ScheduleDraft", "missed_limit", PLAIN),
        ("ScheduleDraft", "priority", PLAIN),
        ("RerunDraft", "priority", PLAIN),
        ("BatchDraft", "rows_at_once", PLAIN),
        ("StartBody", "version", &[Type::Integer, Type::String, Type::Null]),
        ("AskDraft", "question", &[Type::String, Type::Null]),
        ("AskDraft", "expires_s", &[Type::Number, Type::String, Type::Null]),
    ];
    for (name, field, kinds) in plain_fields {
        if let Some(field) = field_of(components, name, field) {
            take(field, kinds);
        }
    }
    let tool = OneOfBuilder::new().item(plain(Type::String)).item(Ref::from_schema_name("AgentTool"));
    let json_fields: [(&str, &str, RefOr<Schema>); 3] = [
        ("AgentDraft", "tools", ArrayBuilder::new().items(tool).into()),
        ("AskDraft", "fields", plain(Type::Object)),
        ("AskDraft", "roles", ArrayBuilder::new().items(Ref::from_schema_name("Role")).into()),
    ];
    for (name, field, json) in json_fields {
        if let Some(field) = field_of(components, name, field) {
            take_json(field, &json);
        }
    }
    if let Some(RefOr::T(Schema::Object(runtime))) = field_of(components, "AgentDraft", "runtime") {
        let words = Runtime::ALL.iter().map(|runtime| runtime.word());
        runtime.enum_values = Some(std::iter::once("").chain(words).map(Value::from).collect());
    }
    edit(components);
}

/// What a field takes whose text is a number.
const PLAIN: &[Type] = &[Type::Number, Type::String, Type::Boolean, Type::Null];

fn object<'a>(components: &'a mut Components, name: &str) -> Option<&'a mut Object> {
    let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut(name) else { return None };
    Some(object)
}

fn field_of<'a>(components: &'a mut Components, name: &str, field: &str) -> Option<&'a mut RefOr<Schema>> {
    object(components, name)?.properties.get_mut(field)
}

fn plain(kind: Type) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(kind).into()
}

/// Lets a field of text be one of these.
fn take(field: &mut RefOr<Schema>, kinds: &[Type]) {
    if let RefOr::T(Schema::Object(field)) = field {
        field.schema_type = kinds.iter().cloned().collect();
    }
}

/// Lets a field of text be JSON of this form, or nothing.
fn take_json(field: &mut RefOr<Schema>, json: &RefOr<Schema>) {
    let (description, default) = match field {
        RefOr::T(Schema::Object(text)) => (text.description.take(), text.default.take()),
        _ => (None, None),
    };
    let kinds = OneOfBuilder::new().item(plain(Type::String)).item(json.clone()).item(plain(Type::Null));
    *field = kinds.description(description).default(default).into();
}

/// An edit has the fields of a draft, none of which has a default: one that is left out stays as it is, and
/// `null` empties it.
fn edit(components: &mut Components) {
    let fields = object(components, "AgentDraft").map(|draft| draft.properties.clone()).unwrap_or_default();
    if let Some(edit) = object(components, "AgentEdit") {
        edit.properties.extend(fields.into_iter().map(|(name, field)| (name, emptied(field))));
    }
}

/// A field that may be `null`.
fn emptied(field: RefOr<Schema>) -> RefOr<Schema> {
    match field {
        RefOr::T(Schema::Object(mut field)) => {
            field.default = None;
            field.schema_type = match field.schema_type {
                SchemaType::Type(kind) => SchemaType::Array(vec![kind, Type::Null]),
                other => other,
            };
            if let Some(words) = &mut field.enum_values {
                words.push(Value::Null);
            }
            field.into()
        }
        RefOr::T(Schema::OneOf(mut field)) => {
            field.default = None;
            RefOr::T(Schema::OneOf(field))
        }
        RefOr::Ref(mut draft) => {
            draft.default = None;
            OneOfBuilder::new().item(draft).item(plain(Type::Null)).into()
        }
        other @ RefOr::T(_) => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn schemas() -> Value {
        let mut document = serde_json::to_value(crate::api::open_api()).expect("a document is JSON");
        document["components"]["schemas"].take()
    }

    fn takes_null(field: &Value) -> bool {
        let kinds = field["oneOf"].as_array().cloned().unwrap_or_else(|| vec![field.clone()]);
        let null = |kind: &Value| {
            kind["type"] == "null"
                || kind["type"].as_array().is_some_and(|kinds| kinds.contains(&json!("null")))
        };
        kinds.iter().filter(|kind| null(kind)).count() == 1
    }

    #[test]
    fn an_edit_has_the_fields_of_a_draft_and_its_revision_and_each_can_be_emptied() {
        let schemas = schemas();
        let (draft, edit) = (&schemas["AgentDraft"], &schemas["AgentEdit"]);
        assert_eq!((&edit["type"], &edit["additionalProperties"]), (&json!("object"), &json!(false)));
        assert!(edit.get("required").is_none() && edit.get("allOf").is_none(), "{edit}");
        let names = |schema: &Value| -> Vec<String> {
            let mut names: Vec<_> =
                schema["properties"].as_object().expect("fields").keys().cloned().collect();
            names.sort();
            names
        };
        let mut wanted = names(draft);
        assert!(wanted.len() > 8, "{wanted:?}");
        wanted.push("revision".to_owned());
        wanted.sort();
        assert_eq!(names(edit), wanted);
        for name in wanted {
            let field = &edit["properties"][&name];
            assert!(takes_null(field) && field.get("default").is_none(), "{name}: {field}");
        }
    }

    #[test]
    fn drafts_say_what_they_take_besides_text() {
        let schemas = schemas();
        for (schema, field, kinds) in [
            ("AgentDraft", "tools", json!(["string", "array", "null"])),
            ("AskDraft", "fields", json!(["string", "object", "null"])),
            ("AskDraft", "roles", json!(["string", "array", "null"])),
        ] {
            let one_of = schemas[schema]["properties"][field]["oneOf"].as_array().expect(field);
            let found: Vec<_> = one_of.iter().map(|kind| kind["type"].clone()).collect();
            assert_eq!(json!(found), kinds, "{schema}.{field}");
        }
        let version = &schemas["StartBody"]["properties"]["version"];
        assert_eq!(version["type"], json!(["integer", "string", "null"]));
        let runtime = &schemas["AgentDraft"]["properties"]["runtime"];
        assert_eq!(runtime["enum"], json!(["", "toolhouse", "model"]));
        assert_eq!(schemas["AgentRow"]["properties"]["runtime"]["$ref"], "#/components/schemas/Runtime");
        assert!(schemas["Execution"].to_string().contains("#/components/schemas/Runtime"));
    }
}
