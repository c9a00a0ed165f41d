//! The next message of a conversation.

use domain::agents::{AgentConfig, Runtime};
use domain::executions::{ExecutionDetail, Input, Priority, Status, VersionChoice, parse_message};
use domain::ids::ExecutionId;
use domain::{Actor, Kind, Permission, Problem, text};
use serde_json::json;
use storage::executions::{NewExecution, Stored};

use super::Executions;
use super::start::{TITLE, trigger};
use crate::Fault;

impl Executions<'_> {
    /// Continues the conversation of a finished execution with another message.
    pub async fn follow_up(
        &self,
        actor: &Actor,
        execution: ExecutionId,
        message: &str,
    ) -> Result<ExecutionDetail, Problem> {
        actor.require(Permission::ExecutionsWrite)?;
        let message = parse_message(message).map_err(|text| Problem::field("message", text))?;
        let before = self.stored(actor, execution).await?;
        let config = self.config_of(actor, &before).await?;
        if before.row.status != Status::Succeeded {
            return Err(Problem::new(
                Kind::Conflict,
                format!(
                    "This execution is {}. A conversation goes on after an execution that succeeded.",
                    before.row.status
                ),
            ));
        }
        if config.runtime == Runtime::Toolhouse && before.remote_run.is_none() {
            return Err(Problem::new(
                Kind::Conflict,
                "Toolhouse gave this run no id, so it cannot be continued. Start a new one.",
            ));
        }
        let simulated = self.simulated(actor, config.runtime).await?;
        if simulated != before.row.simulated {
            return Err(Problem::new(
                Kind::Conflict,
                "This conversation was held with another Toolhouse account. Start a new one.",
            ));
        }
        let id: ExecutionId = self.0.id();
        let input = Input { message, vars: before.input.vars.clone() };
        let title = text::headline(&input.message, TITLE);
        let new = NewExecution {
            id,
            agent: before.row.agent.id,
            version: before.row.version,
            config: &config,
            input: &input,
            title: &title,
            trigger: trigger(actor),
            priority: Priority::Normal,
            by: &actor.name,
            simulated,
            rerun_of: None,
            cache: None,
            continues: Some(&before),
            at: self.0.now(),
        };
        let tx = self.0.store().begin().await.or_internal("begin")?;
        storage::executions::insert(&tx, actor.workspace, &new).await.or_internal("store an execution")?;
        let detail = json!({ "continues": execution });
        crate::audit::record(self.0, &tx, actor, "execution.start", id.to_string(), &config.title, detail)
            .await?;
        tx.commit().await.or_internal("commit")?;
        self.announce(&[id]);
        self.detail(actor, id).await
    }

    /// The configuration that an execution ran with.
    async fn config_of(&self, actor: &Actor, execution: &Stored) -> Result<AgentConfig, Problem> {
        if let Some(draft) = &execution.config {
            return Ok(draft.clone());
        }
        let choice = execution.row.version.map_or(VersionChoice::Published, VersionChoice::Number);
        Ok(self.choose(actor, execution.row.agent.id, choice).await?.1)
    }
}
