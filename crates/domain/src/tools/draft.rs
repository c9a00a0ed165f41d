//! What people type about a tool, and the one parser that reads it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::config::{ApprovalRule, HttpTool, Method, ToolAction, ToolConfig, ToolState};
use super::schemas::{object_schema, schema};
use super::template::{Part, parts};
use super::{pairs, secrets};
use crate::approvals::any_text;
use crate::problem::{Fields, Problem};
use crate::text;

/// The longest body in bytes.
const MAX_BODY: usize = 64 * 1024;
/// The longest description in characters; models are told all of it with every call.
const MAX_DESCRIPTION: usize = 1_024;

/// A tool as typed. Fields of the other kind stay empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ToolDraft {
    /// 1 to 64 letters, digits, dashes and underscores.
    pub name: String,
    /// What models are told about it.
    pub description: String,
    /// `http` or `builtin`.
    pub kind: String,
    /// Which part of the server, of the kind `builtin`.
    pub builtin: String,
    /// Method, of the kind `http`.
    pub method: String,
    /// Address with `{arguments}` in path and query, of the kind `http`.
    pub url: String,
    /// `Name: value` lines or a JSON object.
    #[serde(deserialize_with = "any_text")]
    pub headers: String,
    /// `name=value` lines or a JSON object.
    #[serde(deserialize_with = "any_text")]
    pub query: String,
    /// JSON, or nothing for the arguments without another place.
    #[serde(deserialize_with = "any_text")]
    pub body: String,
    /// JSONPath of the result in the answer.
    pub result_path: String,
    /// The most bytes of an answer.
    #[serde(deserialize_with = "any_text")]
    pub max_bytes: String,
    /// JSON Schema of the arguments, as text or as JSON.
    #[serde(deserialize_with = "any_text")]
    pub input_schema: String,
    /// JSON Schema of the result, as text or as JSON.
    #[serde(deserialize_with = "any_text")]
    pub output_schema: String,
    /// Milliseconds a call may take.
    #[serde(deserialize_with = "any_text")]
    pub timeout_ms: String,
    /// `true` or `false`; what reads is idempotent unless told.
    #[serde(deserialize_with = "any_text")]
    pub idempotent: String,
    /// `never` or `always`.
    pub approval: String,
    /// `enabled`, `deprecated` or `disabled`.
    pub state: String,
    /// Words with commas between.
    #[serde(deserialize_with = "any_text")]
    pub tags: String,
    /// What changed, for the list of versions.
    pub note: String,
}

impl ToolDraft {
    /// The definition, or every wrong field.
    pub fn parse(&self) -> Result<ToolConfig, Problem> {
        let mut fields = Fields::default();
        let action = self.action(&mut fields);
        let builtin = match &action {
            Some(ToolAction::Builtin { builtin }) => Some(*builtin),
            Some(ToolAction::Http(_)) | None => None,
        };
        let name = match (self.name.trim(), builtin) {
            ("", Some(builtin)) => Some(builtin.word().to_owned()),
            (typed, _) => fields.take("name", name(typed)),
        };
        let description = match (self.description.trim(), builtin) {
            ("", Some(builtin)) => Some(builtin.description().to_owned()),
            ("", None) => {
                fields.take("description", Err("Tell models what it does and when to use it.".to_owned()))
            }
            (typed, _) => fields.take("description", text::paragraphs(typed, "description", MAX_DESCRIPTION)),
        };
        let input_schema = match builtin {
            Some(builtin) => Some(builtin.input_schema()),
            None => fields.take("input_schema", object_schema(&self.input_schema)),
        };
        let output_schema = match self.output_schema.trim() {
            "" => Some(None),
            typed => fields.take("output_schema", schema(typed).map(Some)),
        };
        let timeout_ms = number(
            &mut fields,
            "timeout_ms",
            &self.timeout_ms,
            "time limit in milliseconds",
            (100, 600_000),
            30_000,
        );
        let reads = match &action {
            Some(ToolAction::Http(http)) => http.method == Method::Get,
            Some(ToolAction::Builtin { .. }) | None => true,
        };
        let idempotent = fields.take("idempotent", flag(&self.idempotent, reads));
        let approval = fields.take(
            "approval",
            match self.approval.trim() {
                "" | "never" => Ok(ApprovalRule::Never),
                "always" => Ok(ApprovalRule::Always),
                _ => Err("Choose never or always.".to_owned()),
            },
        );
        let state = fields.take("state", state(&self.state));
        let tags = fields.take("tags", tags(&self.tags));
        fields.take("note", text::optional_line(&self.note, "note", 200));
        if let (Some(ToolAction::Http(http)), Some(schema)) = (&action, &input_schema) {
            for argument in http.placed() {
                if schema["properties"].get(argument).is_none() {
                    fields.add(
                        "input_schema",
                        format!("Describe the argument {argument}, which the call uses, under properties."),
                    );
                }
            }
        }
        match (
            name,
            description,
            action,
            input_schema,
            output_schema,
            timeout_ms,
            idempotent,
            approval,
            state,
            tags,
        ) {
            (
                Some(name),
                Some(description),
                Some(action),
                Some(input_schema),
                Some(output_schema),
                Some(timeout_ms),
                Some(idempotent),
                Some(approval),
                Some(state),
                Some(tags),
            ) if fields.is_empty() => Ok(ToolConfig {
                name,
                description,
                action,
                input_schema,
                output_schema,
                timeout_ms,
                idempotent,
                approval,
                state,
                tags,
            }),
            _ => Err(fields.problem()),
        }
    }

    fn action(&self, fields: &mut Fields) -> Option<ToolAction> {
        match self.kind.trim() {
            "builtin" => {
                let builtin = fields.take("builtin", self.builtin.parse())?;
                Some(ToolAction::Builtin { builtin })
            }
            "http" => {
                let method = fields.take("method", method(&self.method));
                let url = fields.take("url", url(&self.url));
                let headers = fields.take("headers", pairs::headers(&self.headers));
                let query = fields.take("query", pairs::query(&self.query));
                let body = fields.take("body", body(&self.body));
                let path =
                    fields.take("result_path", text::optional_line(&self.result_path, "JSONPath", 500));
                let max_bytes = number(
                    fields,
                    "max_bytes",
                    &self.max_bytes,
                    "size limit in bytes",
                    (1, 10_485_760),
                    262_144,
                );
                Some(ToolAction::Http(HttpTool {
                    method: method?,
                    url: url?,
                    headers: headers?,
                    query: query?,
                    body: body?,
                    result_path: path.map(|path| (!path.is_empty()).then_some(path))?,
                    max_bytes: max_bytes?,
                }))
            }
            _ => {
                fields.add("kind", "Choose the kind http or builtin.");
                None
            }
        }
    }

    /// The draft that parses into the given definition.
    pub fn of(config: &ToolConfig) -> Self {
        let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default();
        let mut draft = Self {
            name: config.name.clone(),
            description: config.description.clone(),
            kind: config.action.kind().to_owned(),
            input_schema: pretty(&config.input_schema),
            output_schema: config.output_schema.as_ref().map(pretty).unwrap_or_default(),
            timeout_ms: config.timeout_ms.to_string(),
            idempotent: config.idempotent.to_string(),
            approval: if config.approval == ApprovalRule::Always { "always" } else { "never" }.to_owned(),
            state: config.state.word().to_owned(),
            tags: config.tags.join(", "),
            ..Self::default()
        };
        match &config.action {
            ToolAction::Builtin { builtin } => builtin.word().clone_into(&mut draft.builtin),
            ToolAction::Http(http) => {
                http.method.word().clone_into(&mut draft.method);
                http.url.clone_into(&mut draft.url);
                draft.headers = pairs::text(&http.headers, ": ");
                draft.query = pairs::text(&http.query, "=");
                draft.body = http.body.as_ref().map(pretty).unwrap_or_default();
                draft.result_path = http.result_path.clone().unwrap_or_default();
                draft.max_bytes = http.max_bytes.to_string();
            }
        }
        draft
    }
}

fn number(
    fields: &mut Fields,
    field: &str,
    typed: &str,
    what: &str,
    (min, max): (u32, u32),
    usual: u32,
) -> Option<u32> {
    match typed.trim() {
        "" => Some(usual),
        typed => fields.take(field, text::number(typed, what, min, max)),
    }
}

/// The names that every provider of models accepts.
fn name(typed: &str) -> Result<String, String> {
    let begins = typed.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let fits = typed.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if begins && fits && typed.len() <= 64 {
        Ok(typed.to_owned())
    } else {
        Err("Use 1 to 64 letters, digits, underscores and dashes, beginning with a letter or underscore."
            .to_owned())
    }
}

fn method(typed: &str) -> Result<Method, String> {
    let typed = typed.trim().to_ascii_uppercase();
    if typed.is_empty() {
        return Ok(Method::Get);
    }
    Method::ALL
        .iter()
        .copied()
        .find(|method| method.word() == typed)
        .ok_or_else(|| "Choose GET, POST, PUT, PATCH or DELETE.".to_owned())
}

/// An address whose origin is fixed: an argument must not decide who gets the headers.
fn url(typed: &str) -> Result<String, String> {
    let typed = text::line(typed, "address", 4_000)?;
    let rest = typed.strip_prefix("https://").or_else(|| typed.strip_prefix("http://"));
    let rest = rest.ok_or("Give an address that begins with https:// or http://.")?;
    let origin = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if origin.is_empty() || origin.contains(['{', '}', '@', '\\']) || origin.contains(char::is_whitespace) {
        return Err("Write the host out; arguments can stand after it, in path and query.".to_owned());
    }
    if secrets(&typed).next().is_some() {
        return Err("Put secrets into headers, query or body: addresses are logged on the way.".to_owned());
    }
    let filled: String = parts(rest)
        .into_iter()
        .map(|part| match part {
            Part::Text(text) => text,
            Part::Argument(_) | Part::Secret(_) => "x",
        })
        .collect();
    if filled.contains(char::is_whitespace) || filled.contains(['\\', '#']) {
        return Err("Leave blanks, backslashes and # out of the address.".to_owned());
    }
    Ok(typed)
}

fn body(typed: &str) -> Result<Option<Value>, String> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    if typed.len() > MAX_BODY {
        return Err(format!("Shorten the body to at most {MAX_BODY} bytes."));
    }
    serde_json::from_str(typed)
        .map(Some)
        .map_err(|error| format!("The body is no JSON at line {}, column {}.", error.line(), error.column()))
}

fn flag(typed: &str, usual: bool) -> Result<bool, String> {
    match typed.trim() {
        "" => Ok(usual),
        "true" | "yes" | "on" => Ok(true),
        "false" | "no" | "off" => Ok(false),
        _ => Err("Choose true or false.".to_owned()),
    }
}

fn state(typed: &str) -> Result<ToolState, String> {
    match typed.trim() {
        "" => Ok(ToolState::Enabled),
        word => ToolState::ALL
            .iter()
            .copied()
            .find(|state| state.word() == word)
            .ok_or_else(|| "Choose enabled, deprecated or disabled.".to_owned()),
    }
}

fn tags(typed: &str) -> Result<Vec<String>, String> {
    let listed: Option<Vec<String>> = serde_json::from_str(typed.trim()).ok();
    let words = listed.unwrap_or_else(|| typed.split(',').map(str::to_owned).collect());
    let mut tags: Vec<String> = words
        .iter()
        .filter(|word| !word.trim().is_empty())
        .map(|word| text::line(word, "tag", 40))
        .collect::<Result<_, _>>()?;
    tags.sort_unstable();
    tags.dedup();
    if tags.len() > 20 { Err("Give at most 20 tags.".to_owned()) } else { Ok(tags) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::Builtin;

    fn draft() -> ToolDraft {
        ToolDraft {
            name: "get_order".to_owned(),
            description: "Reads an order.".to_owned(),
            kind: "http".to_owned(),
            url: "https://api.example.com/orders/{id}?full={full}".to_owned(),
            headers: "Authorization: Bearer ${secret.SHOP}\nX-Trace: {id}".to_owned(),
            input_schema:
                r#"{"type":"object","properties":{"id":{"type":"string"},"full":{"type":"boolean"}}}"#
                    .to_owned(),
            tags: "shop, orders, shop".to_owned(),
            ..ToolDraft::default()
        }
    }

    #[track_caller]
    fn refused(change: impl FnOnce(&mut ToolDraft), field: &str) {
        let mut draft = draft();
        change(&mut draft);
        let problem = draft.parse().expect_err(field);
        assert!(problem.for_field(field).is_some(), "{field}: {problem:?}");
    }

    #[test]
    fn a_tool_parses_and_survives_being_typed_again() {
        let config = draft().parse().expect("parses");
        assert!(config.idempotent, "reading is");
        assert_eq!(config.secrets().into_iter().collect::<Vec<_>>(), ["SHOP"]);
        assert_eq!(config.tags, ["orders", "shop"]);
        assert_eq!(ToolDraft::of(&config).parse(), Ok(config));
        for builtin in Builtin::ALL {
            let draft = ToolDraft {
                kind: "builtin".to_owned(),
                builtin: builtin.word().to_owned(),
                ..ToolDraft::default()
            };
            let config = draft.parse().expect("parses");
            assert_eq!((config.name.as_str(), config.idempotent), (builtin.word(), true));
            assert_eq!(ToolDraft::of(&config).parse(), Ok(config));
        }
    }

    #[test]
    fn wrong_fields_are_named() {
        refused(|d| d.name = "get order".to_owned(), "name");
        refused(|d| d.name = "x".repeat(65), "name");
        refused(|d| d.name = String::new(), "name");
        refused(|d| d.description = String::new(), "description");
        refused(|d| d.kind = "magic".to_owned(), "kind");
        refused(|d| d.method = "BREW".to_owned(), "method");
        refused(|d| d.url = "ftp://example.com/".to_owned(), "url");
        refused(|d| d.url = "https://{id}.example.com/".to_owned(), "url");
        refused(|d| d.url = "https://example.com/?k=${secret.SHOP}".to_owned(), "url");
        refused(|d| d.url = "https://example.com/a b".to_owned(), "url");
        refused(|d| d.headers = "Host: elsewhere".to_owned(), "headers");
        refused(|d| d.headers = "no colon".to_owned(), "headers");
        refused(|d| d.headers = "A: b\u{7}".to_owned(), "headers");
        refused(|d| d.body = "{".to_owned(), "body");
        refused(|d| d.max_bytes = "999999999".to_owned(), "max_bytes");
        refused(|d| d.input_schema = "[]".to_owned(), "input_schema");
        refused(|d| d.input_schema = r#"{"type":"string"}"#.to_owned(), "input_schema");
        refused(|d| d.input_schema = r#"{"type":"object"}"#.to_owned(), "input_schema");
        refused(|d| d.output_schema = r#"{"$ref":"file:///etc/passwd"}"#.to_owned(), "output_schema");
        refused(|d| d.timeout_ms = "0".to_owned(), "timeout_ms");
        refused(|d| d.idempotent = "perhaps".to_owned(), "idempotent");
        refused(|d| d.approval = "sometimes".to_owned(), "approval");
        refused(|d| d.state = "lost".to_owned(), "state");
        refused(|d| d.kind = "builtin".to_owned(), "builtin");
    }
}
