//! Reading request bodies the way the service's framework does, with its 422.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::refusals::{self, Refusal};

/// An object; an empty body is an empty one.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    if body.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => Err(refusals::invalid(
            &["body"],
            "model_attributes_type",
            "Input should be a valid dictionary or object to extract fields from",
            &other,
        )),
        Err(_) => Err(refusals::invalid(&["body"], "json_invalid", "JSON decode error", &Value::Null)),
    }
}

/// A string, or nothing.
pub(crate) fn text(object: &Map<String, Value>, name: &str) -> Result<Option<String>, Refusal> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(not_text(&["body", name], other)),
    }
}

/// Names and values, all strings.
pub(crate) fn vars(object: &Map<String, Value>) -> Result<Option<Map<String, Value>>, Refusal> {
    match object.get("vars") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(vars)) => match vars.iter().find(|(_, value)| !value.is_string()) {
            Some((name, value)) => Err(not_text(&["body", "vars", name], value)),
            None => Ok(Some(vars.clone())),
        },
        Some(other) => Err(refusals::invalid(
            &["body", "vars"],
            "dict_type",
            "Input should be a valid dictionary",
            other,
        )),
    }
}

/// A required UUID.
pub(crate) fn uuid(object: &Map<String, Value>, name: &str) -> Result<Uuid, Refusal> {
    match object.get(name) {
        None => Err(refusals::invalid(&["body", name], "missing", "Field required", &Value::Null)),
        Some(value) => {
            value.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| not_uuid(&["body", name], value))
        }
    }
}

/// A UUID in the path.
pub(crate) fn path_id(id: &str) -> Result<Uuid, Refusal> {
    id.parse().map_err(|_invalid| not_uuid(&["path", "id"], &Value::String(id.to_owned())))
}

fn not_text(place: &[&str], input: &Value) -> Refusal {
    refusals::invalid(place, "string_type", "Input should be a valid string", input)
}

fn not_uuid(place: &[&str], input: &Value) -> Refusal {
    refusals::invalid(place, "uuid_parsing", "Input should be a valid UUID", input)
}
