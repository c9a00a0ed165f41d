//! Stopping one execution.

use domain::executions::ExecutionDetail;
use domain::ids::ExecutionId;
use domain::{Actor, Kind, Permission, Problem};
use serde_json::json;

use super::Executions;
use crate::Fault;
use crate::hub::News;

impl Executions<'_> {
    /// Asks for a stop. One that no worker holds ends at once, a running one within a second.
    pub async fn cancel(&self, actor: &Actor, execution: ExecutionId) -> Result<ExecutionDetail, Problem> {
        actor.require(Permission::ExecutionsWrite)?;
        let before = self.stored(actor, execution).await?;
        let (target, title) = (execution.to_string(), before.row.agent.title.as_str());
        let audit = crate::audit::row(self.0, actor, "execution.cancel", target, title, json!({}));
        let (workspace, by, now) = (actor.workspace, actor.name.clone(), self.0.now());
        let write = self.0.store().write(move |tx| {
            let (by, audit) = (by.clone(), audit.clone());
            Box::pin(async move {
                let after = storage::executions::request_cancel(tx, workspace, execution, &by, now).await?;
                if after.is_some() {
                    storage::audit::insert(tx, workspace, &audit).await?;
                }
                Ok(after)
            })
        });
        let after = write.await.or_internal("ask for a stop")?;
        if after.is_none() {
            let now = self.stored(actor, execution).await?;
            if now.row.status.is_final() {
                return Err(Problem::new(
                    Kind::AlreadyFinished,
                    format!("This execution has already ended: {}. Nothing was changed.", now.row.status),
                ));
            }
        }
        self.0.hub().tell(News::Cancel(execution));
        self.0.hub().tell(News::Execution(execution));
        self.detail(actor, execution).await
    }
}
