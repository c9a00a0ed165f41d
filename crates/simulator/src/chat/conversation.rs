//! What a chat request asks.

use std::time::Duration;

use serde_json::{Value, json};

use super::error;
use crate::{
    answers::{self, Question},
    refusals::Refusal,
    runs::Plan,
    scripts::{self, Call, Script},
};

pub(super) struct Conversation {
    pub(super) model: String,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
    pub(super) script: Script,
    /// The user's last words, script word included.
    pub(super) message: String,
    question: Question,
    /// What a tool gave back after the user's last words.
    tool_output: Option<String>,
    /// How often tools were asked for since then.
    rounds: usize,
    prompt_words: usize,
}

impl Conversation {
    pub(super) fn read(body: &[u8], seed: u64) -> Result<Self, Refusal> {
        let value: Value =
            serde_json::from_slice(body).map_err(|_invalid| error(400, "The body is not valid JSON"))?;
        let model = value.get("model").and_then(Value::as_str);
        let messages = value.get("messages").and_then(Value::as_array);
        let (Some(model), Some(messages)) = (model, messages) else {
            return Err(error(400, "You must provide a model and messages"));
        };
        let mut asked = Vec::new();
        let mut instructions = Vec::new();
        let mut tool_output = None;
        let mut prompt_words = 0;
        let mut rounds = 0;
        for message in messages {
            let text = content(message.get("content"));
            prompt_words += text.split_whitespace().count();
            match message.get("role").and_then(Value::as_str) {
                Some("system" | "developer") => instructions.push(text),
                Some("user") => {
                    asked.push(text);
                    tool_output = None;
                    rounds = 0;
                }
                Some("assistant") if message.get("tool_calls").is_some_and(Value::is_array) => rounds += 1,
                Some("tool") => tool_output = Some(text),
                _ => {}
            }
        }
        let message = asked.last().cloned().ok_or_else(|| error(400, "There is no message by a user"))?;
        let said = |message: &String| scripts::parse(message).1.to_owned();
        let flag = |value: Option<&Value>| value.and_then(Value::as_bool).unwrap_or(false);
        Ok(Self {
            model: model.to_owned(),
            stream: flag(value.get("stream")),
            include_usage: flag(value.pointer("/stream_options/include_usage")),
            script: scripts::parse(&message).0,
            question: Question {
                seed,
                title: String::new(),
                instructions: instructions.join("\n"),
                message: said(&message),
                earlier: asked.iter().rev().nth(1).map(said),
                turn: asked.len(),
            },
            message,
            tool_output,
            rounds,
            prompt_words,
        })
    }

    /// The tools to call now; none when the script is through.
    pub(super) fn tool_calls(&self) -> Vec<Value> {
        let Script::Calls(rounds) = &self.script else { return Vec::new() };
        let round = rounds.get(self.rounds).map(Vec::as_slice).unwrap_or_default();
        let call = |(place, call): (usize, &Call)| {
            let id = match (self.rounds, place) {
                (0, 0) => format!("call_{}", self.question.turn),
                (round, place) => format!("call_{}_{round}_{place}", self.question.turn),
            };
            json!({
                "id": id,
                "type": "function",
                "function": { "name": call.name, "arguments": call.arguments },
            })
        };
        round.iter().enumerate().map(call).collect()
    }

    pub(super) fn plan(&self, pause: Duration) -> Plan {
        let mut plan = Plan::new(&self.script, &self.question, pause);
        if !self.tool_calls().is_empty() {
            plan.pieces.clear();
        } else if let Some(output) = &self.tool_output {
            let text = answers::after_tool(&self.question, output);
            plan.pieces = answers::pieces(&text, self.question.seed);
        }
        plan
    }

    /// Tokens, reckoned as four for three words.
    pub(super) fn usage(&self, plan: &Plan) -> Value {
        let words: usize = plan.pieces.iter().map(|piece| piece.split_whitespace().count()).sum();
        let prompt = tokens(self.prompt_words);
        let completion = tokens(words.max(1));
        json!({
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        })
    }
}

fn tokens(words: usize) -> usize {
    (words * 4).div_ceil(3)
}

/// Text, or the text of its parts.
fn content(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            let texts = parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str));
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}
