//! Questions to people. The first answer wins: it closes the row, and everybody later finds it closed.

use domain::Timestamp;
use domain::approvals::{Answer, Approval, OpenQuestion, Outcome};
use domain::executions::AgentRef;
use domain::ids::{ExecutionId, WorkspaceId};
use sea_orm::QueryResult;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::queue::Claim;
use crate::row::{column, count, from_json, id, key_value, time, to_json, word};
use crate::{Db, Error, Tx, db};

const COLUMNS: &str = "execution_id, step, question, data, fields, roles, asked_at, expires_at, outcome, answer, \
     note, closed_at, closed_by";

/// The questions of an execution, in order.
pub async fn list(
    db: &impl Db,
    workspace: WorkspaceId,
    execution: ExecutionId,
) -> Result<Vec<Approval>, Error> {
    let sql = format!(
        "select {COLUMNS} from approvals where execution_id = $1 and workspace_id = $2 order by step"
    );
    let rows = db::all(db, &sql, vec![key_value(execution), key_value(workspace)]).await?;
    rows.iter().map(read).collect()
}

fn read(row: &QueryResult) -> Result<Approval, Error> {
    let answer: Option<String> = column(row, "answer")?;
    let outcome: Option<String> = column(row, "outcome")?;
    Ok(Approval {
        execution: id(column::<Uuid>(row, "execution_id")?),
        step: count("step", column(row, "step")?)?,
        question: column(row, "question")?,
        data: Some(from_json("data of an approval", &column::<String>(row, "data")?)?),
        fields: from_json("fields of an approval", &column::<String>(row, "fields")?)?,
        roles: from_json("roles of an approval", &column::<String>(row, "roles")?)?,
        asked_at: time(column(row, "asked_at")?),
        expires_at: time(column(row, "expires_at")?),
        outcome: outcome.map(|text| word("outcome", &text)).transpose()?,
        answer: answer.map(|text| from_json("answer", &text)).transpose()?,
        note: column(row, "note")?,
        closed_at: column::<Option<i64>>(row, "closed_at")?.map(time),
        closed_by: column(row, "closed_by")?,
    })
}

/// The questions of a workspace that are open now, oldest execution first.
pub async fn open(
    db: &impl Db,
    workspace: WorkspaceId,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<OpenQuestion>, Error> {
    let sql = "select q.execution_id, q.step, q.question, q.roles, q.asked_at, q.expires_at, e.title, \
         a.id as agent_id, a.slug as agent_slug, a.title as agent_title \
         from approvals q join executions e on e.id = q.execution_id join agents a on a.id = e.agent_id \
         where q.workspace_id = $1 and q.closed_at is null and q.expires_at > $2 \
         order by q.execution_id limit $3";
    let values = vec![key_value(workspace), now.millis().into(), i64::from(limit).into()];
    let rows = db::all(db, sql, values).await?;
    rows.iter().map(read_open).collect()
}

fn read_open(row: &QueryResult) -> Result<OpenQuestion, Error> {
    Ok(OpenQuestion {
        execution: id(column::<Uuid>(row, "execution_id")?),
        step: count("step", column(row, "step")?)?,
        agent: AgentRef {
            id: id(column::<Uuid>(row, "agent_id")?),
            slug: column(row, "agent_slug")?,
            title: column(row, "agent_title")?,
        },
        title: column(row, "title")?,
        question: column(row, "question")?,
        roles: from_json("roles of an approval", &column::<String>(row, "roles")?)?,
        asked_at: time(column(row, "asked_at")?),
        expires_at: time(column(row, "expires_at")?),
    })
}

/// The answer to a question that was asked at a place of the work, if a person said yes.
pub async fn approved(
    db: &impl Db,
    workspace: WorkspaceId,
    execution: ExecutionId,
    place: &str,
) -> Result<Option<Map<String, Value>>, Error> {
    let sql = "select answer from approvals where execution_id = $1 and workspace_id = $2 and place = $3 \
         and outcome = 'approved' order by step desc limit 1";
    let values = vec![key_value(execution), key_value(workspace), place.into()];
    let Some(row) = db::one(db, sql, values).await? else { return Ok(None) };
    let answer: Option<String> = column(&row, "answer")?;
    Ok(Some(answer.map(|text| from_json("answer", &text)).transpose()?.unwrap_or_default()))
}

/// The right to move an execution that waits, if it does.
pub async fn waiting(
    tx: &Tx,
    workspace: WorkspaceId,
    execution: ExecutionId,
) -> Result<Option<Claim>, Error> {
    let sql =
        "select fence, attempt from executions where workspace_id = $1 and id = $2 and status = 'waiting'";
    let Some(row) = db::one(tx, sql, vec![key_value(workspace), key_value(execution)]).await? else {
        return Ok(None);
    };
    let attempt = count("attempt", column(&row, "attempt")?)?;
    Ok(Some(Claim { workspace, execution, fence: column(&row, "fence")?, attempt }))
}

/// Stores an answer; false when the question was closed or has expired.
pub async fn answer(
    tx: &Tx,
    workspace: WorkspaceId,
    execution: ExecutionId,
    step: u32,
    answer: &Answer,
    by: &str,
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "update approvals set outcome = $1, answer = $2, note = $3, closed_at = $4, closed_by = $5 \
         where execution_id = $6 and step = $7 and workspace_id = $8 and closed_at is null and expires_at > $4";
    let fields = if answer.outcome == Outcome::Approved { Some(to_json(&answer.fields)?) } else { None };
    let values = vec![
        answer.outcome.word().into(),
        fields.into(),
        (!answer.note.is_empty()).then(|| answer.note.clone()).into(),
        at.millis().into(),
        by.into(),
        key_value(execution),
        i32::try_from(step).unwrap_or(i32::MAX).into(),
        key_value(workspace),
    ];
    Ok(db::execute(tx, sql, values).await? == 1)
}
