//! Agents as the service stores them. The answer is read tolerantly and nothing in it is lost:
//! fields without a name here are kept in [`Agent::other`].

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use reqwest::{Method, RequestBuilder};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{account::unwrap_data, client::Client, error::Error, times};

const WHAT: &str = "the agent";

/// A stored agent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Agent {
    /// The id it is run with.
    pub id: Uuid,
    /// The account it belongs to.
    #[serde(default)]
    pub user_id: Option<String>,
    /// Its name.
    #[serde(default)]
    pub title: Option<String>,
    /// The message it runs when none is given.
    #[serde(default)]
    pub prompt: Option<String>,
    /// Its instructions.
    #[serde(default)]
    pub system_prompt: Option<String>,
    /// Values for the placeholders in its instructions.
    #[serde(default, deserialize_with = "words")]
    pub vars: BTreeMap<String, String>,
    /// Whether anyone may run it. The service's default is yes.
    #[serde(default = "yes", deserialize_with = "null_is_yes")]
    pub public: bool,
    /// The folder of documents it may search.
    #[serde(default)]
    pub rag: Option<String>,
    /// The model, such as `@openai/gpt-4o`.
    #[serde(default)]
    pub model: Option<String>,
    /// Addresses of MCP servers it may use. May hold tokens: do not log.
    #[serde(default, deserialize_with = "list")]
    pub mcp_servers: Vec<String>,
    /// Slugs of the tools it may use.
    #[serde(default, deserialize_with = "list")]
    pub tools: Vec<String>,
    /// When it was made.
    #[serde(default, deserialize_with = "times::tolerant")]
    pub created_at: Option<DateTime<Utc>>,
    /// When it last changed.
    #[serde(default, deserialize_with = "times::tolerant")]
    pub updated_at: Option<DateTime<Utc>>,
    /// Every other field, as it came.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// An agent to store, whole. Fields left out fall back to the service's defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgentRequest {
    /// Chosen by the caller; an agent with this id is replaced.
    pub id: Uuid,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The message it runs when none is given. Required by the service unless there are
    /// instructions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// Its instructions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    /// Values for the placeholders in its instructions.
    pub vars: BTreeMap<String, String>,
    /// Whether anyone may run it. Always sent, because the service's default is yes.
    pub public: bool,
    /// The folder of documents it may search.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rag: Option<String>,
    /// The model, such as `@openai/gpt-4o`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Addresses of MCP servers it may use.
    pub mcp_servers: Vec<String>,
    /// Slugs of the tools it may use.
    pub tools: Vec<String>,
}

impl AgentRequest {
    /// A private agent with nothing but an id.
    pub fn private(id: Uuid) -> Self {
        Self {
            id,
            title: None,
            prompt: None,
            system_prompt: None,
            vars: BTreeMap::new(),
            public: false,
            rag: None,
            model: None,
            mcp_servers: Vec::new(),
            tools: Vec::new(),
        }
    }
}

/// A change to an agent: only what is `Some` changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AgentPatch {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The message it runs when none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// Its instructions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    /// Values for the placeholders, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vars: Option<BTreeMap<String, String>>,
    /// Whether anyone may run it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public: Option<bool>,
    /// The folder of documents it may search.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rag: Option<String>,
    /// The model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Addresses of MCP servers, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mcp_servers: Option<Vec<String>>,
    /// Slugs of tools, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<String>>,
}

impl Client {
    /// Reads every agent of the account. The service has no pages.
    pub async fn agents(&self) -> Result<Vec<Agent>, Error> {
        const WHAT: &str = "the agents";
        let wrong = || Error::Decode { what: WHAT, source: None };
        let http = self.api(Method::GET, &["agents"]);
        match unwrap_data(self.unary(WHAT, http).await?) {
            Value::Array(items) => items.into_iter().map(decode).collect(),
            _ => Err(wrong()),
        }
    }

    /// Reads one agent.
    pub async fn agent(&self, id: Uuid) -> Result<Agent, Error> {
        self.one(self.api(Method::GET, &["agents", &id.to_string()])).await
    }

    /// Stores an agent under the id it names, new or not. Answered 400 where the plan has no
    /// private agents and `public` is false.
    pub async fn upsert_agent(&self, agent: &AgentRequest) -> Result<Agent, Error> {
        self.one(self.api(Method::POST, &["agents"]).json(agent)).await
    }

    /// Changes some fields of an agent.
    pub async fn patch_agent(&self, id: Uuid, patch: &AgentPatch) -> Result<Agent, Error> {
        let http = self.api(Method::PATCH, &["agents", &id.to_string()]);
        self.one(http.json(patch)).await
    }

    /// Deletes an agent. Answered 404 when it is gone already.
    pub async fn delete_agent(&self, id: Uuid) -> Result<(), Error> {
        let http = self.api(Method::DELETE, &["agents", &id.to_string()]);
        // What the answer says about an agent that is gone matters to nobody.
        match self.unary(WHAT, http).await {
            Ok(_) | Err(Error::Decode { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn one(&self, http: RequestBuilder) -> Result<Agent, Error> {
        decode(unwrap_data(self.unary(WHAT, http).await?))
    }
}

fn decode(value: Value) -> Result<Agent, Error> {
    // The error would quote the answer, and the answer may hold tokens.
    serde_json::from_value(value).map_err(|_quoting| Error::Decode { what: WHAT, source: None })
}

fn yes() -> bool {
    true
}

fn null_is_yes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(true))
}

fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let values = Option::<BTreeMap<String, Value>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(values
        .into_iter()
        .map(|(name, value)| match value {
            Value::String(text) => (name, text),
            other => (name, other.to_string()),
        })
        .collect())
}

fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
