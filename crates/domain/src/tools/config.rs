//! A tool that cannot be wrong. Made by [`super::ToolDraft::parse`] only.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Builtin, Pair, arguments, secrets};

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "they are what HTTP calls them")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// Every method.
    pub const ALL: &'static [Self] = &[Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// The word stored and sent.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether arguments without a place of their own go into the body.
    pub const fn has_body(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }
}

/// A call of an HTTP endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HttpTool {
    /// Method.
    pub method: Method,
    /// Address; `{arguments}` may stand in path and query, percent-encoded when they are filled in.
    pub url: String,
    /// Headers.
    pub headers: Vec<Pair>,
    /// Query parameters; one whose argument is absent is left out.
    pub query: Vec<Pair>,
    /// Body as JSON; a text that is one `{argument}` becomes its value as it is.
    pub body: Option<Value>,
    /// JSONPath of the part of the answer that is the result.
    pub result_path: Option<String>,
    /// The most bytes of an answer.
    pub max_bytes: u32,
}

impl HttpTool {
    /// Every text with templates in it.
    fn texts(&self) -> Vec<&str> {
        fn within<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
            match value {
                Value::String(text) => into.push(text),
                Value::Array(items) => items.iter().for_each(|item| within(item, into)),
                Value::Object(map) => map.values().for_each(|item| within(item, into)),
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
        let mut texts = vec![self.url.as_str()];
        texts.extend(self.headers.iter().chain(&self.query).map(|pair| pair.value.as_str()));
        if let Some(body) = &self.body {
            within(body, &mut texts);
        }
        texts
    }

    /// Arguments that have a place of their own.
    pub fn placed(&self) -> BTreeSet<&str> {
        self.texts().into_iter().flat_map(arguments).collect()
    }

    /// Secrets it uses.
    pub fn secrets(&self) -> BTreeSet<&str> {
        self.texts().into_iter().flat_map(secrets).collect()
    }
}

/// What a tool does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ToolAction {
    /// Calls an HTTP endpoint.
    Http(HttpTool),
    /// Is part of the server.
    Builtin {
        /// Which one.
        builtin: Builtin,
    },
}

impl ToolAction {
    /// The word stored and sent.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::Builtin { .. } => "builtin",
        }
    }
}

/// Whether a person is asked before a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalRule {
    /// Nobody is asked.
    #[default]
    Never,
    /// Before every call.
    Always,
}

/// Whether a tool may be called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolState {
    /// Agents may use it.
    #[default]
    Enabled,
    /// Agents may use it, and should not be given it any more.
    Deprecated,
    /// Agents that have it are not offered it.
    Disabled,
}

impl ToolState {
    /// Every state.
    pub const ALL: &'static [Self] = &[Self::Enabled, Self::Deprecated, Self::Disabled];

    /// The word stored and sent.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Deprecated => "deprecated",
            Self::Disabled => "disabled",
        }
    }
}

/// A tool's definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ToolConfig {
    /// What models call it.
    pub name: String,
    /// What models are told about it.
    pub description: String,
    /// What it does.
    #[serde(flatten)]
    pub action: ToolAction,
    /// JSON Schema (2020-12) of its arguments.
    pub input_schema: Value,
    /// JSON Schema (2020-12) of its result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
    /// Milliseconds a call may take.
    pub timeout_ms: u32,
    /// Whether a call may be repeated when nobody knows whether it happened.
    pub idempotent: bool,
    /// Whether a person is asked before a call.
    pub approval: ApprovalRule,
    /// Whether it may be called.
    pub state: ToolState,
    /// Words to find it by.
    pub tags: Vec<String>,
}

impl ToolConfig {
    /// Secrets it uses.
    pub fn secrets(&self) -> BTreeSet<&str> {
        match &self.action {
            ToolAction::Http(http) => http.secrets(),
            ToolAction::Builtin { .. } => BTreeSet::new(),
        }
    }
}
