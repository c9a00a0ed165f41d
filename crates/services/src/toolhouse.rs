//! The connection to Toolhouse: whose key is used, whether the simulator answers, and the copies of
//! agents that are kept there.
//!
//! A workspace's own key comes first, then the server's. Without either the simulator answers, but
//! only where it was chosen and where no real key was ever connected: a lost key must never turn
//! into simulated successes. For the runtime `model` it also keeps silent where a real provider was
//! ever configured. Base addresses come from the server's configuration alone, so nobody
//! can send a key elsewhere from a page.

mod copies;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use domain::ids::WorkspaceId;
use domain::secrets::SecretText;
use domain::toolhouse::ConnectionStatus;
use domain::{Actor, Kind, Permission, Problem};
use outbound::chat::Provider;
use outbound::egress::Guard;
use secrecy::SecretString;
use toolhouse::{Client, Endpoints, Timeouts};
use url::Url;

use crate::crypto::sha256;
use crate::{Fault, Services};

pub use copies::CopyFault;

/// Name of the secret that holds a workspace's key.
const KEY: &str = "toolhouse_key";
/// Setting (and instance value) that remembers that a real key was once connected.
const ONCE: &str = "toolhouse_connected_once";
/// Instance value that remembers that a real model provider was once configured.
const MODEL_ONCE: &str = "model_connected_once";
/// The key that the simulator accepts.
const SIMULATOR_KEY: &str = "th-simulator";

/// Where the upstreams are and who pays, as configured for this process.
#[derive(Clone)]
pub struct Upstream {
    /// Toolhouse's addresses.
    pub endpoints: Endpoints,
    /// Time limits of calls to Toolhouse.
    pub timeouts: Timeouts,
    /// The server's own key.
    pub key: Option<SecretText>,
    /// Address of the simulator, where it was chosen.
    pub simulator: Option<Url>,
    /// The provider of the runtime `model`.
    pub model: Option<Provider>,
    /// Sends requests to addresses that people typed.
    pub guard: Guard,
    clients: Arc<Mutex<BTreeMap<String, Client>>>,
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream").field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}

impl Upstream {
    /// Real addresses, no key, no simulator, no model.
    pub fn new(endpoints: Endpoints, timeouts: Timeouts) -> Self {
        Self {
            endpoints,
            timeouts,
            key: None,
            simulator: None,
            model: None,
            guard: Guard::default(),
            clients: Arc::default(),
        }
    }
}

/// Somebody who answers for the runtime `toolhouse`.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Speaks to them.
    pub client: Client,
    /// True when it is the simulator.
    pub simulated: bool,
    /// Tells accounts apart without showing the key.
    pub fingerprint: String,
}

/// Somebody who answers for the runtime `model`.
#[derive(Debug, Clone)]
pub struct ModelConnection {
    /// Where.
    pub provider: Provider,
    /// True when it is the simulator.
    pub simulated: bool,
}

/// Operations on the connection.
#[derive(Debug, Clone, Copy)]
pub struct Toolhouse<'a>(pub(crate) &'a Services);

impl Services {
    /// The connection to Toolhouse.
    pub fn toolhouse(&self) -> Toolhouse<'_> {
        Toolhouse(self)
    }
}

impl Toolhouse<'_> {
    /// Who answers for the workspace.
    pub async fn status(&self, actor: &Actor) -> Result<ConnectionStatus, Problem> {
        actor.require(Permission::AgentsRead)?;
        let setting = storage::settings::get(self.0.store(), actor.workspace, "toolhouse_tier").await;
        let tier = setting.or_internal("read the Toolhouse plan")?;
        let own = storage::secrets::get(self.0.store(), actor.workspace, KEY)
            .await
            .or_internal("look for a key")?;
        Ok(match (own, &self.0.upstream().key) {
            (Some(secret), _) => {
                ConnectionStatus::Connected { from_environment: false, tier, set_at: Some(secret.updated_at) }
            }
            (None, Some(_)) => {
                ConnectionStatus::Connected { from_environment: true, tier: None, set_at: None }
            }
            (None, None) if self.may_simulate(actor.workspace).await? => ConnectionStatus::Simulated,
            (None, None) => ConnectionStatus::NotConnected,
        })
    }

    /// Connects the workspace with a key of its own, after Toolhouse accepted it.
    pub async fn connect(&self, actor: &Actor, key: SecretText) -> Result<(), Problem> {
        actor.require(Permission::SettingsWrite)?;
        let key = SecretText::new(key.expose().trim());
        if !key.expose().starts_with("th-") || key.expose().len() > 512 {
            return Err(Problem::field("key", "Paste a Toolhouse key. It begins with th-."));
        }
        let client = self.client(&key, &self.0.upstream().endpoints)?;
        let me = client.me().await.map_err(|error| refusal(&error))?;
        let tier = me.tier;
        // The key and the mark that it was here are one: with the key alone, losing it would simulate.
        let tx = self.0.store().begin().await.or_internal("begin")?;
        self.0.secrets().set_within(&tx, actor, KEY, key).await?;
        for (name, value) in [(ONCE, "true"), ("toolhouse_tier", tier.as_str())] {
            storage::settings::set(&tx, actor.workspace, name, value, self.0.now(), &actor.name)
                .await
                .or_internal("remember the connection")?;
        }
        crate::audit::record(
            self.0,
            &tx,
            actor,
            "toolhouse.connect",
            actor.workspace.to_string(),
            "Toolhouse",
            serde_json::json!({ "tier": tier }),
        )
        .await?;
        tx.commit().await.or_internal("commit")
    }

    /// Forgets the workspace's key.
    pub async fn disconnect(&self, actor: &Actor) -> Result<(), Problem> {
        actor.require(Permission::SettingsWrite)?;
        match self.0.secrets().remove(actor, KEY).await {
            Err(problem) if problem.kind == Kind::NotFound => Err(self.nothing_to_forget()),
            forgotten => forgotten,
        }
    }

    fn nothing_to_forget(self) -> Problem {
        let message = match self.0.upstream().key {
            Some(_) => {
                "This workspace has no key of its own. The server's key comes from TOOLHOUSE_API_KEY; take it out there and start the server again."
            }
            None => "This workspace has no Toolhouse key, so there is nothing to disconnect.",
        };
        Problem::new(Kind::ToolhouseNotConnected, message)
    }

    /// Remembers that this server was started with a real key or a real model provider.
    pub async fn note_environment_key(&self) -> Result<(), Problem> {
        let upstream = self.0.upstream();
        for (name, real) in [(ONCE, upstream.key.is_some()), (MODEL_ONCE, upstream.model.is_some())] {
            if !real || self.once(name).await? {
                continue;
            }
            let tx = self.0.store().begin().await.or_internal("begin")?;
            storage::instance::set_once(&tx, name, "true").await.or_internal("remember an upstream")?;
            tx.commit().await.or_internal("commit")?;
        }
        Ok(())
    }

    /// Whether the instance remembers something.
    async fn once(&self, name: &str) -> Result<bool, Problem> {
        let found = storage::instance::get(self.0.store(), name).await;
        Ok(found.or_internal("read the instance")?.is_some())
    }

    /// Who answers the runtime `toolhouse` for a workspace. For operations and the engine; access
    /// was checked where the execution was started.
    pub async fn connection(&self, workspace: WorkspaceId) -> Result<Connection, Problem> {
        let own = self.0.secrets().reveal(workspace, KEY).await?;
        if let Some(key) = own.or_else(|| self.0.upstream().key.clone()) {
            let client = self.client(&key, &self.0.upstream().endpoints)?;
            return Ok(Connection { client, simulated: false, fingerprint: self.fingerprint(&key) });
        }
        match &self.0.upstream().simulator {
            Some(base) if self.may_simulate(workspace).await? => {
                let key = SecretText::new(SIMULATOR_KEY);
                let client = self.client(&key, &Endpoints::at(base))?;
                // A simulator forgets its agents when it stops, so its address is part of the name.
                Ok(Connection { client, simulated: true, fingerprint: format!("simulator {base}") })
            }
            _ => Err(Problem::new(
                Kind::ToolhouseNotConnected,
                "Toolhouse is not connected. Add a key in Settings, or ask an admin of the workspace to do it.",
            )),
        }
    }

    /// Who answers the runtime `model` for a workspace.
    pub async fn model(&self, workspace: WorkspaceId) -> Result<ModelConnection, Problem> {
        if let Some(provider) = &self.0.upstream().model {
            return Ok(ModelConnection { provider: provider.clone(), simulated: false });
        }
        let simulator = self.0.upstream().simulator.as_ref().and_then(|base| base.join("v1").ok());
        match simulator {
            Some(base) if !self.once(MODEL_ONCE).await? && self.may_simulate(workspace).await? => {
                let key = Some(SecretString::from(SIMULATOR_KEY));
                Ok(ModelConnection { provider: Provider { base, key }, simulated: true })
            }
            _ => Err(Problem::new(
                Kind::Conflict,
                "No model provider is configured. Set SHOPFLOOR_MODEL_URL on the server, or choose the runtime toolhouse.",
            )),
        }
    }

    /// The simulator was chosen, and no real key was ever connected here.
    async fn may_simulate(&self, workspace: WorkspaceId) -> Result<bool, Problem> {
        if self.0.upstream().simulator.is_none() {
            return Ok(false);
        }
        let here =
            storage::settings::get(self.0.store(), workspace, ONCE).await.or_internal("read a setting")?;
        Ok(here.is_none() && !self.once(ONCE).await?)
    }

    fn fingerprint(self, key: &SecretText) -> String {
        let digest = sha256(format!("{}\n{}", self.0.upstream().endpoints.api, key.expose()).as_bytes());
        hex(&digest[..12])
    }

    /// A client for the key; made once per key and address.
    fn client(self, key: &SecretText, endpoints: &Endpoints) -> Result<Client, Problem> {
        let upstream = self.0.upstream();
        let name = format!("{} {}", endpoints.api, self.fingerprint(key));
        let mut clients = upstream.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&name) {
            return Ok(client.clone());
        }
        let secret = SecretString::from(key.expose());
        let client = Client::new(endpoints.clone(), secret, upstream.timeouts)
            .or_internal("make a Toolhouse client")?;
        clients.insert(name, client.clone());
        Ok(client)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |text, byte| text + &format!("{byte:02x}"))
}

/// A refusal of Toolhouse as a caller sees it.
pub(crate) fn refusal(error: &toolhouse::Error) -> Problem {
    if error.is_unauthorised() {
        return Problem::field(
            "key",
            "Toolhouse does not accept this key. Check it in your Toolhouse account.",
        );
    }
    let wait = error.retry_after().map(|wait| wait.as_secs().max(1));
    match (error.status(), error) {
        (Some(408 | 425 | 429 | 503), _) => Problem {
            retry_after_s: wait,
            ..Problem::new(
                Kind::UpstreamBusy,
                "Toolhouse is busy and asks to slow down. Try again in a minute.",
            )
        },
        (Some(504), _) | (None, toolhouse::Error::Silence { .. } | toolhouse::Error::Deadline { .. }) => {
            Problem::new(Kind::UpstreamTimeout, "Toolhouse did not answer in time. Try again in a minute.")
        }
        (Some(status), _) => Problem::new(
            Kind::UpstreamRefused,
            format!("Toolhouse answered with the error {status}. Try again in a minute."),
        ),
        (None, toolhouse::Error::Decode { .. } | toolhouse::Error::TooLarge { .. }) => Problem::new(
            Kind::UpstreamRefused,
            "Toolhouse answered something that could not be understood. Check TOOLHOUSE_API_URL, then try again.",
        ),
        (None, _) => Problem::new(
            Kind::UpstreamUnreachable,
            "Toolhouse cannot be reached from this server. Check the network and TOOLHOUSE_API_URL, then try again.",
        ),
    }
}
