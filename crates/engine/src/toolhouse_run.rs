//! One attempt on Toolhouse: push a copy if needed, run or continue, stream, and read the run back
//! where the stream did not tell the end.
//!
//! Toolhouse has no idempotency key. So the step is journalled before anything is sent, the run's
//! id is stored the moment the headers arrive, and from then on the run is only ever read again.

use std::time::Duration;

use domain::executions::{Failure, Reason, Status, StepState};
use futures::StreamExt as _;
use services::toolhouse::{Connection, CopyFault};
use storage::queue::Job;
use toolhouse::{AgentRun, Chunk, Format, RunRequest, RunStatus};

use crate::attempt::{Attempt, Halt};
use crate::failures::{push_failure, toolhouse_failure};
use crate::output::Output;

/// The name of this kind of step in the journal.
pub(crate) const KIND: &str = "toolhouse_run";

/// Pauses between readings of a run.
const READ_AGAIN: [Duration; 6] = [
    Duration::from_millis(100),
    Duration::from_millis(400),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
];

/// Pauses before a run that should be done is read again.
const CONFIRM: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(500)];

/// Runs the agent, or goes on with its run; gives the step that is over when it succeeds.
pub(crate) async fn run(attempt: &Attempt<'_>, job: &Job, output: &mut Output<'_>) -> Result<u32, Halt> {
    let toolhouse = attempt.services.toolhouse();
    let connection = toolhouse
        .connection(job.claim.workspace)
        .await
        .map_err(|_| Failure::failed(Reason::ToolhouseNotConnected))?;
    if let Some(open) = open_step(attempt, job).await? {
        // The server stopped in the middle of this step.
        let Some(run_id) = open.1 else {
            return Err(Failure { status: Status::Crashed, ..Failure::failed(Reason::StepInDoubt) }.into());
        };
        attempt.settled();
        read_run(&connection, &run_id, output).await?;
        return Ok(open.0);
    }
    let agent = match (job.continues, job.remote_agent) {
        (true, Some(agent)) => agent,
        _ => ensure_copy(attempt, job, &connection).await?,
    };
    let before = if job.claim.attempt > 1 { output.start_over() } else { Vec::new() };
    // From the journal's line to the stored run id nobody could tell whether something was sent: a shutdown waits.
    attempt.in_doubt();
    let step = attempt.start_step(KIND, "Toolhouse run", before).await?;
    stream_run(attempt, job, &connection, agent, step, output).await?;
    Ok(step)
}

/// A step of this kind that began and whose end was never stored.
async fn open_step(attempt: &Attempt<'_>, job: &Job) -> Result<Option<(u32, Option<String>)>, Halt> {
    if job.steps == 0 {
        return Ok(None);
    }
    let claim = job.claim;
    let steps =
        storage::executions::steps(attempt.services.store(), claim.workspace, claim.execution).await?;
    let open = steps.into_iter().rev().find(|step| step.state == StepState::Started && step.kind == KIND);
    Ok(open.map(|step| (step.number, step.run_id)))
}

async fn ensure_copy(attempt: &Attempt<'_>, job: &Job, connection: &Connection) -> Result<[u8; 16], Halt> {
    let toolhouse = attempt.services.toolhouse();
    toolhouse.ensure_copy(connection, job.claim.workspace, job.agent, &job.config).await.map_err(|fault| {
        match fault {
            CopyFault::PrivateRefused => Failure::failed(Reason::ToolhousePrivateRefused).into(),
            CopyFault::Upstream(error) => push_failure(&error).into(),
            CopyFault::Internal(_) => Failure::failed(Reason::Internal).into(),
        }
    })
}

async fn stream_run(
    attempt: &Attempt<'_>,
    job: &Job,
    connection: &Connection,
    agent: [u8; 16],
    step: u32,
    output: &mut Output<'_>,
) -> Result<(), Halt> {
    let request = RunRequest {
        message: Some(job.input.message.clone()),
        vars: job.config.values(&job.input.vars),
        toolhouse_id: None,
    };
    let id = uuid::Uuid::from_bytes(agent);
    let started = match (&job.remote_run, job.continues) {
        (Some(run), true) => connection.client.continue_run(id, run, &request, Format::Text).await,
        _ => connection.client.run(id, &request, Format::Text).await,
    };
    // A refusal is not settled here: the attempt ends with it, and what follows is stored by its end.
    let mut run = match started {
        Ok(run) => run,
        Err(error) => {
            // A copy that is gone is pushed again by the next attempt.
            if error.status() == Some(404) && job.config.toolhouse_agent_id.is_none() && !job.continues {
                let toolhouse = attempt.services.toolhouse();
                toolhouse
                    .forget_copy(connection, job.claim.workspace, agent)
                    .await
                    .map_err(|_| Failure::failed(Reason::Internal))?;
                return Err(toolhouse_failure(&error).repeatable(None).into());
            }
            return Err(toolhouse_failure(&error).into());
        }
    };
    let run_id = run.run_id.clone().or_else(|| job.remote_run.clone().filter(|_| job.continues));
    attempt.mark_remote(step, agent, run_id.clone()).await?;
    // Without an id the run can be followed nowhere else, so a shutdown waits for its end.
    if run_id.is_some() {
        attempt.settled();
    }
    match read_stream(&mut run.chunks, output).await? {
        None => {}
        Some(error) => match &run_id {
            None => return Err(toolhouse_failure(&error).into()),
            Some(run_id) => {
                output.flush().await?;
                return read_run(connection, run_id, output).await;
            }
        },
    }
    match &run_id {
        Some(run_id) => confirm(connection, run_id, output).await,
        None => Ok(()),
    }
}

/// Stores the stream as it comes; gives the error that ended it, if one did.
async fn read_stream(
    chunks: &mut toolhouse::Chunks,
    output: &mut Output<'_>,
) -> Result<Option<toolhouse::Error>, Halt> {
    loop {
        let next = match output.due() {
            None => chunks.next().await,
            Some(due) => {
                let Ok(next) = tokio::time::timeout_at(due, chunks.next()).await else {
                    output.flush().await?;
                    continue;
                };
                next
            }
        };
        match next {
            None => break,
            Some(Ok(Chunk::Text(text))) => output.push(&text).await?,
            Some(Ok(
                Chunk::ToolCall { .. } | Chunk::ToolResult { .. } | Chunk::Finish { .. } | Chunk::Raw(_),
            )) => {}
            Some(Err(error)) => return Ok(Some(error)),
        }
    }
    Ok(None)
}

/// After a stream that ended cleanly: the run's own word on whether it failed. A run that is not done
/// counting is read twice more; one that still is not, or cannot be read, does not take back what was
/// streamed.
async fn confirm(connection: &Connection, run_id: &str, output: &mut Output<'_>) -> Result<(), Halt> {
    for pause in CONFIRM {
        match connection.client.agent_run(run_id).await {
            Ok(run) if run.status.is_final() => return conclude(&run, output),
            Ok(_) => {}
            Err(error) => tracing::debug!(error = %error, "could not confirm a finished run"),
        }
        output.flush().await?;
        tokio::time::sleep(pause).await;
    }
    match connection.client.agent_run(run_id).await {
        Ok(run) if run.status.is_final() => conclude(&run, output),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Reads a run until it has ended. The execution's deadline bounds this from outside.
async fn read_run(connection: &Connection, run_id: &str, output: &mut Output<'_>) -> Result<(), Halt> {
    let mut pause = READ_AGAIN.iter().copied();
    let mut failures = 0;
    loop {
        match connection.client.agent_run(run_id).await {
            Ok(run) if run.status.is_final() => return conclude(&run, output),
            Ok(_) => {}
            Err(error) => {
                failures += 1;
                let refused =
                    error.status().is_some_and(|status| status < 500 && !matches!(status, 408 | 425 | 429));
                if refused || failures > 20 {
                    return Err(Failure::failed(Reason::StreamCut).into());
                }
            }
        }
        tokio::time::sleep(pause.next().unwrap_or(READ_AGAIN[READ_AGAIN.len() - 1])).await;
    }
}

fn conclude(run: &AgentRun, output: &mut Output<'_>) -> Result<(), Halt> {
    if run.status != RunStatus::Completed {
        return Err(Failure::failed(Reason::UpstreamFailed).into());
    }
    if let Some(whole) = run.output() {
        output.settle(&whole)?;
    }
    Ok(())
}
