//! What earlier attempts of the same execution have done already.

use std::collections::HashMap;

use domain::executions::{Failure, Reason, Status, Step, StepState, Usage};
use outbound::chat::ToolCall;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use storage::queue::Job;

use super::calls::Offered;
use super::money::Spent;
use crate::attempt::{Attempt, Halt};

/// What a call of the model gave.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Turn {
    /// What it said.
    pub(super) text: String,
    /// What it asks for.
    pub(super) calls: Vec<ToolCall>,
    /// Why it stopped, in the provider's word.
    pub(super) stop: String,
}

impl Turn {
    /// The turn as a line of the conversation.
    pub(super) fn message(&self) -> Value {
        let content = if self.text.is_empty() { Value::Null } else { json!(self.text) };
        let calls: Vec<_> = self
            .calls
            .iter()
            .map(|call| {
                let function = json!({ "name": call.name, "arguments": call.arguments });
                json!({ "id": call.id, "type": "function", "function": function })
            })
            .collect();
        json!({ "role": "assistant", "content": content, "tool_calls": calls })
    }

    /// How long it is, for reckoning tokens where the provider tells none.
    pub(super) fn bytes(&self) -> usize {
        self.text.len() + self.calls.iter().map(|call| call.name.len() + call.arguments.len()).sum::<usize>()
    }
}

/// Steps by their place in the work.
#[derive(Debug)]
pub(super) struct Journal {
    done: HashMap<String, Value>,
    usages: Vec<Usage>,
}

impl Journal {
    /// Reads the steps; closes those that are repeated, and refuses to go on after one that cannot be.
    pub(super) async fn read(attempt: &Attempt<'_>, job: &Job, tools: &[Offered]) -> Result<Self, Halt> {
        let mut journal = Self { done: HashMap::new(), usages: Vec::new() };
        if job.steps == 0 {
            return Ok(journal);
        }
        let (store, claim) = (attempt.services.store(), job.claim);
        let steps = storage::executions::steps(store, claim.workspace, claim.execution).await?;
        for step in &steps {
            journal.usages.extend(step.usage);
            if let (Some(place), Some(result)) = (&step.place, &step.result) {
                journal.done.insert(place.clone(), result.clone());
            }
        }
        if let Some(step) = steps.iter().find(|step| journal.in_doubt(step, tools)) {
            let message = format!(
                "The server stopped while the tool {} ran, and it cannot be repeated safely.",
                step.name
            );
            let failure = Failure::failed(Reason::StepInDoubt).with_message(message);
            return Err(Failure { status: Status::Crashed, ..failure }.into());
        }
        if steps.iter().any(|step| step.state == StepState::Started) {
            attempt.close_open_steps().await?;
        }
        Ok(journal)
    }

    /// Whether a step may have had an effect that nobody knows of.
    fn in_doubt(&self, step: &Step, tools: &[Offered]) -> bool {
        let known = step.place.as_ref().is_some_and(|place| self.done.contains_key(place));
        let repeats = tools.iter().any(|tool| tool.config.name == step.name && tool.config.idempotent);
        step.kind == super::calls::KIND && !known && !repeats
    }

    /// What a call of the model gave, if it was made.
    pub(super) fn turn(&self, round: u32) -> Option<Turn> {
        serde_json::from_value(self.done.get(&format!("model:{round}"))?.clone()).ok()
    }

    /// What a call of a tool gave, if it was made.
    pub(super) fn result(&self, place: &str) -> Option<&Value> {
        self.done.get(place)
    }

    /// What has been spent so far.
    pub(super) fn spent(&self) -> Spent {
        self.usages.iter().fold(Spent::default(), |mut spent, usage| {
            spent.add(Some(*usage), 0);
            spent
        })
    }
}
