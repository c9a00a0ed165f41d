//! Asking a person. The wait holds no worker: the execution is let go, and when the answer has come
//! another claim finds it under the place where it was asked.

use std::time::Duration;

use domain::approvals::Ask;
use serde_json::{Map, Value, json};
use storage::queue::{Job, Pause};

use crate::attempt::{Attempt, Halt};

/// The place of the question before the start.
const BEFORE_START: &str = "start";

/// The answers to the question before the start, or the wait for them.
pub(crate) async fn before_start(
    attempt: &Attempt<'_>,
    job: &Job,
    ask: &Ask,
) -> Result<Map<String, Value>, Halt> {
    let (workspace, execution) = (job.claim.workspace, job.claim.execution);
    let store = attempt.services.store();
    if let Some(answer) = storage::approvals::approved(store, workspace, execution, BEFORE_START).await? {
        return Ok(answer);
    }
    let question = Pause {
        place: BEFORE_START.to_owned(),
        question: ask.question.clone(),
        data: json!({
            "agent": job.config.title,
            "message": job.input.message,
            "vars": job.config.values(&job.input.vars),
        }),
        fields: ask.fields.clone(),
        roles: ask.roles.clone(),
        expires_at: attempt.now().plus(Duration::from_secs(u64::from(ask.expires_s))),
    };
    Err(attempt.pause(question).await?)
}

/// The job with the answers in place of the variables of their names.
pub(crate) fn with_answers(job: &Job, answers: &Map<String, Value>) -> Job {
    let mut job = job.clone();
    for (name, value) in answers.iter().filter(|(name, _)| job.config.variables.contains_key(*name)) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        job.input.vars.insert(name.clone(), text);
    }
    job
}
