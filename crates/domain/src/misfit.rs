//! JSON that does not have the shape it should: which field is wrong, in words of ours.
//!
//! A body that was sent and a draft with some fields changed are told about in the same way. What the
//! reader of JSON says is the only source, so its sentences are taken apart here and nowhere else.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::{Kind, Problem};
use crate::text;

/// Reads a value of this shape, or says which field does not fit.
pub fn read<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| problem(&error.to_string()))
}

/// The problem behind what a reader of JSON said, such as `limits.attempts: invalid type: sequence`.
pub fn problem(said: &str) -> Problem {
    let (field, message) = field_of(said);
    // A path is as deep as what was sent.
    let field = text::headline(&field, 120);
    Problem { kind: Kind::InvalidInput, ..Problem::field(field, message) }
}

/// Splits `limits.attempts: invalid type ... at line 1 column 2` into the field and a sentence.
fn field_of(detail: &str) -> (String, String) {
    let detail = detail.rsplit_once(" at line ").map_or(detail, |(detail, _)| detail);
    let (path, reason) = match detail.split_once(": ") {
        Some((path, reason)) if !path.contains([' ', '`']) => (path.trim_start_matches('.'), reason),
        _ => ("", detail),
    };
    let quoted = |start: &str| reason.strip_prefix(start).and_then(|rest| rest.split('`').next());
    let below = |name: &str| match path {
        "" => text::headline(name, 60),
        path if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        path => format!("{path}.{}", text::headline(name, 60)),
    };
    if let Some(name) = quoted("unknown field `") {
        let known = reason.split_once("expected ").map_or("", |(_, known)| known);
        let known = known.trim_start_matches("one of ").replace('`', "");
        let known = if known.is_empty() { String::new() } else { format!(" Fields are: {known}.") };
        return (below(name), format!("There is no such field.{known}"));
    }
    if let Some(name) = quoted("missing field `") {
        return (below(name), "This field is missing.".to_owned());
    }
    if let Some(name) = quoted("duplicate field `") {
        return (below(name), "This field is given twice.".to_owned());
    }
    let field = if path.is_empty() { "body" } else { path };
    let message = match reason.split_once("expected ") {
        Some((_, expected)) if !expected.contains("struct") => {
            format!("This has the wrong type. Give {}.", text::headline(expected, 80))
        }
        _ => "This has the wrong type.".to_owned(),
    };
    (field.to_owned(), message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::agents::AgentDraft;

    #[test]
    fn a_wrong_field_is_named_by_its_path() {
        for (value, field) in [
            (json!({"titel": "x"}), "titel"),
            (json!({"title": 7}), "title"),
            (json!({"limits": 7}), "limits"),
            (json!({"limits": {"tries": 1}}), "limits.tries"),
            (json!({"limits": {"attempts": []}}), "limits.attempts"),
            (json!({"variables": {"who": 1}}), "variables.who"),
            (json!("text"), "body"),
        ] {
            let problem = read::<AgentDraft>(value.clone()).expect_err("does not fit");
            assert_eq!(problem.kind, Kind::InvalidInput, "{value}");
            let fields: Vec<_> = problem.fields.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(fields, [field], "{value}");
        }
    }
}
