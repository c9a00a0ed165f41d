//! Lists, details, events, and waiting for an end.

use std::time::Duration;

use domain::approvals::Approval;
use domain::events::Event;
use domain::executions::{
    Attempt, ExecutionDetail, ExecutionFilter, ExecutionRow, Histogram, Input, Span, Step, empty_bars,
};
use domain::ids::{ExecutionId, Id as _};
use domain::paging::{List, Page, PageRequest};
use domain::{Actor, Permission, Problem};
use storage::executions::Stored;

use super::{Executions, redact_row};
use crate::Fault;

impl Executions<'_> {
    /// A page of executions, newest first.
    pub async fn list(
        &self,
        actor: &Actor,
        filter: &ExecutionFilter,
        page: PageRequest,
    ) -> Result<Page<ExecutionRow>, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        may_search(actor, filter)?;
        let mut rows = storage::executions::list(self.0.store(), actor.workspace, filter, page)
            .await
            .or_internal("list executions")?;
        let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        let next_cursor = rows.last().filter(|_| more).map(|row| List::Executions.cursor(row.id.bytes()));
        Ok(Page { items: rows.into_iter().map(|row| redact_row(actor, row)).collect(), next_cursor })
    }

    /// How many executions that fit the filter were accepted when: over the filter's time, or where it
    /// is open over the span before its end or the present.
    pub async fn histogram(
        &self,
        actor: &Actor,
        filter: &ExecutionFilter,
        span: Span,
    ) -> Result<Histogram, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        may_search(actor, filter)?;
        let mut bars = empty_bars(filter, span, self.0.now());
        storage::executions::fill_bars(self.0.store(), actor.workspace, filter, &mut bars)
            .await
            .or_internal("count executions by time")?;
        Ok(Histogram { bars })
    }

    /// Everything about one execution but its events.
    pub async fn get(&self, actor: &Actor, execution: ExecutionId) -> Result<ExecutionDetail, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        self.detail(actor, execution).await
    }

    /// The same as the answer to what the actor just did, which needs no right to read. Payloads
    /// still need theirs.
    pub(crate) async fn detail(
        &self,
        actor: &Actor,
        execution: ExecutionId,
    ) -> Result<ExecutionDetail, Problem> {
        let stored = self.stored(actor, execution).await?;
        let around = self.around(actor, &stored).await?;
        let sees = actor.may(Permission::PayloadsRead);
        Ok(ExecutionDetail {
            conversation: (stored.conversation != execution).then_some(stored.conversation),
            input: sees.then_some(stored.input),
            output: stored.output.filter(|_| sees),
            tries: around
                .tries
                .into_iter()
                .map(|attempt| if sees { attempt } else { hide_message(attempt) })
                .collect(),
            steps: around
                .steps
                .into_iter()
                .map(|step| if sees { step } else { without_payload(step) })
                .collect(),
            approvals: around
                .approvals
                .into_iter()
                .map(|approval| if sees { approval } else { approval.without_payload() })
                .collect(),
            last_event: stored.last_event,
            runtime: stored.runtime,
            run_deadline_s: stored.run_deadline_s,
            turns: around.turns,
            reruns: around.reruns,
            payloads_visible: sees,
            row: redact_row(actor, stored.row),
        })
    }

    /// What went in, and what came out if anything did.
    pub async fn payload(
        &self,
        actor: &Actor,
        execution: ExecutionId,
    ) -> Result<(Input, Option<String>), Problem> {
        actor.require(Permission::ExecutionsRead)?;
        actor.require(Permission::PayloadsRead)?;
        let stored = self.stored(actor, execution).await?;
        Ok((stored.input, stored.output))
    }

    /// The rows that belong to an execution. One that has just been accepted has none, which saves
    /// every start five questions.
    async fn around(&self, actor: &Actor, stored: &Stored) -> Result<Around, Problem> {
        let (store, workspace, id) = (self.0.store(), actor.workspace, stored.row.id);
        let row = &stored.row;
        if row.attempt == 0 && !row.status.is_final() && stored.conversation == id {
            return Ok(Around { turns: vec![id], ..Around::default() });
        }
        let tries = storage::executions::attempts(store, workspace, id).await.or_internal("read attempts")?;
        let steps = storage::executions::steps(store, workspace, id).await.or_internal("read steps")?;
        let approvals = storage::approvals::list(store, workspace, id).await.or_internal("read questions")?;
        let turns = storage::executions::turns(store, workspace, stored.conversation)
            .await
            .or_internal("read a conversation")?;
        let reruns = storage::executions::reruns(store, workspace, id).await.or_internal("read re-runs")?;
        Ok(Around { tries, steps, approvals, turns, reruns })
    }

    /// Events after the given number, in order, at most `limit`.
    pub async fn events(
        &self,
        actor: &Actor,
        execution: ExecutionId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Event>, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        let events = storage::events::after(self.0.store(), actor.workspace, execution, after, limit)
            .await
            .or_internal("read events")?;
        if events.is_empty() {
            // Tells an execution without news from one that is not there.
            self.stored(actor, execution).await?;
        }
        if actor.may(Permission::PayloadsRead) {
            return Ok(events);
        }
        Ok(events.into_iter().map(|event| Event { body: event.body.without_payload(), ..event }).collect())
    }

    /// Waits until an execution that the actor just started has ended, or for `limit`, and gives it
    /// as it is then. Part of starting, so it needs the right to start and not the one to read.
    pub async fn wait(
        &self,
        actor: &Actor,
        execution: ExecutionId,
        limit: Duration,
    ) -> Result<ExecutionDetail, Problem> {
        actor.require(Permission::ExecutionsWrite)?;
        let mut follower = self.0.hub().follow(execution);
        let end = tokio::time::Instant::now() + limit;
        loop {
            let stored = self.stored(actor, execution).await?;
            let now = tokio::time::Instant::now();
            if stored.row.status.is_final() || now >= end {
                return self.detail(actor, execution).await;
            }
            // Another process may do the work, so look again even without news.
            let next = end.min(now + Duration::from_secs(1));
            let _ = tokio::time::timeout_at(next, follower.changed()).await;
        }
    }
}

/// What belongs to an execution.
#[derive(Default)]
struct Around {
    tries: Vec<Attempt>,
    steps: Vec<Step>,
    approvals: Vec<Approval>,
    turns: Vec<ExecutionId>,
    reruns: Vec<ExecutionId>,
}

/// Searching text tells what it says, so it needs the right to see payloads.
pub(crate) fn may_search(actor: &Actor, filter: &ExecutionFilter) -> Result<(), Problem> {
    if filter.text.is_some() && !actor.may(Permission::PayloadsRead) {
        return Err(Problem::forbidden("Searching the text of executions needs the right to see payloads."));
    }
    Ok(())
}

fn without_payload(step: Step) -> Step {
    Step { input: None, result: None, ..step }
}

fn hide_message(mut attempt: Attempt) -> Attempt {
    attempt.message = attempt.reason.map(|reason| reason.sentence().to_owned());
    attempt
}
