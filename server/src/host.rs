//! Putting a process together, serving until it is told to stop, and stopping well.

use std::future::Future;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use app::server_context::CookiePolicy;
use engine::{Engine, Options};
use outbound::chat::Provider;
use outbound::egress::Guard;
use secrecy::SecretString;
use services::crypto::{Keyring, check_master, install_jwt_provider};
use services::toolhouse::Upstream;
use services::{Services, Setup};
use storage::Store;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use toolhouse::Timeouts;
use url::Url;

use crate::config::Config;
use crate::limits::RateLimits;
use crate::listen;
use crate::router::router;
use crate::site::Site;
use crate::state::AppState;
use crate::system::{SystemClock, SystemEntropy};

/// How long the head of a request may take, and a connection may wait for its next one.
const HEAD_TIME: Duration = Duration::from_mins(1);
/// How long a request's body may take to arrive, beside what its size buys: 256 kbit/s are enough for any.
const BODY_TIME: Duration = Duration::from_secs(30);
/// How long a shutdown waits for open connections after executions were handed back.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Opens the database and puts the services together.
pub async fn services(config: &Config, simulator: Option<Url>) -> anyhow::Result<Services> {
    // Fails only when one is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    install_jwt_provider();
    let store = Store::open(&config.database_url).await?;
    let keyring = Keyring::parse(&config.master_key)?;
    check_master(&store, &keyring).await?;
    let mut upstream = Upstream::new(config.endpoints.clone(), Timeouts::default());
    upstream.key.clone_from(&config.toolhouse_key);
    upstream.simulator = simulator;
    upstream.guard = Guard::new(config.egress.clone());
    upstream.model = config.model_url.clone().map(|base| Provider {
        base,
        key: config.model_key.as_ref().map(|key| SecretString::from(key.expose())),
    });
    let services = Services::new(Setup {
        store,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        keyring,
        upstream,
        public_url: config.public_url.clone(),
    });
    services.toolhouse().note_environment_key().await?;
    Ok(services)
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Pages, the API and executions.
    Everything,
    /// Pages and the API; executions run in other processes.
    Pages,
    /// Executions only.
    Worker,
}

/// Works until `stop` is ready, then shuts down well. Roles need a database that is shared.
pub async fn serve(
    config: Config,
    role: Role,
    with_simulator: bool,
    out: &mut (dyn Write + Send),
    stop: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let simulator = if with_simulator || config.simulator {
        let journal = config.simulator_journal.clone();
        let options = simulator::Options { journal, ..simulator::Options::default() };
        Some(simulator::Simulator::start(options).await?)
    } else {
        None
    };
    let base = simulator.as_ref().map(|handle| Url::parse(&handle.base_url())).transpose()?;
    // Before anything is touched: the schema and the work of another server must stay as they are.
    let Some(_held) = Store::hold(&config.database_url).await? else {
        anyhow::bail!(
            "another Shopfloor serves this database: stop it first, or share a PostgreSQL by setting DATABASE_URL"
        );
    };
    let services = services(&config, base).await?;
    if role != Role::Everything && !services.store().is_shared() {
        anyhow::bail!(
            "several processes can share only PostgreSQL: set DATABASE_URL to one, or use `shopfloor serve` alone"
        );
    }
    let listener = match role {
        Role::Everything | Role::Pages => Some(TcpListener::bind(config.leptos.site_addr).await?),
        Role::Worker => None,
    };
    let stopping = CancellationToken::new();
    let tracker = TaskTracker::new();
    // News are carried until the engine has given everything back.
    let carrying = CancellationToken::new();
    tracker.spawn(services.clone().relay(carrying.clone()));
    let engine = match role {
        Role::Everything | Role::Worker => {
            let options = Options { workers: config.workers, ..Options::default() }.with_lease(config.lease);
            Some(Engine::start(services.clone(), options).await?)
        }
        Role::Pages => None,
    };
    let Some(listener) = listener else {
        writeln!(out, "Shopfloor {} runs executions and serves nothing", env!("CARGO_PKG_VERSION"))?;
        out.flush()?;
        stop.await;
        tracing::info!("stopping: handing executions back");
        return end(&services, engine, simulator, &carrying, &tracker).await;
    };
    let site = Site::new(&config.leptos);
    if !site.is_built() {
        tracing::warn!(
            "this binary carries no site and none is on disk: pages work without their script and style"
        );
    }
    let state = AppState {
        services: services.clone(),
        engine: engine.clone(),
        leptos: config.leptos.clone(),
        cookies: CookiePolicy { secure: config.public_url.starts_with("https:") },
        limits: Arc::new(RateLimits::default()),
        stop: stopping.clone(),
        kept: Arc::default(),
        site: Arc::new(site),
        body_time: BODY_TIME,
        ask_again: crate::live::ASK_AGAIN,
        trusted_proxies: config.trusted_proxies,
    };
    let limits = state.limits.clone();
    announce(&services, &config, listener.local_addr()?, simulator.is_some(), out).await?;
    let server = listen::serve(listener, router(state), HEAD_TIME, stopping.clone());
    tokio::pin!(server, stop);
    let mut tidy = tokio::time::interval(Duration::from_mins(1));
    loop {
        tokio::select! {
            () = &mut server => break,
            () = &mut stop => break,
            _ = tidy.tick() => limits.tidy(),
        }
    }
    tracing::info!("stopping: handing executions back and ending streams");
    stopping.cancel();
    if let Some(engine) = &engine {
        engine.shutdown().await;
    }
    if tokio::time::timeout(LAST_WORDS, &mut server).await.is_err() {
        tracing::warn!("some connections did not end in time");
    }
    end(&services, None, simulator, &carrying, &tracker).await
}

/// Stops what is left, last the database.
async fn end(
    services: &Services,
    engine: Option<Engine>,
    simulator: Option<simulator::Handle>,
    carrying: &CancellationToken,
    tracker: &TaskTracker,
) -> anyhow::Result<()> {
    if let Some(engine) = engine {
        engine.shutdown().await;
    }
    carrying.cancel();
    tracker.close();
    tracker.wait().await;
    if let Some(simulator) = simulator {
        simulator.shutdown().await;
    }
    services.store().clone().close().await?;
    tracing::info!("stopped");
    Ok(())
}

/// Says where the server is, how to begin, and what would surprise later.
async fn announce(
    services: &Services,
    config: &Config,
    address: SocketAddr,
    simulated: bool,
    out: &mut (dyn Write + Send),
) -> anyhow::Result<()> {
    writeln!(out, "Shopfloor {} listens on http://{address}", env!("CARGO_PKG_VERSION"))?;
    if simulated {
        writeln!(
            out,
            "The simulator answers where no Toolhouse key is connected; its results are labelled Simulated."
        )?;
    }
    if let Some(link) = services.accounts().setup_link().await? {
        writeln!(
            out,
            "Create the first account with this link, which works once within 24 hours:\n\n  {link}\n"
        )?;
    }
    if !address.ip().is_loopback() && config.public_url.starts_with("http:") {
        tracing::warn!(
            "people reach this server over plain HTTP; set SHOPFLOOR_PUBLIC_URL to its https address"
        );
    }
    out.flush()?;
    Ok(())
}
