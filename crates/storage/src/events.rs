//! The append-only story of an execution.

use domain::Timestamp;
use domain::events::{Event, EventBody};
use domain::ids::{ExecutionId, WorkspaceId};
use sea_orm::{ActiveValue::Set, EntityTrait, QueryResult};

use crate::db::{self, private::Sealed as _};
use crate::entity::events;
use crate::row::{big, column, from_json, key, key_value, time, to_json};
use crate::{Db, Error, Tx};

/// Appends events whose numbers were reserved on the execution's row in the same transaction.
pub(crate) async fn append(
    tx: &Tx,
    workspace: WorkspaceId,
    execution: ExecutionId,
    last: u64,
    at: Timestamp,
    bodies: &[EventBody],
) -> Result<(), Error> {
    let first = last + 1 - bodies.len() as u64;
    let lines = (first..).zip(bodies);
    let lines = lines.map(|(number, body)| Line { workspace, execution, number, body: body.clone() });
    append_lines(tx, at, lines.collect()).await
}

/// One event of any execution, with its reserved number.
#[derive(Debug)]
pub(crate) struct Line {
    /// Whose execution.
    pub(crate) workspace: WorkspaceId,
    /// Which execution.
    pub(crate) execution: ExecutionId,
    /// The number.
    pub(crate) number: u64,
    /// What happened.
    pub(crate) body: EventBody,
}

/// Appends events of several executions whose numbers were reserved in the same transaction.
pub(crate) async fn append_lines(tx: &Tx, at: Timestamp, lines: Vec<Line>) -> Result<(), Error> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::with_capacity(lines.len());
    for line in lines {
        rows.push(events::ActiveModel {
            execution_id: Set(key(line.execution)),
            number: Set(i64::try_from(line.number).unwrap_or(i64::MAX)),
            workspace_id: Set(key(line.workspace)),
            at: Set(at.millis()),
            body: Set(to_json(&line.body)?),
        });
    }
    events::Entity::insert_many(rows).exec_without_returning(&tx.executor()).await?;
    Ok(())
}

/// Events after the given number, in order, at most `limit`.
pub async fn after(
    db: &impl Db,
    workspace: WorkspaceId,
    execution: ExecutionId,
    number: u64,
    limit: u32,
) -> Result<Vec<Event>, Error> {
    let sql = format!(
        "select number, at, body from events \
         where execution_id = $1 and number > $2 and workspace_id = $3 order by number limit {limit}"
    );
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    let rows = db::all(db, &sql, vec![key_value(execution), number.into(), key_value(workspace)]).await?;
    rows.iter().map(read).collect()
}

fn read(row: &QueryResult) -> Result<Event, Error> {
    let body: String = column(row, "body")?;
    Ok(Event {
        number: big("event number", column(row, "number")?)?,
        at: time(column(row, "at")?),
        body: from_json("event", &body)?,
    })
}
