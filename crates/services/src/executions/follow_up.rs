//! The next message of a conversation.

use domain::agents::{AgentConfig, Runtime};
use domain::executions::{ExecutionDetail, Input, Priority, Status, VersionChoice, parse_message};
use domain::ids::ExecutionId;
use domain::{Actor, Kind, Permission, Problem};
use serde_json::json;
use storage::executions::Stored;

use super::once::Asked;
use super::start::{Prepared, Start, trigger};
use super::{Executions, Origin};

impl Executions<'_> {
    /// Continues the conversation of a finished execution with another message.
    pub async fn follow_up(
        &self,
        actor: &Actor,
        execution: ExecutionId,
        message: &str,
    ) -> Result<ExecutionDetail, Problem> {
        self.follow_up_once(actor, execution, message, None).await
    }

    /// The same; an idempotency key that comes again with the same message gives the first execution
    /// again.
    pub async fn follow_up_once(
        &self,
        actor: &Actor,
        execution: ExecutionId,
        message: &str,
        idempotency_key: Option<&str>,
    ) -> Result<ExecutionDetail, Problem> {
        actor.require(Permission::ExecutionsWrite)?;
        let message = parse_message(message).map_err(|text| Problem::field("message", text))?;
        let before = self.stored(actor, execution).await?;
        let request = json!(["continue", execution, message]);
        let key = match self.asked(actor, before.row.agent.id, idempotency_key, &request).await? {
            Asked::Before(first) => return self.detail(actor, first).await,
            Asked::New(key) => key,
        };
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
        let detail = json!({ "continues": execution });
        let audit =
            crate::audit::row(self.0, actor, "execution.start", id.to_string(), &config.title, detail);
        let (agent, version) = (before.row.agent.id, before.row.version);
        let start = Start {
            id,
            at: self.0.now(),
            workspace: actor.workspace,
            prepared: Prepared { agent, version, config, simulated },
            input,
            origin: Origin { trigger: trigger(actor), priority: Priority::Normal },
            by: actor.name.clone(),
            rerun_of: None,
            continues: Some(before),
            cache: None,
            key,
            audit,
        };
        self.store_once(actor, start).await
    }

    /// The configuration that an execution ran with, if its agent is still in use.
    async fn config_of(&self, actor: &Actor, execution: &Stored) -> Result<AgentConfig, Problem> {
        let agent = execution.row.agent.id;
        if let Some(draft) = &execution.config {
            self.choose(actor, agent, VersionChoice::Draft).await?;
            return Ok(draft.clone());
        }
        let choice = execution.row.version.map_or(VersionChoice::Published, VersionChoice::Number);
        Ok(self.choose(actor, agent, choice).await?.1)
    }
}
