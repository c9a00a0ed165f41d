//! JSON Schemas as typed: what can be judged of them without a validator.
//!
//! References stay inside the document, and none leads back to itself without going into a part of
//! the value: a validator would follow such a circle for ever.

use serde_json::{Value, json};

use crate::text;

/// The longest schema in bytes.
const MAX_SCHEMA: usize = 64 * 1024;
/// How many steps along references are looked at.
const MAX_STEPS: u32 = 20_000;

/// Keywords whose schemas look at the same value.
const LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
const SINGLE: [&str; 4] = ["not", "if", "then", "else"];

/// Reads a schema.
pub(super) fn schema(typed: &str) -> Result<Value, String> {
    if typed.len() > MAX_SCHEMA {
        return Err(format!("Shorten the schema to at most {MAX_SCHEMA} bytes."));
    }
    let schema: Value = serde_json::from_str(typed).map_err(|error| {
        format!("The schema is no JSON at line {}, column {}.", error.line(), error.column())
    })?;
    if !schema.is_object() {
        return Err("A JSON Schema is an object.".to_owned());
    }
    check_references(&schema, true)?;
    let mut steps = MAX_STEPS;
    each(&schema, &mut |part| circle(&schema, part, &mut Vec::new(), &mut steps))?;
    Ok(schema)
}

/// Reads the schema of arguments, which is that of an object.
pub(super) fn object_schema(typed: &str) -> Result<Value, String> {
    if typed.trim().is_empty() {
        return Ok(json!({"type": "object", "properties": {}}));
    }
    let schema = schema(typed)?;
    if schema["type"] == "object" {
        Ok(schema)
    } else {
        Err("The arguments of a tool are an object: give \"type\": \"object\".".to_owned())
    }
}

/// Refuses references that leave the document, and names that would change what they mean.
fn check_references(value: &Value, is_top: bool) -> Result<(), String> {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                match (key.as_str(), inner) {
                    ("$ref" | "$dynamicRef", Value::String(reference))
                        if reference != "#" && !reference.starts_with("#/") =>
                    {
                        return Err(format!(
                            "The schema refers to {}. Only references that begin with #/ are followed.",
                            text::headline(reference, 80)
                        ));
                    }
                    ("$id", Value::String(_)) if !is_top => {
                        return Err("Leave $id out of the inner parts of the schema.".to_owned());
                    }
                    _ => check_references(inner, false)?,
                }
            }
            Ok(())
        }
        Value::Array(items) => items.iter().try_for_each(|item| check_references(item, false)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

/// Looks at every object inside a value.
fn each<'a>(value: &'a Value, look: &mut impl FnMut(&'a Value) -> Result<(), String>) -> Result<(), String> {
    match value {
        Value::Object(map) => {
            look(value)?;
            map.values().try_for_each(|inner| each(inner, look))
        }
        Value::Array(items) => items.iter().try_for_each(|item| each(item, look)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

/// Follows what looks at the same value, and refuses to come by the same place twice.
fn circle<'a>(
    root: &'a Value,
    part: &'a Value,
    path: &mut Vec<&'a str>,
    steps: &mut u32,
) -> Result<(), String> {
    *steps = steps.checked_sub(1).ok_or("The schema has too many references.")?;
    for reference in ["$ref", "$dynamicRef"].into_iter().filter_map(|key| part.get(key)?.as_str()) {
        if path.contains(&reference) {
            return Err(format!(
                "The reference {} leads back to itself without end.",
                text::headline(reference, 80)
            ));
        }
        if let Some(target) = root.pointer(reference.trim_start_matches('#')) {
            path.push(reference);
            circle(root, target, path, steps)?;
            path.pop();
        }
    }
    let lists = LISTS.into_iter().filter_map(|key| part.get(key)?.as_array()).flatten();
    let single = SINGLE.into_iter().filter_map(|key| part.get(key));
    let dependent = part.get("dependentSchemas").and_then(Value::as_object);
    let dependent = dependent.into_iter().flat_map(|map| map.values());
    for inner in lists.chain(single).chain(dependent).filter(|inner| inner.is_object()) {
        circle(root, inner, path, steps)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_stay_inside_and_circles_are_found() {
        for fine in [
            json!({"type": "object", "properties": {"child": {"$ref": "#"}}}),
            json!({"$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"}),
            json!({"$id": "https://example.com/x", "allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {}}}),
        ] {
            assert!(schema(&fine.to_string()).is_ok(), "{fine}");
        }
        for wrong in [
            json!({"$ref": "#"}),
            json!({"allOf": [{"$ref": "#"}]}),
            json!({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"not": {"$ref": "#/$defs/a"}}}}),
            json!({"properties": {"x": {"anyOf": [{"$ref": "#/properties/x"}]}}}),
            json!({"$ref": "other.json"}),
            json!({"$ref": "#anchor"}),
            json!({"properties": {"x": {"$ref": "file:///etc/passwd"}}}),
            json!({"properties": {"x": {"$id": "http://example.com/"}}}),
            json!([]),
        ] {
            assert!(schema(&wrong.to_string()).is_err(), "{wrong}");
        }
    }
}
