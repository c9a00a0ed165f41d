//! Answering the questions of executions that wait for a person.

use domain::approvals::{AnswerDraft, Approval, OpenQuestion, Outcome};
use domain::events::EventBody;
use domain::executions::{ExecutionDetail, Reason, Status};
use domain::ids::ExecutionId;
use domain::workspaces::Role;
use domain::{Actor, Kind, Permission, Principal, Problem};
use serde_json::json;
use storage::queue::{Claim, End};

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
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let claim = storage::approvals::waiting(&tx, actor.workspace, execution)
            .await
            .or_internal("look for a waiting execution")?;
        let step = question.step;
        let stored =
            storage::approvals::answer(&tx, actor.workspace, execution, step, &answer, &actor.name, now)
                .await
                .or_internal("store an answer")?;
        let Some(claim) = claim.filter(|_| stored) else {
            drop(tx);
            return Err(self.beaten(actor, execution, step).await?);
        };
        let moved = match answer.outcome {
            Outcome::Approved => {
                let body = EventBody::ApprovalAnswered { step, approved: true, by: actor.name.clone() };
                storage::queue::resume(&tx, claim, step, body, now).await
            }
            _ => self.decline(&tx, claim, actor, &question).await,
        };
        match moved {
            Err(storage::Error::Moved { .. }) => {
                drop(tx);
                return Err(self.beaten(actor, execution, step).await?);
            }
            moved => moved.or_internal("move an execution on")?,
        }
        let detail = json!({ "step": step, "outcome": answer.outcome });
        let title = before.row.agent.title.as_str();
        crate::audit::record(self.0, &tx, actor, "execution.answer", execution.to_string(), title, detail)
            .await?;
        tx.commit().await.or_internal("commit")?;
        self.0.hub().wake();
        self.0.hub().tell(News::Execution(execution));
        executions.detail(actor, execution).await
    }

    async fn decline(
        &self,
        tx: &storage::Tx,
        claim: Claim,
        actor: &Actor,
        question: &Approval,
    ) -> Result<(), storage::Error> {
        let story =
            [EventBody::ApprovalAnswered { step: question.step, approved: false, by: actor.name.clone() }];
        let message = Some(format!("Declined by {}.", actor.name));
        let end = End { status: Status::Cancelled, reason: Some(Reason::Declined), message, output: None };
        storage::queue::finish(tx, claim, Status::Waiting, &end, &story, None, self.0.now()).await
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
