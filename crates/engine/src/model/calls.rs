//! The tools an agent has, and the calls a model asks for: approved where they must be, all of a
//! turn at the same time, each a journalled step. What goes wrong in a call is told to the model.

use std::time::Duration;

use domain::approvals::FieldSchema;
use domain::executions::{Failure, Reason};
use domain::tools::{ApprovalRule, Builtin, ToolAction, ToolConfig, ToolState};
use futures::FutureExt as _;
use futures::stream::StreamExt as _;
use outbound::chat::ToolCall;
use serde_json::{Value, json};
use storage::queue::{Begin, Job, Pause, StepEnd, Yield};

use super::journal::{Journal, Turn};
use super::told;
use crate::attempt::{Attempt, Halt};

/// The name of this kind of step in the journal.
pub(super) const KIND: &str = "tool_call";

/// How many calls of one turn run at the same time.
const AT_ONCE: usize = 8;
/// How long a person may take to answer.
const PATIENCE: Duration = Duration::from_hours(24);
/// What a person fills in who is asked by a tool.
const ANSWER: &str = r#"{"type": "object", "properties": {"answer": {"type": "string", "title": "Answer"}}, "required": ["answer"]}"#;

/// A tool that the model may call.
#[derive(Debug, Clone)]
pub(super) struct Offered {
    pub(super) config: ToolConfig,
}

impl Offered {
    /// How the model is told of it.
    pub(super) fn described(&self) -> Value {
        let ToolConfig { name, description, input_schema, .. } = &self.config;
        let function = json!({ "name": name, "description": description, "parameters": input_schema });
        json!({ "type": "function", "function": function })
    }

    fn asks_a_person(&self) -> bool {
        matches!(self.config.action, ToolAction::Builtin { builtin: Builtin::AskPerson })
    }
}

/// The agent's tools in order: the pinned version or the newest, without those that are out of use.
pub(super) async fn offered(attempt: &Attempt<'_>, job: &Job) -> Result<Vec<Offered>, Halt> {
    let (store, workspace) = (attempt.services.store(), job.claim.workspace);
    let mut offered: Vec<Offered> = Vec::new();
    for wanted in &job.config.tools {
        let Some(tool) = storage::tools::get(store, workspace, wanted.tool).await? else { continue };
        let off = tool.archived_at.is_some() || tool.config.state == ToolState::Disabled;
        let config = match wanted.version {
            None => tool.config,
            Some(number) => {
                let version = storage::tools::version(store, workspace, wanted.tool, number).await?;
                version.ok_or(Failure::failed(Reason::Internal))?.config
            }
        };
        if !off && offered.iter().all(|other| other.config.name != config.name) {
            offered.push(Offered { config });
        }
    }
    Ok(offered)
}

/// What the model is told of every call of a turn, in their order.
pub(super) async fn answer(
    attempt: &Attempt<'_>,
    job: &Job,
    journal: &Journal,
    tools: &[Offered],
    round: u32,
    turn: &Turn,
) -> Result<Vec<String>, Halt> {
    let calls: Vec<Call<'_>> = turn
        .calls
        .iter()
        .enumerate()
        .map(|(index, call)| Call {
            place: format!("tool:{round}:{index}"),
            tool: tools.iter().find(|tool| tool.config.name == call.name),
            arguments: arguments(call),
            name: &call.name,
        })
        .collect();
    // People are asked before anything of the turn happens, one question after the other.
    let mut answers = Vec::with_capacity(calls.len());
    for call in &calls {
        let known = journal.result(&call.place).is_some();
        answers.push(if known { None } else { call.approved(attempt, job).await? });
    }
    let risky = calls.iter().any(|call| call.tool.is_some_and(|tool| !tool.config.idempotent));
    if risky {
        attempt.in_doubt();
    }
    let made: Vec<_> = calls
        .iter()
        .zip(answers)
        .map(|(call, answer)| call.result(attempt, job, journal, answer).boxed())
        .collect();
    // Calls that are out are waited for, also when another one ends the attempt: their effect is stored.
    let results: Vec<Result<String, Halt>> = futures::stream::iter(made).buffered(AT_ONCE).collect().await;
    attempt.settled();
    results.into_iter().collect()
}

/// The arguments as the model wrote them, if they are JSON; an empty text means none.
fn arguments(call: &ToolCall) -> Result<Value, String> {
    match call.arguments.trim() {
        "" => Ok(json!({})),
        text => serde_json::from_str(text).map_err(|error| {
            format!("The arguments are no JSON at line {}, column {}.", error.line(), error.column())
        }),
    }
}

/// One call that the model asks for.
struct Call<'a> {
    place: String,
    tool: Option<&'a Offered>,
    arguments: Result<Value, String>,
    name: &'a str,
}

impl Call<'_> {
    /// What a person said, where one must be asked; the wait for it otherwise.
    async fn approved(&self, attempt: &Attempt<'_>, job: &Job) -> Result<Option<Value>, Halt> {
        let (Some(tool), Ok(arguments)) = (self.tool, &self.arguments) else { return Ok(None) };
        if tool.config.approval == ApprovalRule::Never && !tool.asks_a_person() {
            return Ok(None);
        }
        let (store, claim) = (attempt.services.store(), job.claim);
        let said = storage::approvals::approved(store, claim.workspace, claim.execution, &self.place).await?;
        if let Some(said) = said {
            return Ok(Some(Value::Object(said)));
        }
        let (question, fields) = if tool.asks_a_person() {
            let question = arguments["question"].as_str().unwrap_or("The agent asks for your answer.");
            (question.to_owned(), FieldSchema::parse(ANSWER).unwrap_or_default())
        } else {
            (format!("May the agent call {}?", tool.config.name), FieldSchema::default())
        };
        let pause = Pause {
            place: self.place.clone(),
            question,
            data: json!({ "tool": tool.config.name, "arguments": arguments }),
            fields,
            roles: Vec::new(),
            expires_at: attempt.now().plus(PATIENCE),
        };
        Err(attempt.pause(pause).await?)
    }

    /// What the model is told, from the journal or by making the call.
    async fn result(
        &self,
        attempt: &Attempt<'_>,
        job: &Job,
        journal: &Journal,
        answer: Option<Value>,
    ) -> Result<String, Halt> {
        match journal.result(&self.place) {
            Some(result) => Ok(told(result)),
            None => self.make(attempt, job, answer).await,
        }
    }

    /// Makes the call as a step and gives what the model is told.
    async fn make(&self, attempt: &Attempt<'_>, job: &Job, answer: Option<Value>) -> Result<String, Halt> {
        let begin = Begin {
            kind: KIND,
            name: domain::text::headline(self.name, 64),
            place: Some(self.place.clone()),
            input: Some(self.arguments.clone().unwrap_or_default()),
        };
        let step = attempt.begin_step(begin, Vec::new()).await?;
        let (ok, result) = self.outcome(attempt, job, answer).await;
        let end = if ok { StepEnd::Finished } else { StepEnd::Failed };
        let text = told(&result);
        attempt.end_step(step, end, Yield { result: Some(result), usage: None }).await?;
        Ok(text)
    }

    async fn outcome(&self, attempt: &Attempt<'_>, job: &Job, answer: Option<Value>) -> (bool, Value) {
        let failed =
            |code: &str, message: &str| (false, json!({ "error": { "code": code, "message": message } }));
        let Some(tool) = self.tool else {
            return failed(
                "unknown_tool",
                "There is no tool of this name. Use one of those you were told of.",
            );
        };
        let arguments = match &self.arguments {
            Ok(arguments) => arguments,
            Err(message) => return failed("invalid_arguments", message),
        };
        if let (true, Some(answer)) = (tool.asks_a_person(), answer) {
            return (true, answer);
        }
        let limit = job.config.limits.step_deadline_s.saturating_mul(1_000);
        let mut config = tool.config.clone();
        config.timeout_ms = config.timeout_ms.min(limit);
        let report = attempt.services.tools().call(job.claim.workspace, &config, arguments).await;
        match (report.result, report.code, report.message) {
            (Some(result), ..) => (true, result),
            (None, code, message) => {
                failed(&code.unwrap_or_default(), message.as_deref().unwrap_or("The call failed."))
            }
        }
    }
}
