//! API keys: what machines sign in with.
//!
//! A token is `sf_`, the key's id and 256 random bits. It is shown once; stored is its SHA-256.
//! Nobody gives a key rights they lack, and a key gives no later end and no
//! higher limit than its own.

use std::time::Duration;

use domain::access::{Grants, Principal};
use domain::api_keys::{ApiKey, ApiKeyDraft, NewApiKey};
use domain::ids::{ApiKeyId, Id as _};
use domain::secrets::SecretText;
use domain::{Actor, Kind, Permission, Problem, Timestamp};
use serde_json::json;
use storage::api_keys::StoredKey;
use subtle::ConstantTimeEq as _;

use crate::accounts::Origin;
use crate::hub::News;
use crate::{Fault as _, Services, audit, crypto};

/// How often the last use is written.
const NOTED_EVERY: Duration = Duration::from_mins(1);
/// How much of a token is kept to recognise it by: the part of its id that tells its time.
const SHOWN: usize = 16;

impl Services {
    /// API keys of a workspace.
    pub fn api_keys(&self) -> ApiKeys<'_> {
        ApiKeys(self)
    }
}

/// API keys of a workspace.
#[derive(Debug, Clone, Copy)]
pub struct ApiKeys<'a>(pub(crate) &'a Services);

impl ApiKeys<'_> {
    /// Makes a key. The token is in the answer and nowhere else.
    pub async fn create(&self, actor: &Actor, draft: ApiKeyDraft) -> Result<(ApiKey, SecretText), Problem> {
        let services = self.0;
        let new = draft.parse()?;
        actor.require(Permission::KeysWrite)?;
        check_grants(actor, &new.grants)?;
        let now = services.now();
        let expires_at = new.life.map(|life| now.plus(life));

        let tx = services.store().begin().await.or_internal("begin to make a key")?;
        if let Principal::Key { key } = actor.principal {
            let own = storage::api_keys::get(&tx, actor.workspace, key).await.or_internal("look up a key")?;
            let own = own.ok_or_else(refuse)?;
            check_end(own.expires_at, expires_at)?;
            check_limit(own.requests_per_minute, new.requests_per_minute)?;
        }
        let (api_key, token) = self.draw(actor, new, now, expires_at);
        let hash = crypto::sha256(token.expose().as_bytes());
        storage::api_keys::insert(&tx, actor.workspace, &api_key, &hash).await.or_internal("store a key")?;
        let detail = json!({ "scopes": api_key.scopes, "expires_at": api_key.expires_at });
        audit::record(services, &tx, actor, "api_key.create", api_key.id.to_string(), &api_key.name, detail)
            .await?;
        tx.commit().await.or_internal("make a key")?;
        Ok((api_key, token))
    }

    /// Makes a key in the workspace with the given slug. For the command line.
    pub async fn create_from_command_line(
        &self,
        workspace_slug: &str,
        draft: ApiKeyDraft,
    ) -> Result<(ApiKey, SecretText), Problem> {
        let workspace = self.0.workspaces().get(workspace_slug).await?;
        self.create(&Actor::system(workspace.id), draft).await
    }

    /// A workspace's keys, revoked ones too, newest first.
    pub async fn list(&self, actor: &Actor) -> Result<Vec<ApiKey>, Problem> {
        actor.require(Permission::KeysWrite)?;
        storage::api_keys::list(self.0.store(), actor.workspace).await.or_internal("list keys")
    }

    /// Revokes a key; it stops working with its next request.
    pub async fn revoke(&self, actor: &Actor, key: ApiKeyId) -> Result<(), Problem> {
        let services = self.0;
        actor.require(Permission::KeysWrite)?;
        let tx = services.store().begin().await.or_internal("begin to revoke a key")?;
        let found = storage::api_keys::get(&tx, actor.workspace, key).await.or_internal("look up a key")?;
        let found = found.ok_or_else(|| Problem::not_found("API key"))?;
        let revoked = storage::api_keys::revoke(&tx, actor.workspace, key, services.now()).await;
        if revoked.or_internal("revoke a key")? {
            audit::record(services, &tx, actor, "api_key.revoke", key.to_string(), &found.name, json!({}))
                .await?;
            tx.commit().await.or_internal("revoke a key")?;
            services.hub().tell(News::AccessChanged(actor.workspace));
        }
        Ok(())
    }

    /// Who holds a token, and how many requests a minute the key allows.
    pub async fn authenticate(&self, token: &str, origin: &Origin) -> Result<(Actor, Option<u32>), Problem> {
        let services = self.0;
        let named = named(token).ok_or_else(refuse)?;
        let found =
            storage::api_keys::for_token(services.store(), named).await.or_internal("look up a key")?;
        let StoredKey { workspace, hash, shown } = found.ok_or_else(refuse)?;
        if !bool::from(hash.as_slice().ct_eq(crypto::sha256(token.as_bytes()).as_slice()))
            || shown.revoked_at.is_some()
        {
            return Err(refuse());
        }
        let now = services.now();
        if shown.expires_at.is_some_and(|end| end <= now) {
            return Err(Problem::new(Kind::ExpiredToken, "This API key has expired. Use a newer one."));
        }
        if shown.last_used_at.is_none_or(|last| last.plus(NOTED_EVERY) <= now) {
            let noted = async {
                let tx = services.store().begin().await?;
                storage::api_keys::touch(&tx, workspace, shown.id, now).await?;
                tx.commit().await
            };
            noted.await.log_and_continue("note the use of a key");
        }
        let mut actor = Actor {
            workspace,
            principal: Principal::Key { key: shown.id },
            name: shown.name,
            grants: Grants::of_scopes(shown.scopes),
            address: None,
            request_id: None,
        };
        origin.mark(&mut actor);
        Ok((actor, shown.requests_per_minute))
    }

    /// The key and its token.
    fn draw(
        self,
        actor: &Actor,
        new: NewApiKey,
        now: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> (ApiKey, SecretText) {
        let services = self.0;
        let id: ApiKeyId = services.id();
        let random = crypto::random_text(services.entropy());
        let token = format!("sf_{}_{random}", domain::ids::encode(id.bytes()));
        let api_key = ApiKey {
            id,
            name: new.name,
            prefix: token.chars().take(SHOWN).collect(),
            scopes: new.grants.scopes().collect(),
            requests_per_minute: new.requests_per_minute,
            created_by: actor.name.clone(),
            created_at: now,
            expires_at,
            last_used_at: None,
            revoked_at: None,
        };
        (api_key, SecretText::new(token))
    }
}

/// The id inside a token.
fn named(token: &str) -> Option<ApiKeyId> {
    let (id, random) = token.strip_prefix("sf_")?.split_once('_')?;
    let bytes = domain::ids::decode(id)?;
    (random.len() == 43).then(|| ApiKeyId::from_bytes(bytes))
}

fn check_grants(actor: &Actor, wanted: &Grants) -> Result<(), Problem> {
    let lacking: Vec<&str> = wanted.scopes().filter(|p| !actor.may(*p)).map(Permission::scope).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let message =
        format!("A key cannot have rights its maker lacks: {}. Leave them out.", lacking.join(", "));
    Err(Problem::new(Kind::Forbidden, message))
}

fn check_end(own: Option<Timestamp>, wanted: Option<Timestamp>) -> Result<(), Problem> {
    match (own, wanted) {
        (Some(own), None) => Err(own),
        (Some(own), Some(wanted)) if wanted > own => Err(own),
        _ => Ok(()),
    }
    .map_err(|own| {
        let message =
            format!("A key made by a key ends no later than its maker, at {own}. Choose a shorter life.");
        Problem { kind: Kind::Forbidden, ..Problem::field("expires_in_days", message) }
    })
}

fn check_limit(own: Option<u32>, wanted: Option<u32>) -> Result<(), Problem> {
    let Some(own) = own.filter(|own| wanted.is_none_or(|wanted| wanted > *own)) else { return Ok(()) };
    let message = format!(
        "A key made by a key has no higher limit than its maker: at most {own} requests per minute. Give such a limit."
    );
    Err(Problem { kind: Kind::Forbidden, ..Problem::field("requests_per_minute", message) })
}

fn refuse() -> Problem {
    Problem::new(
        Kind::InvalidToken,
        "This API key is not valid. Check that it is complete and was not revoked.",
    )
}
