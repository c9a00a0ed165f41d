//! One attempt of one execution, from its begin to the state it ends in.
//!
//! The attempt itself is a future that can be dropped at any await: dropping it drops the upstream
//! connection. What ends it from outside is a deadline, a stop, a lost lease or a shutdown.

use std::time::Duration;

use domain::events::EventBody;
use domain::executions::{Decision, Failure, Reason, Status, decide};
use outbound::chat::Chat;
use services::Services;
use services::hub::News;
use storage::queue::{End, Job, StepEnd};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::attempt::{Attempt, Halt};
use crate::endings::{Last, Refused, Written, finish, requeue};
use crate::output::{Output, Text};
use crate::{approvals, model, toolhouse_run};

/// How long a shutdown waits for an answer that is already on its way.
const SETTLE: Duration = Duration::from_secs(10);

/// Why an attempt ends from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Somebody asked for it.
    Cancelled(String),
    /// Another worker may hold it now; nothing may be written.
    LeaseLost,
    /// This process shuts down.
    HandBack,
}

/// How an attempt ended.
enum Outcome {
    Own(Result<Option<u32>, Halt>),
    Asked(Stop),
    Deadline,
}

/// Runs one claimed execution until it has ended, was given back, or is no longer ours.
#[tracing::instrument(skip_all, fields(execution.id = %job.claim.execution, attempt = job.claim.attempt))]
pub(crate) async fn run(
    services: &Services,
    chat: &Chat,
    refused: &Refused,
    job: Job,
    mut stop: watch::Receiver<Option<Stop>>,
) {
    let text = Text::default();
    let (attempt, mut settling) = Attempt::new(services, chat, &job);
    let left = Duration::from_millis(job.run_deadline.millis_since(services.now()));
    let outcome = {
        let work = work(&attempt, &job, text.clone());
        tokio::pin!(work);
        let end = Instant::now() + left;
        tokio::select! {
            biased;
            asked = asked(&mut stop, |_| true) => match asked {
                Stop::HandBack => tokio::select! {
                    biased;
                    asked = self::asked(&mut stop, |asked| *asked != Stop::HandBack) => Outcome::Asked(asked),
                    () = tokio::time::sleep_until(end) => Outcome::Deadline,
                    result = &mut work => Outcome::Own(result),
                    _ = settling.wait_for(|settled| *settled) => Outcome::Asked(asked),
                    () = tokio::time::sleep(SETTLE) => Outcome::Asked(asked),
                },
                Stop::Cancelled(_) | Stop::LeaseLost => Outcome::Asked(asked),
            },
            () = tokio::time::sleep_until(end) => Outcome::Deadline,
            result = &mut work => Outcome::Own(result),
        }
    };
    if conclude(services, &job, &text, outcome).await == Written::Refused {
        refused.note();
    }
    services.hub().tell(News::Execution(job.claim.execution));
}

/// The next stop that counts; never when nobody can ask any more.
async fn asked(stop: &mut watch::Receiver<Option<Stop>>, counts: impl Fn(&Stop) -> bool) -> Stop {
    loop {
        if let Some(asked) = stop.borrow_and_update().clone().filter(|asked| counts(asked)) {
            return asked;
        }
        if stop.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Does the work; gives the step that is over when it succeeds and is not journalled yet.
async fn work(attempt: &Attempt<'_>, job: &Job, text: Text) -> Result<Option<u32>, Halt> {
    let answered;
    let job = match &job.config.ask_before_start {
        None => job,
        Some(ask) => {
            let answers = approvals::before_start(attempt, job, ask).await?;
            answered = approvals::with_answers(job, &answers);
            &answered
        }
    };
    let limits = &job.config.limits;
    let mut output = Output::new(attempt.services, job.claim, limits.output_bytes, text);
    // A call of a model and of a tool each have the limit for themselves.
    if job.config.runtime == domain::agents::Runtime::Model {
        return model::run(attempt, job, &mut output).await.map(|()| None);
    }
    let limit = Duration::from_secs(u64::from(limits.step_deadline_s));
    let run = toolhouse_run::run(attempt, job, &mut output);
    tokio::time::timeout(limit, run)
        .await
        .unwrap_or_else(|_| {
            let message = format!("A step reached its time limit of {} s.", limit.as_secs());
            let failure = Failure::failed(Reason::StepDeadline).with_message(message);
            Err(Failure { status: Status::TimedOut, ..failure }.into())
        })
        .map(Some)
}

async fn conclude(services: &Services, job: &Job, text: &Text, outcome: Outcome) -> Written {
    let ended = |status: Status, reason: Reason, message: String| {
        let end = End { status, reason: Some(reason), message: Some(message), output: text.get() };
        Last { from: Status::Running, end, story: text.take_pending(), step: None }
    };
    let cancelled = |by: &str| ended(Status::Cancelled, Reason::CancelledBy, format!("Cancelled by {by}."));
    let last = match outcome {
        Outcome::Own(Ok(step)) => {
            let output = Some(text.get().unwrap_or_default());
            let end = End { status: Status::Succeeded, reason: None, message: None, output };
            let story = text.take_pending();
            Last { from: Status::Running, end, story, step: step.map(|step| (step, StepEnd::Finished)) }
        }
        Outcome::Own(Err(Halt::Failed(failure))) => match retry(services, job, &failure).await {
            Next::Ends => ended(failure.status, failure.reason, failure.message),
            Next::Cancelled(by) => cancelled(&by),
            Next::Elsewhere(written) => return written,
        },
        Outcome::Own(Err(Halt::Paused)) => return Written::Kept,
        Outcome::Own(Err(Halt::Stale)) => match cancel_asked(services, job).await {
            Some(by) => cancelled(&by),
            None => return Written::Refused,
        },
        Outcome::Asked(Stop::LeaseLost) => {
            tracing::warn!("lost the lease; another worker continues");
            return Written::Kept;
        }
        Outcome::Own(Err(Halt::Storage(error))) => {
            // The lease ends by itself and the reaper gives the execution to another attempt.
            tracing::error!(error = %error, source = ?std::error::Error::source(&error), "could not store progress");
            return Written::Failed;
        }
        Outcome::Asked(Stop::Cancelled(by)) => cancelled(&by),
        Outcome::Asked(Stop::HandBack) => {
            let event = EventBody::Requeued { reason: Reason::HandedBack };
            match requeue(services, job.claim, event, None, true).await {
                Ok(()) => return Written::Kept,
                Err(Halt::Storage(_)) => return Written::Failed,
                Err(_) => match cancel_asked(services, job).await {
                    Some(by) => cancelled(&by),
                    None => return Written::Refused,
                },
            }
        }
        Outcome::Deadline => {
            let seconds = job.config.limits.run_deadline_s;
            let message = format!("The execution reached its time limit of {seconds} s.");
            ended(Status::TimedOut, Reason::RunDeadline, message)
        }
    };
    finish(services, job.claim, last).await
}

/// Who asked for a stop, if the execution is still ours to end.
async fn cancel_asked(services: &Services, job: &Job) -> Option<String> {
    let (workspace, execution) = (job.claim.workspace, job.claim.execution);
    let stored = storage::executions::get(services.store(), workspace, execution).await.ok().flatten()?;
    (stored.row.status == Status::Running && stored.row.cancelling)
        .then(|| stored.cancelled_by.unwrap_or_else(|| "somebody".to_owned()))
}

/// What follows a failed attempt.
enum Next {
    Ends,
    Cancelled(String),
    Elsewhere(Written),
}

/// Gives the execution to another attempt if that is right.
async fn retry(services: &Services, job: &Job, failure: &Failure) -> Next {
    let mut random = [0; 4];
    services.entropy().fill(&mut random);
    let limits = domain::agents::Limits { attempts: job.max_attempts, ..job.config.limits.clone() };
    let Decision::RetryAfter(wait) = decide(&limits, job.claim.attempt, failure, u32::from_be_bytes(random))
    else {
        return Next::Ends;
    };
    let not_before = services.now().plus(wait);
    // It would end there without another attempt, and nobody would learn what went wrong.
    if not_before >= job.run_deadline {
        return Next::Ends;
    }
    let event = EventBody::RetryScheduled {
        attempt: job.claim.attempt,
        reason: failure.reason,
        message: failure.message.clone(),
        not_before,
    };
    match requeue(services, job.claim, event, Some(not_before), false).await {
        Ok(()) => Next::Elsewhere(Written::Kept),
        // A stop was asked for in the meantime, or the claim is lost.
        Err(Halt::Stale) => {
            cancel_asked(services, job).await.map_or(Next::Elsewhere(Written::Refused), Next::Cancelled)
        }
        // The lease ends by itself and the reaper looks after it.
        Err(Halt::Failed(_) | Halt::Paused | Halt::Storage(_)) => Next::Elsewhere(Written::Failed),
    }
}
