//! Secrets of a workspace: set, looked at from outside, removed; the value never comes back out.

use std::time::Duration;

use domain::ids::WorkspaceId;
use domain::secrets::{NamedSecret, SecretStatus, SecretText};
use domain::{Actor, Permission, Problem};
use serde_json::json;
use storage::Tx;
use storage::secrets::Sealed;

use crate::crypto::SealedValue;
use crate::{Fault as _, Services, audit};

/// How often the last use is written.
const NOTED_EVERY: Duration = Duration::from_mins(1);
/// The longest value in bytes.
const MAX_BYTES: usize = 16 * 1024;
/// What the names of secrets for tools begin with; the server's own secrets are out of their reach.
const NAMED: &str = "tool:";

impl Services {
    /// Secrets of a workspace.
    pub fn secrets(&self) -> Secrets<'_> {
        Secrets(self)
    }
}

/// Secrets of a workspace.
#[derive(Debug, Clone, Copy)]
pub struct Secrets<'a>(pub(crate) &'a Services);

impl Secrets<'_> {
    /// Sets a secret, in place of an earlier value.
    pub async fn set(&self, actor: &Actor, name: &str, value: SecretText) -> Result<(), Problem> {
        actor.require(Permission::SettingsWrite)?;
        self.store(actor, name, value).await
    }

    /// Secrets that people set for tools, by name.
    pub async fn list_named(&self, actor: &Actor) -> Result<Vec<NamedSecret>, Problem> {
        actor.require(Permission::ToolsRead)?;
        let rows = storage::secrets::list(self.0.store(), actor.workspace, NAMED).await;
        Ok(rows
            .or_internal("list secrets")?
            .into_iter()
            .map(|sealed| NamedSecret {
                name: sealed.name[NAMED.len()..].to_owned(),
                set_at: sealed.updated_at,
                last_used_at: sealed.last_used_at,
            })
            .collect())
    }

    /// Sets a secret for tools, in place of an earlier value.
    pub async fn set_named(&self, actor: &Actor, name: &str, value: SecretText) -> Result<(), Problem> {
        actor.require(Permission::SecretsWrite)?;
        domain::secrets::name(name).map_err(|message| Problem::field("name", message))?;
        self.store(actor, &format!("{NAMED}{name}"), value).await
    }

    /// Removes a secret for tools.
    pub async fn remove_named(&self, actor: &Actor, name: &str) -> Result<(), Problem> {
        actor.require(Permission::SecretsWrite)?;
        self.forget(actor, &format!("{NAMED}{name}")).await
    }

    async fn store(&self, actor: &Actor, name: &str, value: SecretText) -> Result<(), Problem> {
        let tx = self.0.store().begin().await.or_internal("begin to set a secret")?;
        self.set_within(&tx, actor, name, value).await?;
        tx.commit().await.or_internal("set a secret")
    }

    /// Sets a secret together with what belongs to it. The caller checked that the actor may.
    pub(crate) async fn set_within(
        &self,
        tx: &Tx,
        actor: &Actor,
        name: &str,
        value: SecretText,
    ) -> Result<(), Problem> {
        let services = self.0;
        let name = domain::text::line(name, "name", 80).map_err(|message| Problem::field("name", message))?;
        if value.is_empty() || value.expose().len() > MAX_BYTES {
            return Err(Problem::field("value", format!("Give a value of at most {MAX_BYTES} bytes.")));
        }
        let earlier =
            storage::secrets::get(tx, actor.workspace, &name).await.or_internal("look up a secret")?;
        let now = services.now();
        let (id, created_at) =
            earlier.map_or_else(|| (services.id(), now), |earlier| (earlier.id, earlier.created_at));
        let SealedValue { nonce, ciphertext } = services
            .keyring()
            .seal(services.entropy(), actor.workspace, id, &value)
            .or_internal("encrypt a secret")?;
        let sealed = Sealed { id, name, nonce, ciphertext, created_at, updated_at: now, last_used_at: None };
        storage::secrets::set(tx, actor.workspace, &sealed).await.or_internal("store a secret")?;
        audit::record(services, tx, actor, "secret.set", id.to_string(), &sealed.name, json!({})).await
    }

    /// Whether a secret is set and when it was used. Any member may know.
    pub async fn status(&self, actor: &Actor, name: &str) -> Result<Option<SecretStatus>, Problem> {
        let found = storage::secrets::get(self.0.store(), actor.workspace, name).await;
        let found = found.or_internal("look up a secret")?;
        Ok(found.map(|sealed| SecretStatus { set_at: sealed.updated_at, last_used_at: sealed.last_used_at }))
    }

    /// Removes a secret.
    pub async fn remove(&self, actor: &Actor, name: &str) -> Result<(), Problem> {
        actor.require(Permission::SettingsWrite)?;
        self.forget(actor, name).await
    }

    async fn forget(&self, actor: &Actor, name: &str) -> Result<(), Problem> {
        let services = self.0;
        let tx = services.store().begin().await.or_internal("begin to remove a secret")?;
        let found =
            storage::secrets::get(&tx, actor.workspace, name).await.or_internal("look up a secret")?;
        let sealed = found.ok_or_else(|| Problem::not_found("secret"))?;
        storage::secrets::remove(&tx, actor.workspace, name).await.or_internal("remove a secret")?;
        audit::record(services, &tx, actor, "secret.remove", sealed.id.to_string(), &sealed.name, json!({}))
            .await?;
        tx.commit().await.or_internal("remove a secret")
    }

    /// A secret that people set for tools, by the name they gave it.
    pub(crate) async fn named(
        &self,
        workspace: WorkspaceId,
        name: &str,
    ) -> Result<Option<SecretText>, Problem> {
        self.reveal(workspace, &format!("{NAMED}{name}")).await
    }

    /// The value, for code that uses it on behalf of the workspace. Notes the use.
    pub(crate) async fn reveal(
        &self,
        workspace: WorkspaceId,
        name: &str,
    ) -> Result<Option<SecretText>, Problem> {
        let services = self.0;
        let found =
            storage::secrets::get(services.store(), workspace, name).await.or_internal("look up a secret")?;
        let Some(sealed) = found else { return Ok(None) };
        let value = SealedValue { nonce: sealed.nonce, ciphertext: sealed.ciphertext };
        let plain = services.keyring().open(workspace, sealed.id, &value).or_internal("decrypt a secret")?;
        let now = services.now();
        if sealed.last_used_at.is_none_or(|last| last.plus(NOTED_EVERY) <= now) {
            let noted = async {
                let tx = services.store().begin().await?;
                storage::secrets::touch(&tx, workspace, sealed.id, now).await?;
                tx.commit().await
            };
            noted.await.log_and_continue("note the use of a secret");
        }
        Ok(Some(plain))
    }
}
