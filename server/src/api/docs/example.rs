//! Examples made from schemas: what a body looks like, without writing each by hand.

use serde_json::{Map, Value, json};

/// How deep references are followed, so that a schema that names itself comes to an end.
const DEEPEST: usize = 8;

/// An example of a media type: its own, or one made from its schema.
pub(super) fn of_content(document: &Value, content: &Value) -> Value {
    let own = content.get("example").filter(|example| !example.is_null());
    own.cloned().unwrap_or_else(|| of_schema(document, &content["schema"], 0))
}

fn of_schema(document: &Value, schema: &Value, depth: usize) -> Value {
    if depth > DEEPEST {
        return Value::Null;
    }
    let given = schema.get("example").or_else(|| schema.get("default")).or_else(|| schema["examples"].get(0));
    if let Some(given) = given {
        return given.clone();
    }
    if let Some(name) = schema["$ref"].as_str() {
        let found = name.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        return found.map_or(Value::Null, |schema| of_schema(document, schema, depth + 1));
    }
    if let Some(value) = schema["enum"].get(0) {
        return value.clone();
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return merged(document, parts, depth);
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[choice].as_array() {
            let real = choices.iter().find(|choice| choice["type"] != "null");
            return real.map_or(Value::Null, |schema| of_schema(document, schema, depth + 1));
        }
    }
    of_type(document, schema, depth)
}

/// One object with the fields of several schemas.
fn merged(document: &Value, parts: &[Value], depth: usize) -> Value {
    let mut all = Map::new();
    for part in parts {
        if let Value::Object(fields) = of_schema(document, part, depth + 1) {
            all.extend(fields);
        }
    }
    Value::Object(all)
}

fn of_type(document: &Value, schema: &Value, depth: usize) -> Value {
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        kind => kind.as_str(),
    };
    match kind {
        Some("object") => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            let fields = fields.map(|(name, field)| (name.clone(), of_schema(document, field, depth + 1)));
            Value::Object(fields.collect())
        }
        Some("array") => json!([of_schema(document, &schema["items"], depth + 1)]),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(false),
        Some("string") => text(schema),
        _ => Value::Null,
    }
}

fn text(schema: &Value) -> Value {
    if schema["format"] == "date-time" {
        return json!("2026-01-15T01:46:23.568Z");
    }
    // Identifiers are described by a pattern such as `^agt_[0-9a-z]{26}$`.
    let prefix = schema["pattern"].as_str().and_then(|pattern| pattern.strip_prefix('^')?.split_once("_["));
    prefix.map_or_else(|| json!("…"), |(prefix, _)| json!(format!("{prefix}_01kf3c9z2m0000000000000000")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_that_names_itself_comes_to_an_end() {
        let document = json!({"components": {"schemas": {"Tree": {
            "type": "object", "properties": {"name": {"type": "string"}, "below": {"$ref": "#/components/schemas/Tree"}}
        }}}});
        let example = of_content(&document, &json!({"schema": {"$ref": "#/components/schemas/Tree"}}));
        assert_eq!(example["below"]["name"], "…");
    }

    #[test]
    fn parts_are_merged_and_types_have_values() {
        let schema = json!({"schema": {"allOf": [
            {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}}},
            {"type": "object", "properties": {"count": {"type": ["integer", "null"]}}}
        ]}});
        assert_eq!(of_content(&Value::Null, &schema), json!({"at": "2026-01-15T01:46:23.568Z", "count": 1}));
    }
}
