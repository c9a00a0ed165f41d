//! What people type about an agent, and the one parser that reads it.
//!
//! The browser calls [`AgentDraft::parse`] for hints, the server for truth.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};

use super::config::{AgentConfig, AgentTool, ModelParameters, Runtime};
use super::limits::LimitsDraft;
use super::placeholders::{is_name, placeholders};
use crate::approvals::{AskDraft, any_text};
use crate::ids::ToolId;
use crate::problem::{Fields, Problem};
use crate::text;

/// The most characters of instructions.
pub(crate) const MAX_INSTRUCTIONS: usize = 64_000;

/// Numbers may come as JSON numbers or as typed text.
pub(crate) fn typed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Typed {
        Text(String),
        Number(serde_json::Number),
        Flag(bool),
        Nothing(()),
    }
    Ok(match Typed::deserialize(deserializer)? {
        Typed::Text(text) => text,
        Typed::Number(number) => number.to_string(),
        Typed::Flag(flag) => flag.to_string(),
        Typed::Nothing(()) => String::new(),
    })
}

/// Model parameters as typed; an empty text means the provider's default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is documented at `ModelParameters`")]
pub struct ParametersDraft {
    #[serde(deserialize_with = "typed")]
    pub temperature: String,
    #[serde(deserialize_with = "typed")]
    pub max_output_tokens: String,
}

/// An agent as typed. Every field of [`AgentConfig`] as text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is documented at `AgentConfig`")]
pub struct AgentDraft {
    pub title: String,
    /// Its part of addresses, unique in the workspace. Empty: made from the title, or left as it is.
    pub slug: String,
    pub description: String,
    pub instructions: String,
    pub message: String,
    pub variables: BTreeMap<String, String>,
    pub runtime: String,
    #[serde(deserialize_with = "typed")]
    pub toolhouse_agent_id: String,
    #[serde(deserialize_with = "typed")]
    pub model: String,
    pub parameters: ParametersDraft,
    /// Ids of tools, each on a line or in a JSON list; `@3` or `{"tool": …, "version": 3}` pins a version.
    #[serde(deserialize_with = "any_text")]
    pub tools: String,
    pub limits: LimitsDraft,
    pub ask_before_start: AskDraft,
}

/// What comes with a publish.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PublishDraft {
    /// What changed, for the list of versions.
    pub note: String,
    /// The revision the caller looked at; others are refused as stale.
    pub revision: Option<u64>,
}

impl AgentDraft {
    /// The configuration, or every wrong field.
    pub fn parse(&self) -> Result<AgentConfig, Problem> {
        let mut fields = Fields::default();
        let title = fields.take("title", text::line(&self.title, "title", 120));
        if !self.slug.trim().is_empty() {
            fields.take("slug", text::slug(&self.slug));
        }
        let description =
            fields.take("description", text::paragraphs(&self.description, "description", 2_000));
        let instructions = fields
            .take("instructions", text::paragraphs(&self.instructions, "instructions", MAX_INSTRUCTIONS));
        let message = fields.take("message", text::paragraphs(&self.message, "default message", 16_000));
        self.check_variables(&mut fields);
        let runtime = fields.take("runtime", parse_runtime(&self.runtime));
        let toolhouse_agent_id = fields.take("toolhouse_agent_id", parse_uuid(&self.toolhouse_agent_id));
        let model = fields.take("model", text::optional_line(&self.model, "model name", 120));
        let parameters = self.parameters.parse(&mut fields);
        let tools = fields.take("tools", parse_tools(&self.tools));
        if runtime == Some(Runtime::Toolhouse) && tools.as_ref().is_some_and(|tools| !tools.is_empty()) {
            fields.add(
                "tools",
                "Only the runtime model calls tools of this workspace. Choose it, or take the tools out.",
            );
        }
        let limits = self.limits.parse(&mut fields);
        let ask_before_start = self.ask_before_start.parse("ask_before_start", &mut fields);
        match (title, description, instructions, message, runtime, toolhouse_agent_id, model) {
            (
                Some(title),
                Some(description),
                Some(instructions),
                Some(message),
                Some(runtime),
                Some(toolhouse_agent_id),
                Some(model),
            ) if fields.is_empty() => Ok(AgentConfig {
                title,
                description,
                instructions,
                message,
                variables: self.variables.clone(),
                runtime,
                toolhouse_agent_id,
                model: (!model.is_empty()).then_some(model),
                parameters,
                tools: tools.unwrap_or_default(),
                limits,
                ask_before_start,
            }),
            _ => Err(fields.problem()),
        }
    }

    /// The address part that was asked for, if it is one.
    pub fn slug(&self) -> Option<String> {
        text::slug(&self.slug).ok()
    }

    /// Names must be usable and every `{name}` must be defined.
    fn check_variables(&self, fields: &mut Fields) {
        if self.variables.len() > 100 {
            fields.add("variables", "Use at most 100 variables.");
        }
        for (name, value) in &self.variables {
            let shown = text::headline(name, 40);
            if !is_name(name) {
                fields.add(
                    format!("variables.{shown}"),
                    "Name variables with up to 64 letters, digits and underscores.",
                );
            } else if let Err(message) = text::paragraphs(value, "value", 10_000) {
                fields.add(format!("variables.{shown}"), message);
            }
        }
        for (field, text) in [("instructions", &self.instructions), ("message", &self.message)] {
            let mut seen = BTreeSet::new();
            for (name, line) in placeholders(text) {
                if !self.variables.contains_key(&name) && seen.insert(name.clone()) {
                    fields.add(field, format!("Line {line} uses {{{name}}}, which is not defined. Add the variable, or take it out."));
                }
            }
        }
    }

    /// The draft that parses into the given configuration.
    pub fn of(config: &AgentConfig) -> Self {
        let number = |value: Option<String>| value.unwrap_or_default();
        Self {
            title: config.title.clone(),
            slug: String::new(),
            description: config.description.clone(),
            instructions: config.instructions.clone(),
            message: config.message.clone(),
            variables: config.variables.clone(),
            runtime: config.runtime.word().to_owned(),
            toolhouse_agent_id: number(config.toolhouse_agent_id.clone()),
            model: number(config.model.clone()),
            parameters: ParametersDraft {
                temperature: number(config.parameters.temperature.map(|t| t.to_string())),
                max_output_tokens: number(config.parameters.max_output_tokens.map(|t| t.to_string())),
            },
            tools: config.tools.iter().map(tool_text).collect::<Vec<_>>().join("\n"),
            limits: LimitsDraft::of(&config.limits),
            ask_before_start: AskDraft::of(config.ask_before_start.as_ref()),
        }
    }
}

impl ParametersDraft {
    fn parse(&self, fields: &mut Fields) -> ModelParameters {
        let temperature = given(&self.temperature).and_then(|text| {
            fields.take("parameters.temperature", text::number(text, "temperature", 0.0, 2.0))
        });
        let max_output_tokens = given(&self.max_output_tokens).and_then(|text| {
            fields.take("parameters.max_output_tokens", text::number(text, "token limit", 1, 1_000_000))
        });
        ModelParameters { temperature, max_output_tokens }
    }
}

pub(super) fn given(text: &str) -> Option<&str> {
    (!text.trim().is_empty()).then_some(text)
}

fn tool_text(tool: &AgentTool) -> String {
    tool.version.map_or_else(|| tool.tool.to_string(), |version| format!("{}@{version}", tool.tool))
}

/// The most tools of an agent; models choose badly among more.
const MAX_TOOLS: usize = 64;

fn parse_tools(text: &str) -> Result<Vec<AgentTool>, String> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Listed {
        Text(String),
        Pinned(AgentTool),
    }
    let text = text.trim();
    let listed: Vec<Listed> = if text.starts_with('[') {
        serde_json::from_str(text).map_err(|_| "Give a list of ids of tools.".to_owned())?
    } else {
        let words = text.split([',', '\n']).map(str::trim).filter(|word| !word.is_empty());
        words.map(|word| Listed::Text(word.to_owned())).collect()
    };
    let read = |listed: &Listed| match listed {
        Listed::Pinned(tool) => Ok(*tool),
        Listed::Text(word) => {
            let (id, version) = word.split_once('@').map_or((word.as_str(), None), |(id, n)| (id, Some(n)));
            let tool = id.trim().parse::<ToolId>().map_err(|_| {
                format!("{} is no id of a tool. Ids begin with tol_.", text::headline(word, 40))
            })?;
            let version = version.map(|n| text::number(n, "version", 1, 1_000_000)).transpose()?;
            Ok(AgentTool { tool, version })
        }
    };
    let tools: Vec<AgentTool> = listed.iter().map(read).collect::<Result<_, String>>()?;
    let once: BTreeSet<ToolId> = tools.iter().map(|tool| tool.tool).collect();
    if once.len() < tools.len() {
        return Err("Name each tool once.".to_owned());
    }
    if tools.len() > MAX_TOOLS { Err(format!("Give at most {MAX_TOOLS} tools.")) } else { Ok(tools) }
}

fn parse_runtime(text: &str) -> Result<Runtime, String> {
    match text.trim() {
        "" => Ok(Runtime::Toolhouse),
        word => Runtime::ALL
            .iter()
            .copied()
            .find(|runtime| runtime.word() == word)
            .ok_or_else(|| "Choose the runtime toolhouse or model.".to_owned()),
    }
}

/// A UUID in its usual 36 characters, in lower case; nothing for an empty text.
fn parse_uuid(text: &str) -> Result<Option<String>, String> {
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return Ok(None);
    }
    let groups: Vec<_> = text.split('-').collect();
    let shaped = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()));
    if shaped {
        Ok(Some(text))
    } else {
        Err("Give the agent's UUID, such as 6f0c6a6e-6a55-4b0e-9a52-0d0f2d3f5a11.".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::Id as _;

    #[test]
    fn tools_are_read_as_lines_and_as_json() {
        let (one, two) = (ToolId::from_bytes([1; 16]), ToolId::from_bytes([2; 16]));
        let tools = [AgentTool { tool: one, version: None }, AgentTool { tool: two, version: Some(3) }];
        for text in [format!("{one}\n{two}@3"), format!(r#"["{one}", {{"tool": "{two}", "version": 3}}]"#)] {
            assert_eq!(parse_tools(&text), Ok(tools.to_vec()), "{text}");
        }
        assert!(parse_tools(&format!("{one}, {one}@2")).is_err());
        let draft = AgentDraft { tools: format!("{one}\n{two}@3"), runtime: "model".to_owned(), ..draft() };
        let config = draft.parse().expect("parses");
        assert_eq!(AgentDraft::of(&config).parse(), Ok(config));
    }

    fn draft() -> AgentDraft {
        AgentDraft {
            title: "Support triage".to_owned(),
            instructions: "Help.".to_owned(),
            runtime: "toolhouse".to_owned(),
            ..AgentDraft::default()
        }
    }

    #[track_caller]
    fn refused(change: impl FnOnce(&mut AgentDraft), field: &str) {
        let mut draft = draft();
        change(&mut draft);
        let problem = draft.parse().expect_err(field);
        assert!(problem.for_field(field).is_some(), "{field}: {problem:?}");
    }

    #[test]
    fn wrong_fields_are_named() {
        refused(|d| d.title = "x".repeat(1_000_000), "title");
        refused(|d| d.title = String::new(), "title");
        refused(|d| d.instructions = "Refund up to {refund_limit}.".to_owned(), "instructions");
        refused(|d| d.message = "Hello {who}".to_owned(), "message");
        refused(|d| d.runtime = "crystal ball".to_owned(), "runtime");
        refused(|d| d.limits.attempts = "0".to_owned(), "limits.attempts");
        refused(|d| d.limits.run_deadline_s = "-5".to_owned(), "limits.run_deadline_s");
        refused(|d| d.limits.step_deadline_s = "0".to_owned(), "limits.step_deadline_s");
        refused(|d| d.limits.retry_jitter_percent = "101".to_owned(), "limits.retry_jitter_percent");
        refused(|d| d.limits.retry_on = "upstream_busy, cancelled_by".to_owned(), "limits.retry_on");
        refused(|d| d.ask_before_start.roles = "owner".to_owned(), "ask_before_start.question");
        refused(|d| d.parameters.temperature = "hot".to_owned(), "parameters.temperature");
        refused(|d| d.parameters.temperature = "NaN".to_owned(), "parameters.temperature");
        refused(|d| d.tools = "tol_1".to_owned(), "tools");
        refused(|d| d.tools = ToolId::from_bytes([1; 16]).to_string(), "tools");
        refused(|d| d.toolhouse_agent_id = "agt_1".to_owned(), "toolhouse_agent_id");
        refused(|d| drop(d.variables.insert("two words".to_owned(), String::new())), "variables.two words");
    }

    #[test]
    fn numbers_may_be_json_numbers_or_text_and_unknown_fields_are_refused() {
        let draft: AgentDraft = serde_json::from_str(
            r#"{"title":"T","limits":{"attempts":2,"run_deadline_s":"60"},"model":null}"#,
        )
        .expect("reads");
        let config = draft.parse().expect("parses");
        assert_eq!((config.limits.attempts, config.limits.run_deadline_s, config.model), (2, 60, None));
        assert!(serde_json::from_str::<AgentDraft>(r#"{"titel":"T"}"#).is_err());
    }

    #[test]
    fn an_agent_without_instructions_is_a_draft_but_not_ready() {
        let config = AgentDraft { instructions: String::new(), ..draft() }.parse().expect("parses");
        assert!(config.ready().expect_err("not ready").for_field("instructions").is_some());
    }

    proptest! {
        #[test]
        fn what_parses_survives_being_typed_again(title in "[a-zA-Z ]{1,20}[a-z]", attempts in 1_u32..10, temperature in proptest::option::of(0.0_f64..2.0)) {
            let mut draft = draft();
            draft.title = title;
            draft.limits.attempts = attempts.to_string();
            draft.parameters.temperature = temperature.map(|t| t.to_string()).unwrap_or_default();
            let config = draft.parse().expect("parses");
            prop_assert_eq!(AgentDraft::of(&config).parse(), Ok(config));
        }
    }
}
