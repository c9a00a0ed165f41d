//! The stored agents.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{answers::Question, scripts};

/// What a caller may set. Anything else is ignored, as the service does.
const WRITABLE: &[&str] = &[
    "title",
    "prompt",
    "system_prompt",
    "vars",
    "public",
    "rag",
    "model",
    "mcp_servers",
    "tools",
    "slug",
    "history",
];

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Agent {
    pub(crate) id: Uuid,
    pub(crate) owner: String,
    fields: Map<String, Value>,
}

impl Agent {
    /// As its owner reads it.
    pub(crate) fn read(&self) -> Value {
        let mut fields = self.fields.clone();
        fields.insert("id".to_owned(), json!(self.id));
        fields.insert("user_id".to_owned(), json!(self.owner));
        Value::Object(fields)
    }

    pub(crate) fn public(&self) -> bool {
        self.fields.get("public") != Some(&json!(false))
    }

    /// The message that runs when none is given.
    pub(crate) fn stored_message(&self) -> Option<String> {
        let message = self.text("prompt");
        (!message.is_empty()).then_some(message)
    }

    /// What the last of these messages asks of this agent.
    pub(crate) fn question(&self, seed: u64, asked: &[String], vars: &Map<String, Value>) -> Question {
        let fill = |text: &str| self.fill(text, vars);
        let said = |message: &String| fill(scripts::parse(message).1);
        let instructions = match self.text("system_prompt") {
            // An agent made of a single prompt has that for instructions.
            empty if empty.is_empty() && asked.first() != Some(&self.text("prompt")) => self.text("prompt"),
            instructions => instructions,
        };
        Question {
            seed,
            title: self.text("title"),
            instructions: fill(&instructions),
            message: asked.last().map(said).unwrap_or_default(),
            earlier: asked.iter().rev().nth(1).map(said),
            turn: asked.len(),
        }
    }

    /// Puts values for `{name}`; the request's win over the agent's.
    fn fill(&self, text: &str, vars: &Map<String, Value>) -> String {
        let own = self.fields.get("vars").and_then(Value::as_object);
        let all = vars.iter().chain(own.into_iter().flatten());
        all.fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value.as_str().unwrap_or_default())
        })
    }

    fn text(&self, name: &str) -> String {
        let value = self.fields.get(name).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    }
}

#[derive(Default)]
pub(crate) struct Agents {
    all: Vec<Agent>,
}

impl Agents {
    pub(crate) fn all(&self) -> Vec<Value> {
        self.all.iter().map(Agent::read).collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Agent> {
        self.all.iter()
    }

    /// Puts an agent back as it was.
    pub(crate) fn restore(&mut self, agent: Agent) {
        match self.all.iter_mut().find(|known| known.id == agent.id) {
            Some(known) => *known = agent,
            None => self.all.push(agent),
        }
    }

    pub(crate) fn of(&self, owner: &str) -> Vec<Value> {
        let theirs = self.all.iter().filter(|agent| agent.owner == owner);
        theirs.map(Agent::read).collect()
    }

    pub(crate) fn get(&self, id: Uuid) -> Option<&Agent> {
        self.all.iter().find(|agent| agent.id == id)
    }

    /// Stores an agent whole; what is not given falls back to its default.
    pub(crate) fn put(&mut self, id: Uuid, owner: &str, given: &Map<String, Value>, now: &str) -> Value {
        let mut fields = defaults(now);
        overlay(&mut fields, given);
        let known = self.all.iter_mut().find(|agent| agent.id == id);
        if let Some(agent) = known {
            if let Some(created) = agent.fields.get("created_at") {
                fields.insert("created_at".to_owned(), created.clone());
            }
            agent.fields = fields;
            return agent.read();
        }
        let agent = Agent { id, owner: owner.to_owned(), fields };
        let read = agent.read();
        self.all.push(agent);
        read
    }

    /// Changes only what is given.
    pub(crate) fn patch(&mut self, id: Uuid, given: &Map<String, Value>, now: &str) -> Option<Value> {
        let agent = self.all.iter_mut().find(|agent| agent.id == id)?;
        overlay(&mut agent.fields, given);
        agent.fields.insert("updated_at".to_owned(), json!(now));
        Some(agent.read())
    }

    pub(crate) fn remove(&mut self, id: Uuid) -> Option<Value> {
        let at = self.all.iter().position(|agent| agent.id == id)?;
        Some(self.all.remove(at).read())
    }
}

fn overlay(fields: &mut Map<String, Value>, given: &Map<String, Value>) {
    for name in WRITABLE {
        if let Some(value) = given.get(*name) {
            fields.insert((*name).to_owned(), value.clone());
        }
    }
}

fn defaults(now: &str) -> Map<String, Value> {
    let defaults = json!({
        "title": null, "prompt": null, "system_prompt": null, "vars": {}, "history": [],
        "public": true, "rag": null, "model": null, "mcp_servers": null, "tools": null,
        "slug": null, "original_chat_id": null, "price_in_cents": null,
        "trial_period_in_days": null, "upsell_description": null, "count_runs": 0,
        "user_feedback": "pending", "created_at": now, "updated_at": now, "last_ran_at": null,
    });
    match defaults {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
