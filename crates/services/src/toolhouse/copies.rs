//! Copies of our agents at Toolhouse.
//!
//! A copy's id is made from what it holds. Pushing the same content twice is the same request with
//! the same effect, and different content never lands on the same id: so a draft or an older
//! version runs without touching what is published, and two people pressing two buttons at once
//! cannot make an execution run something it does not say. `docs/adr/0005-copies-by-content.md`.

use std::time::Duration;

use domain::agents::AgentConfig;
use domain::ids::{AgentId, WorkspaceId};
use domain::{Kind, Problem};
use serde_json::json;
use toolhouse::AgentRequest;
use uuid::Uuid;

use super::{Connection, Toolhouse, refusal};
use crate::Fault;
use crate::crypto::sha256;

/// How long an unused copy is kept.
const KEEP: Duration = Duration::from_hours(24);

/// Why there is no copy to run.
#[derive(Debug)]
pub enum CopyFault {
    /// The plan refuses private agents.
    PrivateRefused,
    /// Toolhouse refused or could not be reached.
    Upstream(toolhouse::Error),
    /// An error of ours, already logged.
    Internal(Problem),
}

impl From<CopyFault> for Problem {
    fn from(fault: CopyFault) -> Self {
        match fault {
            CopyFault::PrivateRefused => Self::new(
                Kind::ToolhousePrivateRefused,
                "Your Toolhouse plan does not allow private agents, and Shopfloor never makes one public. Choose another plan, or create the agent at Toolhouse yourself and give its id here.",
            ),
            CopyFault::Upstream(error) => {
                tracing::warn!(error = %error, "could not push an agent to Toolhouse");
                let problem = refusal(&error);
                // Here the key is not something the caller typed.
                if error.is_unauthorised() {
                    Self::new(
                        Kind::UpstreamRefused,
                        "Toolhouse refused the key. Replace it in Settings, then try again.",
                    )
                } else {
                    problem
                }
            }
            CopyFault::Internal(problem) => problem,
        }
    }
}

/// The id of the copy that holds this configuration: a version 8 UUID (RFC 9562) of its content.
fn copy_id(workspace: WorkspaceId, agent: AgentId, config: &AgentConfig) -> [u8; 16] {
    let content = json!([
        "shopfloor agent copy 1",
        workspace,
        agent,
        config.title,
        config.instructions,
        config.message,
        config.variables,
        config.model,
    ]);
    let digest = sha256(content.to_string().as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    id[6] = (id[6] & 0x0f) | 0x80;
    id[8] = (id[8] & 0x3f) | 0x80;
    id
}

impl Toolhouse<'_> {
    /// The Toolhouse agent that runs this configuration: the one it was given, or a private copy of
    /// ours, pushed if it is not there yet.
    pub async fn ensure_copy(
        &self,
        connection: &Connection,
        workspace: WorkspaceId,
        agent: AgentId,
        config: &AgentConfig,
    ) -> Result<[u8; 16], CopyFault> {
        if let Some(id) = config.toolhouse_agent_id.as_deref().and_then(|text| Uuid::parse_str(text).ok()) {
            return Ok(id.into_bytes());
        }
        let copy = copy_id(workspace, agent, config);
        if self.known(connection, workspace, copy).await.map_err(CopyFault::Internal)? {
            return Ok(copy);
        }
        self.push(connection, copy, config).await?;
        self.remember(connection, workspace, agent, copy).await.map_err(CopyFault::Internal)?;
        Ok(copy)
    }

    /// Forgets a copy that Toolhouse turned out not to have, so that the next run pushes it again.
    pub async fn forget_copy(
        &self,
        connection: &Connection,
        workspace: WorkspaceId,
        copy: [u8; 16],
    ) -> Result<(), Problem> {
        let tx = self.0.store().begin().await.or_internal("begin")?;
        storage::agents::remove_copy(&tx, workspace, &connection.fingerprint, copy)
            .await
            .or_internal("forget a copy")?;
        tx.commit().await.or_internal("commit")
    }

    async fn known(
        &self,
        connection: &Connection,
        workspace: WorkspaceId,
        copy: [u8; 16],
    ) -> Result<bool, Problem> {
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let known =
            storage::agents::use_copy(&tx, workspace, &connection.fingerprint, copy, self.0.now()).await;
        let known = known.or_internal("look for a copy")?;
        tx.commit().await.or_internal("commit")?;
        Ok(known)
    }

    async fn push(
        &self,
        connection: &Connection,
        copy: [u8; 16],
        config: &AgentConfig,
    ) -> Result<(), CopyFault> {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let request = AgentRequest {
            title: Some(config.title.clone()),
            prompt: text(&config.message),
            system_prompt: text(&config.instructions),
            vars: config.variables.clone(),
            model: config.model.clone(),
            ..AgentRequest::private(Uuid::from_bytes(copy))
        };
        connection.client.upsert_agent(&request).await.map(drop).map_err(|error| match &error {
            toolhouse::Error::Status { status: 400, detail, .. } if speaks_of_privacy(detail) => {
                CopyFault::PrivateRefused
            }
            _ => CopyFault::Upstream(error),
        })
    }

    async fn remember(
        &self,
        connection: &Connection,
        workspace: WorkspaceId,
        agent: AgentId,
        copy: [u8; 16],
    ) -> Result<(), Problem> {
        let tx = self.0.store().begin().await.or_internal("begin")?;
        storage::agents::add_copy(&tx, workspace, &connection.fingerprint, copy, agent, self.0.now())
            .await
            .or_internal("remember a copy")?;
        tx.commit().await.or_internal("commit")
    }

    /// Removes copies that nothing used for a day and that are not the published version, because
    /// plans count them. For upkeep; says how many it removed.
    pub async fn remove_unused_copies(&self) -> Result<u32, Problem> {
        let stale = storage::agents::stale_copies(self.0.store(), self.0.now().minus(KEEP))
            .await
            .or_internal("look for unused copies")?;
        let mut removed = 0;
        for (stale, fingerprint) in stale {
            let Ok(connection) = self.connection(stale.workspace).await else { continue };
            if connection.fingerprint != fingerprint {
                continue;
            }
            if self.is_published(stale.workspace, stale.agent, stale.copy).await? {
                self.known(&connection, stale.workspace, stale.copy).await?;
                continue;
            }
            let gone = connection.client.delete_agent(Uuid::from_bytes(stale.copy)).await;
            if gone.is_ok() || gone.as_ref().is_err_and(|error| error.status() == Some(404)) {
                self.forget_copy(&connection, stale.workspace, stale.copy).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    async fn is_published(
        &self,
        workspace: WorkspaceId,
        agent: AgentId,
        copy: [u8; 16],
    ) -> Result<bool, Problem> {
        let store = self.0.store();
        let Some(stored) =
            storage::agents::get(store, workspace, agent).await.or_internal("read an agent")?
        else {
            return Ok(false);
        };
        let Some(number) = stored.agent.published_version else { return Ok(false) };
        let version =
            storage::agents::version(store, workspace, agent, number).await.or_internal("read a version")?;
        Ok(stored.agent.archived_at.is_none()
            && version.is_some_and(|version| copy_id(workspace, agent, &version.config) == copy))
    }
}

/// The contract documents status 400 for a private agent on a plan without them, but no code; the
/// sentence is all there is to go by. Whole words, because an *explanation* is no *plan*.
fn speaks_of_privacy(detail: &str) -> bool {
    let detail = detail.to_lowercase();
    let mut words = detail.split(|c: char| !c.is_alphanumeric());
    words.any(|word| {
        matches!(word, "private" | "public" | "tier" | "tiers" | "plan" | "plans")
            || word.starts_with("visib")
    })
}

#[cfg(test)]
mod tests {
    use domain::ids::Id as _;

    use super::*;

    #[test]
    fn only_a_sentence_about_privacy_or_the_plan_is_taken_for_a_refusal_of_private_agents() {
        for detail in [
            "Private agents are not available on your plan",
            "private agents require a paid tier",
            "Agents must be PUBLIC on the free tier",
            "Upgrade to change an agent's visibility",
        ] {
            assert!(speaks_of_privacy(detail), "{detail}");
        }
        for detail in [
            "A prompt or a system prompt is required",
            "title: Input should be a valid string",
            "Unknown model",
            "no explanation was given",
            "the answer was an HTML page instead of an explanation",
            "",
        ] {
            assert!(!speaks_of_privacy(detail), "{detail}");
        }
    }

    #[test]
    fn different_content_never_shares_a_copy() {
        let (workspace, agent) = (WorkspaceId::from_bytes([1; 16]), AgentId::from_bytes([2; 16]));
        let config = domain::agents::TEMPLATES[0].draft().parse().expect("parses");
        let mut edited = config.clone();
        edited.instructions.push('.');
        let mut limited = config.clone();
        limited.limits.attempts = 1;
        assert_ne!(copy_id(workspace, agent, &config), copy_id(workspace, agent, &edited));
        assert_eq!(
            copy_id(workspace, agent, &config),
            copy_id(workspace, agent, &limited),
            "limits are ours alone"
        );
        assert_ne!(
            copy_id(workspace, agent, &config),
            copy_id(WorkspaceId::from_bytes([3; 16]), agent, &config)
        );
    }
}
