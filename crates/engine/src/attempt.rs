//! What the runtimes write through: steps, runs and events of one attempt, each under its claim.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domain::Timestamp;
use domain::events::EventBody;
use domain::executions::{Failure, Reason, Status};
use outbound::chat::Chat;
use services::Services;
use services::hub::News;
use storage::queue::{Begin, Claim, Job, Pause, StepEnd, Yield};
use tokio::sync::watch;

/// How often a write of what has happened outside is tried, and the pause between two tries.
const INSIST: (u32, Duration) = (40, Duration::from_millis(500));

/// Why an attempt ends from inside.
#[derive(Debug)]
pub(crate) enum Halt {
    /// It failed.
    Failed(Failure),
    /// It asked a person, and the execution waits.
    Paused,
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
            storage::Error::Moved { found, fence } => {
                tracing::warn!(%found, fence, "refused a late write");
                Self::Stale
            }
            error => Self::Storage(error),
        }
    }
}

/// What the runtimes write through.
pub(crate) struct Attempt<'a> {
    pub(crate) services: &'a Services,
    pub(crate) chat: &'a Chat,
    claim: Claim,
    steps_left: AtomicU32,
    settled: watch::Sender<bool>,
}

impl<'a> Attempt<'a> {
    /// An attempt of a job. What is listened to tells whether a request is out whose effect is not
    /// known yet.
    pub(crate) fn new(services: &'a Services, chat: &'a Chat, job: &Job) -> (Self, watch::Receiver<bool>) {
        let (settled, settling) = watch::channel(true);
        let steps_left = AtomicU32::new(job.config.limits.steps.saturating_sub(job.steps));
        (Self { services, chat, claim: job.claim, steps_left, settled }, settling)
    }

    /// A request is out whose effect is not known yet.
    pub(crate) fn in_doubt(&self) {
        self.settled.send_replace(false);
    }

    /// The effect of every request is known.
    pub(crate) fn settled(&self) {
        self.settled.send_replace(true);
    }

    /// Journals a step before its effect, after the events that come before it.
    pub(crate) async fn start_step(
        &self,
        kind: &'static str,
        name: &str,
        before: Vec<EventBody>,
    ) -> Result<u32, Halt> {
        self.begin_step(Begin::plain(kind, name), before).await
    }

    /// The same for a step that remembers what goes in.
    pub(crate) async fn begin_step(&self, begin: Begin, before: Vec<EventBody>) -> Result<u32, Halt> {
        let left =
            self.steps_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_err() {
            let failure = Failure { status: Status::TimedOut, ..Failure::failed(Reason::StepLimit) };
            return Err(failure.into());
        }
        let (claim, now) = (self.claim, self.services.now());
        let write = self.services.store().write(move |tx| {
            let (begin, before) = (begin.clone(), before.clone());
            Box::pin(async move { storage::queue::start_step(tx, claim, &begin, &before, now).await })
        });
        let step = write.await?;
        self.tell();
        Ok(step)
    }

    /// Journals a step after its effect, with what it gave.
    pub(crate) async fn end_step(&self, step: u32, end: StepEnd, gave: Yield) -> Result<(), Halt> {
        let (claim, now) = (self.claim, self.services.now());
        insist(|| {
            let gave = gave.clone();
            self.services.store().write(move |tx| {
                let gave = gave.clone();
                Box::pin(async move { storage::queue::end_step(tx, claim, step, end, &gave, now).await })
            })
        })
        .await?;
        self.tell();
        Ok(())
    }

    /// Stores the upstream's agent, and its run the moment it is known.
    pub(crate) async fn mark_remote(
        &self,
        step: u32,
        agent: [u8; 16],
        run: Option<String>,
    ) -> Result<(), Halt> {
        let (claim, now) = (self.claim, self.services.now());
        insist(|| {
            let run = run.clone();
            self.services.store().write(move |tx| {
                let run = run.clone();
                Box::pin(async move {
                    storage::queue::mark_remote(tx, claim, step, agent, run.as_deref(), now).await
                })
            })
        })
        .await?;
        self.tell();
        Ok(())
    }

    /// Closes steps that an earlier attempt left open and that are repeated now.
    pub(crate) async fn close_open_steps(&self) -> Result<(), Halt> {
        let (claim, now) = (self.claim, self.services.now());
        let steps =
            storage::executions::steps(self.services.store(), claim.workspace, claim.execution).await?;
        for step in steps.iter().filter(|step| step.finished_at.is_none()).map(|step| step.number) {
            let write = self.services.store().write(move |tx| {
                Box::pin(
                    async move { storage::queue::finish_step(tx, claim, step, StepEnd::Failed, now).await },
                )
            });
            write.await?;
        }
        self.tell();
        Ok(())
    }

    /// Asks a person and lets go of the execution.
    pub(crate) async fn pause(&self, question: Pause) -> Result<Halt, Halt> {
        let (claim, now) = (self.claim, self.services.now());
        let write = self.services.store().write(move |tx| {
            let question = question.clone();
            Box::pin(async move { storage::queue::pause(tx, claim, &question, now).await })
        });
        write.await?;
        self.tell();
        Ok(Halt::Paused)
    }

    /// The present moment.
    pub(crate) fn now(&self) -> Timestamp {
        self.services.now()
    }

    fn tell(&self) {
        self.services.hub().tell(News::Execution(self.claim.execution));
    }
}

/// Stores what has happened outside and cannot be found out again. A database that does not take it is
/// tried again; whoever loses the lease meanwhile is stopped from outside.
async fn insist<F>(write: impl Fn() -> F) -> Result<(), storage::Error>
where
    F: Future<Output = Result<(), storage::Error>>,
{
    let (tries, pause) = INSIST;
    for _ in 1..tries {
        match write().await {
            Err(error @ storage::Error::Database(_)) => {
                tracing::warn!(error = %error, "the database did not take what has happened; trying again");
                tokio::time::sleep(pause).await;
            }
            written => return written,
        }
    }
    write().await
}
