//! Asking for a stop.

use domain::Timestamp;
use domain::events::EventBody;
use domain::executions::{Reason, Status};
use domain::ids::{ExecutionId, WorkspaceId};

use crate::row::{big, column, key_value, word};
use crate::{Error, Tx, db, events};

/// Asks for a stop. A queued or waiting execution ends at once; a running one is asked. Gives the state
/// after, or nothing when it had already ended or was asked before.
pub async fn request_cancel(
    tx: &Tx,
    workspace: WorkspaceId,
    execution: ExecutionId,
    by: &str,
    at: Timestamp,
) -> Result<Option<Status>, Error> {
    let sql = "update executions set cancel_requested_at = coalesce(cancel_requested_at, $1), \
         cancelled_by = coalesce(cancelled_by, $2), \
         reason = case when status in ('queued', 'waiting') then 'cancelled_by' else reason end, \
         message = case when status in ('queued', 'waiting') then $3 else message end, \
         finished_at = case when status in ('queued', 'waiting') then $1 else finished_at end, \
         last_event = last_event + case when status in ('queued', 'waiting') then 2 else 1 end, \
         fence = fence + case when status in ('queued', 'waiting') then 1 else 0 end, \
         not_before = null, waiting_until = null, \
         status = case when status in ('queued', 'waiting') then 'cancelled' else status end \
         where workspace_id = $4 and id = $5 and status in ('queued', 'running', 'waiting') \
         and cancel_requested_at is null \
         returning status, last_event";
    let message = format!("Cancelled by {by}.");
    let values = vec![
        at.millis().into(),
        by.into(),
        message.clone().into(),
        key_value(workspace),
        key_value(execution),
    ];
    let Some(row) = db::one(tx, sql, values).await? else { return Ok(None) };
    let status: Status = word("status", &column::<String>(&row, "status")?)?;
    let last = big("event number", column(&row, "last_event")?)?;
    let mut bodies = vec![EventBody::CancelRequested { by: by.to_owned() }];
    if status.is_final() {
        close(tx, workspace, execution, at).await?;
        bodies.push(EventBody::Finished {
            status,
            reason: Some(Reason::CancelledBy),
            message: Some(message),
        });
    }
    events::append(tx, workspace, execution, last, at, &bodies).await?;
    Ok(Some(status))
}

/// Closes what was open between attempts: a question, a step that was handed back.
async fn close(tx: &Tx, workspace: WorkspaceId, execution: ExecutionId, at: Timestamp) -> Result<(), Error> {
    let values = || vec![at.millis().into(), key_value(workspace), key_value(execution)];
    let sql = "update steps set state = 'failed', finished_at = $1 \
         where workspace_id = $2 and execution_id = $3 and state = 'started'";
    db::execute(tx, sql, values()).await?;
    let sql = "update approvals set outcome = 'withdrawn', closed_at = $1 \
         where workspace_id = $2 and execution_id = $3 and closed_at is null";
    db::execute(tx, sql, values()).await.map(drop)
}
