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
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let after =
            storage::executions::request_cancel(&tx, actor.workspace, execution, &actor.name, self.0.now())
                .await
                .or_internal("ask for a stop")?;
        if after.is_some() {
            let title = before.row.agent.title.as_str();
            let target = execution.to_string();
            crate::audit::record(self.0, &tx, actor, "execution.cancel", target, title, json!({})).await?;
        }
        tx.commit().await.or_internal("commit")?;
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
