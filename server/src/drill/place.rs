//! Where the drill happens: a scratch database, its keys, two agents and an API key.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use domain::accounts::AccountDraft;
use domain::agents::{AgentDraft, PublishDraft};
use domain::api_keys::ApiKeyDraft;
use domain::ids::AgentId;
use domain::secrets::SecretText;
use domain::workspaces::{Role, Workspace};
use domain::{Actor, Entropy as _};
use outbound::chat::Provider;
use services::crypto::{Keyring, check_master};
use services::toolhouse::Upstream;
use services::{Services, Setup};
use storage::Store;
use storage::scratch::Scratch;
use toolhouse::{Endpoints, Timeouts};
use url::Url;

use crate::system::{SystemClock, SystemEntropy};

/// The key that everybody here shows to the upstream.
pub const KEY: &str = "th-drill";
/// What the name of every scratch database contains.
pub const SCRATCH: &str = "shopfloor_drill_";
/// Seconds an execution may run in the drill.
const RUN_DEADLINE_S: &str = "120";

/// The scene.
#[derive(Debug)]
pub struct Place {
    /// A folder of its own, empty but for a SQLite database.
    pub folder: PathBuf,
    /// Address of the database.
    pub database: String,
    /// The master key.
    pub master: String,
    /// Reads what happened.
    pub services: Services,
    /// The tenant.
    pub workspace: Workspace,
    /// The API key the load is sent with.
    pub key: SecretText,
    /// The agent at Toolhouse.
    pub hosted: AgentId,
    /// The agent on a model.
    pub model: AgentId,
    scratch: Option<Scratch>,
}

fn random(bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    SystemEntropy.fill(&mut buffer);
    buffer.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

impl Place {
    /// Makes everything new. `postgres` is the address of a server, where a database of its own is made;
    /// `base` is that of the upstream.
    pub async fn make(postgres: Option<&str>, base: &str) -> anyhow::Result<Self> {
        // Fails only when one is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let name = format!("{SCRATCH}{}", random(8));
        let folder = std::env::temp_dir().join(&name);
        std::fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        let scratch = match postgres {
            Some(server) => Some(Scratch::create(server, &name).await.context("make a database")?),
            None => None,
        };
        let made = Self::furnish(&folder, scratch.clone(), base).await;
        if made.is_err() {
            // The reason for the failure matters more than what it leaves behind.
            let _ = std::fs::remove_dir_all(&folder);
            if let Some(scratch) = scratch {
                let _ = scratch.remove().await;
            }
        }
        made
    }

    async fn furnish(folder: &Path, scratch: Option<Scratch>, base: &str) -> anyhow::Result<Self> {
        let database = scratch
            .as_ref()
            .map_or_else(|| format!("sqlite://{}", folder.join("drill.db").display()), Scratch::address);
        let master = random(32);
        let services = services(&database, &master, base).await?;
        let (_, workspace) = services
            .accounts()
            .create_user(
                AccountDraft {
                    email: "drill@example.com".to_owned(),
                    name: "Drill".to_owned(),
                    password: SecretText::new(random(16)),
                },
                Role::Owner,
                None,
            )
            .await?;
        let actor = Actor::system(workspace.id);
        let key = ApiKeyDraft {
            name: "drill".to_owned(),
            scopes: [
                "agents:read",
                "executions:read",
                "executions:write",
                "payloads:read",
                "schedules:read",
                "schedules:write",
            ]
            .map(str::to_owned)
            .to_vec(),
            ..ApiKeyDraft::default()
        };
        let (_, key) = services.api_keys().create_from_command_line(&workspace.slug, key).await?;
        let hosted = agent(&services, &actor, "Drill hosted", "toolhouse").await?;
        let model = agent(&services, &actor, "Drill model", "model").await?;
        Ok(Self {
            folder: folder.to_path_buf(),
            database,
            master,
            services,
            workspace,
            key,
            hosted,
            model,
            scratch,
        })
    }

    /// Services of this process on the place's database, with an upstream.
    pub async fn services_with(&self, base: &str) -> anyhow::Result<Services> {
        services(&self.database, &self.master, base).await
    }

    /// Who reads in the end.
    pub fn actor(&self) -> Actor {
        Actor::system(self.workspace.id)
    }

    /// Removes the database and the folder.
    pub async fn remove(self) -> anyhow::Result<()> {
        self.services.store().clone().close().await?;
        if let Some(scratch) = self.scratch {
            scratch.remove().await.context("remove the database")?;
        }
        std::fs::remove_dir_all(&self.folder).with_context(|| format!("remove {}", self.folder.display()))
    }
}

async fn services(database: &str, master: &str, base: &str) -> anyhow::Result<Services> {
    let base = Url::parse(base).context("read the upstream's address")?;
    let mut upstream = Upstream::new(Endpoints::at(&base), Timeouts::default());
    upstream.key = Some(SecretText::new(KEY));
    upstream.model = Some(Provider { base: base.join("v1")?, key: None });
    let store = Store::open(database).await?;
    let keyring = Keyring::parse(&SecretText::new(master))?;
    check_master(&store, &keyring).await?;
    Ok(Services::new(Setup {
        store,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        keyring,
        upstream,
        public_url: "http://127.0.0.1".to_owned(),
    }))
}

async fn agent(services: &Services, actor: &Actor, title: &str, runtime: &str) -> anyhow::Result<AgentId> {
    let mut draft = AgentDraft {
        title: title.to_owned(),
        instructions: "Answer in one sentence.".to_owned(),
        runtime: runtime.to_owned(),
        model: if runtime == "model" { "simulator-small".to_owned() } else { String::new() },
        ..AgentDraft::default()
    };
    RUN_DEADLINE_S.clone_into(&mut draft.limits.run_deadline_s);
    "5".clone_into(&mut draft.limits.attempts);
    "100".clone_into(&mut draft.limits.retry_base_ms);
    "1000".clone_into(&mut draft.limits.retry_cap_ms);
    let agent = services.agents().create(actor, &draft).await?;
    services.agents().publish(actor, agent.id, &PublishDraft::default()).await?;
    Ok(agent.id)
}
