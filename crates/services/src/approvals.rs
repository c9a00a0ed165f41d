//! Answering the questions of executions that wait for a person.

use std::sync::Arc;

use domain::approvals::{Answer, AnswerDraft, Approval, OpenQuestion, Outcome};
use domain::audit::AuditRow;
use domain::events::EventBody;
use domain::executions::{ExecutionDetail, Reason, Status};
use domain::ids::{ExecutionId, WorkspaceId};
use domain::workspaces::Role;
use domain::{Actor, Kind, Permission, Principal, Problem, Timestamp};
use serde_json::json;
use storage::queue::End;

use crate::hub::News;
use crate::{Fault, Services};

/// How many open questions are looked at for those that somebody may answer.
const LOOKED_AT: u32 = 200;

/// Operations on questions.
#[derive(Debug, Clone, Copy)]
pub struct Approvals<'a>(&'a Services);

impl Services {
    /// Answering the questions of executions that wait for a person.
    pub fn approvals(&self) -> Approvals<'_> {
        Approvals(self)
    }
}

impl Approvals<'_> {
    /// Open questions that the actor may answer, oldest execution first, at most `most`. Nothing for
    /// somebody without the right to answer.
    pub async fn waiting_for(&self, actor: &Actor, most: u32) -> Result<Vec<OpenQuestion>, Problem> {
        if !actor.may(Permission::ApprovalsWrite) {
            return Ok(Vec::new());
        }
        let open = storage::approvals::open(self.0.store(), actor.workspace, self.0.now(), LOOKED_AT)
            .await
            .or_internal("list open questions")?;
        let sees = actor.may(Permission::PayloadsRead);
        Ok(open
            .into_iter()
            .filter(|question| is_among(actor, &question.roles))
            .take(usize::try_from(most).unwrap_or(usize::MAX))
            .map(
                |question| {
                    if sees { question } else { OpenQuestion { title: None, question: None, ..question } }
                },
            )
            .collect())
    }

    /// Answers an open question. The first answer wins: everybody later is told what it was. A yes
    /// puts the execution back into the queue, a no ends it.
    pub async fn answer(
        &self,
        actor: &Actor,
        execution: ExecutionId,
        draft: &AnswerDraft,
    ) -> Result<ExecutionDetail, Problem> {
        actor.require(Permission::ApprovalsWrite)?;
        let executions = self.0.executions();
        let before = executions.stored(actor, execution).await?;
        let asked = storage::approvals::list(self.0.store(), actor.workspace, execution)
            .await
            .or_internal("read questions")?;
        let question = match draft.step {
            Some(step) => asked.into_iter().find(|question| question.step == step),
            None => asked.into_iter().next_back(),
        };
        let question = question.ok_or_else(|| {
            Problem::new(Kind::Conflict, format!("This execution is {} and asks nothing.", before.row.status))
        })?;
        let now = self.0.now();
        if question.closed_at.is_some() || question.expires_at <= now {
            return Err(closed(&question));
        }
        may_answer(actor, &question)?;
        let answer = draft.parse(&question.fields)?;
        let step = question.step;
        let detail = json!({ "step": step, "outcome": answer.outcome });
        let (target, title) = (execution.to_string(), before.row.agent.title.as_str());
        let audit = crate::audit::row(self.0, actor, "execution.answer", target, title, detail);
        let given = Arc::new(Given {
            workspace: actor.workspace,
            execution,
            step,
            answer,
            by: actor.name.clone(),
            now,
            audit,
        });
        let write = self.0.store().write(move |tx| {
            let given = Arc::clone(&given);
            Box::pin(async move { given.store(tx).await })
        });
        match write.await {
            // Somebody else was first, or the execution waits no more: nothing of this is kept.
            Err(storage::Error::Stale | storage::Error::Moved { .. }) => {
                return Err(self.beaten(actor, execution, step).await?);
            }
            stored => stored.or_internal("store an answer")?,
        }
        self.0.hub().wake();
        self.0.hub().tell(News::Execution(execution));
        executions.detail(actor, execution).await
    }

    /// What to say to somebody whose answer came too late.
    async fn beaten(&self, actor: &Actor, execution: ExecutionId, step: u32) -> Result<Problem, Problem> {
        let asked = storage::approvals::list(self.0.store(), actor.workspace, execution)
            .await
            .or_internal("read questions")?;
        let question = asked.into_iter().find(|question| question.step == step);
        Ok(question.as_ref().map_or_else(|| Problem::not_found("question"), closed))
    }
}

/// An answer with everything it needs, so that it can share a commit with others.
#[derive(Debug)]
struct Given {
    workspace: WorkspaceId,
    execution: ExecutionId,
    step: u32,
    answer: Answer,
    by: String,
    now: Timestamp,
    audit: AuditRow,
}

impl Given {
    async fn store(&self, tx: &storage::Tx) -> Result<(), storage::Error> {
        let Self { workspace, execution, step, answer, by, now, audit } = self;
        let claim = storage::approvals::waiting(tx, *workspace, *execution).await?;
        let stored = storage::approvals::answer(tx, *workspace, *execution, *step, answer, by, *now).await?;
        let claim = claim.filter(|_| stored).ok_or(storage::Error::Stale)?;
        let approved = answer.outcome == Outcome::Approved;
        let body = EventBody::ApprovalAnswered { step: *step, approved, by: by.clone() };
        if approved {
            storage::queue::resume(tx, claim, *step, body, *now).await?;
        } else {
            let message = Some(format!("Declined by {by}."));
            let end =
                End { status: Status::Cancelled, reason: Some(Reason::Declined), message, output: None };
            storage::queue::finish(tx, claim, Status::Waiting, &end, &[body], None, *now).await?;
        }
        storage::audit::insert(tx, *workspace, audit).await
    }
}

/// Roles bind people. Keys are made by admins and carry a scope of their own for this.
fn is_among(actor: &Actor, roles: &[Role]) -> bool {
    let role = match actor.principal {
        Principal::Person { role, .. } => role,
        Principal::Key { .. } => Role::Admin,
        Principal::System => Role::Owner,
    };
    roles.is_empty() || roles.contains(&role)
}

fn may_answer(actor: &Actor, question: &Approval) -> Result<(), Problem> {
    if is_among(actor, &question.roles) {
        return Ok(());
    }
    let roles: Vec<_> = question.roles.iter().map(|role| role.word()).collect();
    Err(Problem::forbidden(&format!("Only these roles may answer: {}.", roles.join(", "))))
}

fn closed(question: &Approval) -> Problem {
    let by = question.closed_by.as_deref().map(|by| format!(" by {by}")).unwrap_or_default();
    let message = match question.outcome {
        Some(Outcome::Approved) => format!("This was already approved{by}. Nothing was changed."),
        Some(Outcome::Declined) => format!("This was already declined{by}. Nothing was changed."),
        Some(Outcome::Withdrawn) => {
            "The execution ended before this was answered. Nothing was changed.".to_owned()
        }
        Some(Outcome::Expired) | None => "The time to answer is over. Nothing was changed.".to_owned(),
    };
    Problem::new(Kind::Conflict, message)
}
