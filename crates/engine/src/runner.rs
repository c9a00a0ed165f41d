//! One attempt of one execution, from its begin to the state it ends in.
//!
//! The attempt itself is a future that can be dropped at any await: dropping it drops the upstream
//! connection. What ends it from outside is a deadline, a stop, a lost lease or a shutdown.

use std::time::Duration;

use domain::events::EventBody;
use domain::executions::{Decision, Failure, Reason, Status, decide};
use domain::ids::WorkerId;
use outbound::chat::Chat;
use services::Services;
use services::hub::News;
use storage::queue::{Claim, End, Job, StepEnd};
use tokio::sync::watch;

use crate::output::{Output, Text};
use crate::{model_call, toolhouse_run};

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

/// Why an attempt ends from inside.
#[derive(Debug)]
pub(crate) enum Halt {
    /// It failed.
    Failed(Failure),
    /// The claim was lost.
    Stale,
    /// The database did not take a write.
    Storage(storage::Error),
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<storage::Error> for Halt {
    fn from(error: storage::Error) -> Self {
        match error {
            storage::Error::Stale => Self::Stale,
            error => Self::Storage(error),
        }
    }
}

/// What the runtimes write through.
pub(crate) struct Attempt<'a> {
    pub(crate) services: &'a Services,
    pub(crate) chat: &'a Chat,
    claim: Claim,
    settled: watch::Sender<bool>,
}

impl Attempt<'_> {
    /// A request is out whose effect is not known yet.
    pub(crate) fn in_doubt(&self) {
        self.settled.send_replace(false);
    }

    /// The effect of every request is known.
    pub(crate) fn settled(&self) {
        self.settled.send_replace(true);
    }

    pub(crate) async fn start_step(&self, kind: &str, name: &str) -> Result<u32, Halt> {
        let tx = self.services.store().begin().await?;
        let step = storage::queue::start_step(&tx, self.claim, kind, name, self.services.now()).await?;
        tx.commit().await?;
        self.tell();
        Ok(step)
    }

    pub(crate) async fn mark_remote(
        &self,
        step: u32,
        agent: [u8; 16],
        run: Option<&str>,
    ) -> Result<(), Halt> {
        let tx = self.services.store().begin().await?;
        storage::queue::mark_remote(&tx, self.claim, step, agent, run, self.services.now()).await?;
        tx.commit().await?;
        self.tell();
        Ok(())
    }

    pub(crate) async fn finish_step(&self, step: u32, end: StepEnd) -> Result<(), Halt> {
        let tx = self.services.store().begin().await?;
        storage::queue::finish_step(&tx, self.claim, step, end, self.services.now()).await?;
        tx.commit().await?;
        self.tell();
        Ok(())
    }

    /// Closes steps that an earlier attempt left open and that are repeated now.
    pub(crate) async fn close_open_steps(&self) -> Result<(), Halt> {
        let claim = self.claim;
        let steps =
            storage::executions::steps(self.services.store(), claim.workspace, claim.execution).await?;
        for step in steps.iter().filter(|step| step.finished_at.is_none()) {
            self.finish_step(step.number, StepEnd::Failed).await?;
        }
        Ok(())
    }

    fn tell(&self) {
        self.services.hub().tell(News::Execution(self.claim.execution));
    }
}

/// Runs one claimed execution until it has ended, was given back, or is no longer ours.
#[tracing::instrument(skip_all, fields(execution.id = %job.claim.execution, attempt = job.claim.attempt))]
pub(crate) async fn run(
    services: &Services,
    chat: &Chat,
    worker: WorkerId,
    job: Job,
    mut stop: watch::Receiver<Option<Stop>>,
) {
    let text = Text::default();
    let (settled, mut settling) = watch::channel(true);
    let attempt = Attempt { services, chat, claim: job.claim, settled };
    let left = Duration::from_millis(job.run_deadline.millis_since(services.now()));
    let outcome = {
        let work = work(&attempt, worker, &job, text.clone());
        tokio::pin!(work);
        let asked = async {
            loop {
                if let Some(asked) = stop.borrow_and_update().clone() {
                    break asked;
                }
                if stop.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        tokio::select! {
            biased;
            asked = asked => match asked {
                Stop::HandBack => tokio::select! {
                    result = &mut work => Outcome::Own(result),
                    _ = settling.wait_for(|settled| *settled) => Outcome::Asked(asked),
                    () = tokio::time::sleep(SETTLE) => Outcome::Asked(asked),
                },
                Stop::Cancelled(_) | Stop::LeaseLost => Outcome::Asked(asked),
            },
            () = tokio::time::sleep(left) => Outcome::Deadline,
            result = &mut work => Outcome::Own(result),
        }
    };
    conclude(services, &job, &text, outcome).await;
    services.hub().tell(News::Execution(job.claim.execution));
}

/// How an attempt ended.
enum Outcome {
    Own(Result<(), Halt>),
    Asked(Stop),
    Deadline,
}

async fn work(attempt: &Attempt<'_>, worker: WorkerId, job: &Job, text: Text) -> Result<(), Halt> {
    let services = attempt.services;
    let tx = services.store().begin().await?;
    storage::queue::begin_attempt(&tx, job.claim, worker, job.max_attempts, services.now()).await?;
    tx.commit().await?;
    attempt.tell();
    let mut output = Output::new(services, job.claim, job.config.limits.output_bytes, text);
    match job.config.runtime {
        domain::agents::Runtime::Toolhouse => toolhouse_run::run(attempt, job, &mut output).await,
        domain::agents::Runtime::Model => model_call::run(attempt, job, &mut output).await,
    }
}

async fn conclude(services: &Services, job: &Job, text: &Text, outcome: Outcome) {
    let failed = |status: Status, reason: Reason, message: String| End {
        status,
        reason: Some(reason),
        message: Some(message),
        output: text.get(),
    };
    let cancelled = |by: &str| failed(Status::Cancelled, Reason::CancelledBy, format!("Cancelled by {by}."));
    let end = match outcome {
        Outcome::Own(Ok(())) => End {
            status: Status::Succeeded,
            reason: None,
            message: None,
            output: Some(text.get().unwrap_or_default()),
        },
        Outcome::Own(Err(Halt::Failed(failure))) => {
            if let Some(end) = retry(services, job, text, &failure).await { end } else { return }
        }
        Outcome::Own(Err(Halt::Stale)) | Outcome::Asked(Stop::LeaseLost) => {
            tracing::warn!("lost the lease; another worker continues");
            return;
        }
        Outcome::Own(Err(Halt::Storage(error))) => {
            // The lease ends by itself and the reaper gives the execution to another attempt.
            tracing::error!(error = %error, source = ?std::error::Error::source(&error), "could not store progress");
            return;
        }
        Outcome::Asked(Stop::Cancelled(by)) => cancelled(&by),
        Outcome::Asked(Stop::HandBack) => {
            let event = EventBody::Requeued { reason: Reason::HandedBack };
            match requeue(services, job.claim, event, None, true).await {
                Ok(()) => return,
                Err(_) => cancelled("a request during shutdown"),
            }
        }
        Outcome::Deadline => {
            let seconds = job.config.limits.run_deadline_s;
            failed(
                Status::TimedOut,
                Reason::RunDeadline,
                format!("The execution reached its time limit of {seconds} s."),
            )
        }
    };
    finish(services, job.claim, Status::Running, &end).await;
}

/// Gives the execution to another attempt if that is right; otherwise the end it comes to.
async fn retry(services: &Services, job: &Job, text: &Text, failure: &Failure) -> Option<End> {
    let mut random = [0; 4];
    services.entropy().fill(&mut random);
    let limits = domain::agents::Limits { attempts: job.max_attempts, ..job.config.limits.clone() };
    if let Decision::RetryAfter(wait) =
        decide(&limits, job.claim.attempt, failure, u32::from_be_bytes(random))
    {
        let not_before = services.now().plus(wait);
        let event = EventBody::RetryScheduled {
            attempt: job.claim.attempt,
            reason: failure.reason,
            message: failure.message.clone(),
            not_before,
        };
        match requeue(services, job.claim, event, Some(not_before), false).await {
            Err(Halt::Stale) => {
                // A stop was asked for in the meantime, or the claim is lost; the end finds out.
                let stored =
                    storage::executions::get(services.store(), job.claim.workspace, job.claim.execution)
                        .await;
                let by = stored.ok().flatten().is_some_and(|stored| stored.row.cancelling);
                if by {
                    return Some(End {
                        status: Status::Cancelled,
                        reason: Some(Reason::CancelledBy),
                        message: Some(Reason::CancelledBy.sentence().to_owned()),
                        output: text.get(),
                    });
                }
                return None;
            }
            Ok(()) | Err(_) => return None,
        }
    }
    Some(End {
        status: failure.status,
        reason: Some(failure.reason),
        message: Some(failure.message.clone()),
        output: text.get(),
    })
}

/// Gives an execution back to the queue.
pub(crate) async fn requeue(
    services: &Services,
    claim: Claim,
    event: EventBody,
    not_before: Option<domain::Timestamp>,
    extra_attempt: bool,
) -> Result<(), Halt> {
    let tx = services.store().begin().await?;
    storage::queue::requeue(&tx, claim, event, not_before, extra_attempt, services.now()).await?;
    tx.commit().await?;
    services.hub().wake();
    services.hub().tell(News::Execution(claim.execution));
    Ok(())
}

/// Ends an execution. A claim that was lost in the meantime changes nothing.
pub(crate) async fn finish(services: &Services, claim: Claim, from: Status, end: &End) {
    let result: Result<(), storage::Error> = async {
        let tx = services.store().begin().await?;
        storage::queue::finish(&tx, claim, from, end, services.now()).await?;
        tx.commit().await
    }
    .await;
    match result {
        Ok(()) => {
            tracing::info!(execution.id = %claim.execution, status = %end.status, "execution ended");
            services.hub().wake();
            services.hub().tell(News::Execution(claim.execution));
        }
        Err(storage::Error::Stale) => tracing::warn!("a late end was refused"),
        Err(error) => {
            tracing::error!(error = %error, source = ?std::error::Error::source(&error), "could not store an end");
        }
    }
}
