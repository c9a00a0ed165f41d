//! A configuration that cannot be wrong. Made by [`super::AgentDraft::parse`] only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Limits;
use crate::approvals::Ask;
use crate::ids::ToolId;
use crate::problem::{Fields, Kind, Problem};

/// Who executes an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Runtime {
    /// A hosted worker of Toolhouse.
    Toolhouse,
    /// A model behind an OpenAI-compatible API.
    Model,
}

impl Runtime {
    /// Every runtime.
    pub const ALL: &'static [Self] = &[Self::Toolhouse, Self::Model];

    /// The word stored and sent.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Toolhouse => "toolhouse",
            Self::Model => "model",
        }
    }
}

/// Parameters of a model; absent ones are left to the provider.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ModelParameters {
    /// Sampling temperature, 0 to 2.
    pub temperature: Option<f64>,
    /// The most tokens of an answer.
    pub max_output_tokens: Option<u32>,
}

/// A tool that an agent has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AgentTool {
    /// Which tool.
    pub tool: ToolId,
    /// Which version; the newest unless one is pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

/// An agent's configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AgentConfig {
    /// Title on screen.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// What the agent is told, with `{variables}`.
    pub instructions: String,
    /// The message when an execution brings none, with `{variables}`.
    pub message: String,
    /// Variables and their default values.
    pub variables: BTreeMap<String, String>,
    /// Who executes it.
    pub runtime: Runtime,
    /// An agent that exists at Toolhouse: only called, never overwritten. A UUID in lower case.
    pub toolhouse_agent_id: Option<String>,
    /// Model name as the runtime knows it.
    pub model: Option<String>,
    /// Parameters of the model.
    pub parameters: ModelParameters,
    /// What the model may call, in the order it is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<AgentTool>,
    /// What an execution may use.
    pub limits: Limits,
    /// The question that a person has to answer before each execution begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_before_start: Option<Ask>,
}

impl AgentConfig {
    /// The variables' values: the defaults, replaced by what is given.
    pub fn values(&self, given: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut values = self.variables.clone();
        values.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
        values
    }

    /// What still hinders publishing or running, every field of it.
    pub fn ready(&self) -> Result<(), Problem> {
        let mut fields = Fields::default();
        match self.runtime {
            Runtime::Toolhouse
                if self.toolhouse_agent_id.is_none()
                    && self.instructions.trim().is_empty()
                    && self.message.trim().is_empty() =>
            {
                fields.add(
                    "instructions",
                    "Write instructions, or give the id of an agent that exists at Toolhouse.",
                );
            }
            Runtime::Model if self.model.is_none() => fields.add("model", "Name the model to use."),
            Runtime::Toolhouse | Runtime::Model => {}
        }
        if fields.is_empty() { Ok(()) } else { Err(Problem { kind: Kind::InvalidDraft, ..fields.problem() }) }
    }
}
