//! A whole server with a database of its own, people, keys and agents to ask about.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use app::server_context::CookiePolicy;
use axum::Router;
use domain::accounts::AccountDraft;
use domain::api_keys::ApiKeyDraft;
use domain::ids::WorkspaceId;
use domain::secrets::SecretText;
use domain::workspaces::Role;
use domain::{Actor, Clock, Entropy, Permission, Timestamp};
use engine::Engine;
use leptos::config::LeptosOptions;
use outbound::egress::{Allowed, Guard};
use serde_json::{Value, json};
use server::limits::RateLimits;
use server::router::router;
use server::site::Site;
use server::state::AppState;
use services::accounts::{Origin, SignedIn, Stay};
use services::crypto::{Keyring, install_jwt_provider};
use services::toolhouse::Upstream;
use services::{Services, Setup};
use simulator::Simulator;
use storage::Store;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use toolhouse::{Endpoints, Timeouts};
use url::Url;

use super::scratch::Scratch;
use super::support::Ask;

pub(crate) const URL: &str = "http://127.0.0.1:3000";
pub(crate) const PASSWORD: &str = "correct horse battery";
/// Stands in everything of the workspace `home` that nobody else may see.
pub(crate) const MARK: &str = "Zugspitze";

/// A clock that begins at a fixed moment, goes on with the test, can be put forward, and can break.
#[derive(Debug)]
pub(crate) struct TestClock {
    begin: tokio::time::Instant,
    ahead_ms: AtomicU64,
    broken: AtomicBool,
}

impl TestClock {
    pub(crate) fn advance(&self, span: Duration) {
        self.ahead_ms.fetch_add(u64::try_from(span.as_millis()).expect("a short span"), Ordering::SeqCst);
    }

    /// From now on, looking at the clock panics.
    pub(crate) fn break_down(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        assert!(!self.broken.load(Ordering::SeqCst), "the clock is broken");
        let ahead = Duration::from_millis(self.ahead_ms.load(Ordering::SeqCst));
        Timestamp::from_millis(1_800_000_000_000).plus(self.begin.elapsed() + ahead)
    }
}

/// Different bytes each time, the same in every run.
struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let number = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            chunk.copy_from_slice(&number.to_be_bytes()[..chunk.len()]);
        }
    }
}

/// The server and what is around it.
pub(crate) struct Shop {
    pub(crate) services: Services,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) stop: CancellationToken,
    app: Router,
    engine: Option<Engine>,
    _simulators: Vec<simulator::Handle>,
    upstream: Upstream,
    scratch: Scratch,
}

impl Shop {
    /// With workers and a simulator that answers at once, and nobody in it.
    pub(crate) async fn empty() -> Self {
        let simulator = Simulator::start(simulator::Options::instant()).await.expect("simulator");
        let base = Url::parse(&simulator.base_url()).expect("address");
        Self::build(Endpoints::default(), base, vec![simulator]).await
    }

    /// With the workspace `home`, its owner, and beside the simulator another one in Toolhouse's own
    /// place, so that a key can be connected.
    pub(crate) async fn with_toolhouse(options: simulator::Options) -> Self {
        let simulator = Simulator::start(simulator::Options::instant()).await.expect("simulator");
        let base = Url::parse(&simulator.base_url()).expect("address");
        let real = Simulator::start(options).await.expect("simulator");
        let endpoints = Endpoints::at(&Url::parse(&real.base_url()).expect("address"));
        let shop = Self::build(endpoints, base, vec![simulator, real]).await;
        shop.add("owner@example.com", Role::Owner, "home").await;
        shop
    }

    /// With the workspace `home` and its owner.
    pub(crate) async fn furnished() -> Self {
        let shop = Self::empty().await;
        shop.add("owner@example.com", Role::Owner, "home").await;
        shop
    }

    /// The same, but nobody answers where Toolhouse should be.
    pub(crate) async fn cut_off() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = Url::parse(&format!("http://{}", free.local_addr().expect("address"))).expect("address");
        drop(free);
        let shop = Self::build(Endpoints::default(), base, Vec::new()).await;
        shop.add("owner@example.com", Role::Owner, "home").await;
        shop
    }

    async fn build(endpoints: Endpoints, simulator_at: Url, simulators: Vec<simulator::Handle>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        install_jwt_provider();
        let scratch = Scratch::new().await;
        let store = scratch.open().await;
        let timeouts = Timeouts { first_byte: Duration::from_secs(5), ..Timeouts::default() };
        let mut upstream = Upstream::new(endpoints, timeouts);
        upstream.simulator = Some(simulator_at);
        upstream.guard = Guard::new(Allowed::parse("127.0.0.1").expect("an address"));
        let clock = Arc::new(TestClock {
            begin: tokio::time::Instant::now(),
            ahead_ms: AtomicU64::new(0),
            broken: AtomicBool::new(false),
        });
        let services = services(store, &clock, &upstream, 7);
        let engine = Engine::start(services.clone(), quick()).await.expect("engine");
        let stop = CancellationToken::new();
        let app = door(&services, Some(engine.clone()), &stop);
        Self { services, clock, stop, app, engine: Some(engine), upstream, scratch, _simulators: simulators }
    }

    /// The door of another process on the same database, which has no workers: it hears of what happens as
    /// processes do.
    pub(crate) async fn other_door(&self) -> Router {
        let other = services(self.scratch.open().await, &self.clock, &self.upstream, 1_000_003);
        let relays = TaskTracker::new();
        for services in [&self.services, &other] {
            relays.spawn(services.clone().relay(self.stop.clone()));
        }
        door(&other, None, &self.stop)
    }

    pub(crate) fn ask(&self, method: &str, path: &str) -> Ask {
        Ask::new(self.app.clone(), method, path)
    }

    /// Serves on a port of its own until [`Shop::stop`], for tests that speak below HTTP.
    pub(crate) async fn listen(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let head_time = Duration::from_millis(400);
        let serving = server::listen::serve(listener, self.app.clone(), head_time, self.stop.clone());
        TaskTracker::new().spawn(serving);
        address
    }

    /// Calls a server function with a form, as somebody or nobody.
    pub(crate) fn call(&self, function: &str, who: Option<&Visitor>, form: &str) -> Ask {
        let ask = self.ask("POST", &format!("/fn/{function}")).form(form);
        match who {
            Some(who) => ask.cookie(&who.cookie),
            None => ask,
        }
    }

    /// Stops the workers, so that nothing is taken from the queue any more.
    pub(crate) async fn rest(&mut self) {
        if let Some(engine) = self.engine.take() {
            engine.shutdown().await;
        }
    }

    /// Somebody in a workspace, which the first owner makes.
    pub(crate) async fn add(&self, email: &str, role: Role, workspace: &str) -> Visitor {
        let draft = AccountDraft {
            email: email.to_owned(),
            name: String::new(),
            password: SecretText::new(PASSWORD),
        };
        self.services.accounts().create_user(draft, role, Some(workspace)).await.expect("a new account");
        self.sign_in(email).await
    }

    /// A new session of somebody.
    pub(crate) async fn sign_in(&self, email: &str) -> Visitor {
        let accounts = self.services.accounts();
        let signed_in =
            accounts.sign_in(email, SecretText::new(PASSWORD), Stay::Short, &Origin::default()).await;
        let signed_in = signed_in.expect("signs in");
        Visitor { cookie: cookie(&signed_in), signed_in }
    }

    pub(crate) async fn owner(&self) -> Visitor {
        self.sign_in("owner@example.com").await
    }

    /// The server itself in a workspace.
    pub(crate) async fn system(&self, workspace: &str) -> Actor {
        Actor::system(self.workspace(workspace).await)
    }

    pub(crate) async fn workspace(&self, slug: &str) -> WorkspaceId {
        self.services.workspaces().get(slug).await.expect("a workspace").id
    }

    /// A key of a workspace with some scopes.
    pub(crate) async fn key(&self, workspace: &str, scopes: &[Permission]) -> String {
        let draft = ApiKeyDraft {
            name: "test".to_owned(),
            scopes: scopes.iter().map(|scope| scope.scope().to_owned()).collect(),
            expires_in_days: None,
            requests_per_minute: None,
        };
        let made = self.services.api_keys().create_from_command_line(workspace, draft).await;
        made.expect("a key").1.expose().to_owned()
    }

    /// A key of `home` that may do everything a key can.
    pub(crate) async fn full_key(&self) -> String {
        self.key("home", &all_scopes()).await
    }

    /// A published agent of `home`, made over REST.
    pub(crate) async fn agent(&self, key: &str) -> String {
        let draft = json!({
            "title": format!("Triage {MARK}"), "instructions": "Answer {who} in one line.", "message": "Hello.",
            "variables": {"who": "everybody"}, "limits": {"retry_base_ms": 1, "retry_cap_ms": 20},
        });
        let agent = self.ask("POST", "/api/v1/agents").bearer(key).json(&draft).send().await.json(201);
        let id = agent["id"].as_str().expect("an id").to_owned();
        self.ask("POST", &format!("/api/v1/agents/{id}/publish")).bearer(key).send().await.json(200);
        id
    }

    /// An execution of the agent that has ended.
    pub(crate) async fn run(&self, key: &str, agent: &str, message: &str) -> Value {
        let start = self.ask("POST", &format!("/api/v1/agents/{agent}/executions")).bearer(key);
        start.header("prefer", "wait=30").json(&json!({ "message": message })).send().await.json(200)
    }

    /// How many rows the workspace `home` has: agents, executions, rows of its audit log.
    pub(crate) async fn size(&self, key: &str) -> [usize; 3] {
        let mut sizes = [0; 3];
        for (size, list) in sizes.iter_mut().zip(["agents", "executions", "audit"]) {
            let page =
                self.ask("GET", &format!("/api/v1/{list}?limit=200")).bearer(key).send().await.json(200);
            *size = page["items"].as_array().expect("rows").len();
        }
        sizes
    }
}

/// A house on a database. Those that share one draw different identifiers.
fn services(store: Store, clock: &Arc<TestClock>, upstream: &Upstream, seed: u64) -> Services {
    Services::new(Setup {
        store,
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        entropy: Arc::new(Counting(AtomicU64::new(seed))),
        keyring: Keyring::from_master(&SecretText::new("a master key for tests, long enough")),
        upstream: upstream.clone(),
        public_url: URL.to_owned(),
    })
}

/// The router in front of a house.
fn door(services: &Services, engine: Option<Engine>, stop: &CancellationToken) -> Router {
    let options = LeptosOptions::builder().output_name("shopfloor").site_root("no-site-here").build();
    router(AppState {
        services: services.clone(),
        engine,
        site: Arc::new(Site::new(&options)),
        leptos: options,
        cookies: CookiePolicy { secure: false },
        limits: Arc::new(RateLimits::default()),
        kept: Arc::default(),
        stop: stop.clone(),
        body_time: Duration::from_millis(400),
        ask_again: Duration::from_millis(50),
        trusted_proxies: 0,
    })
}

/// Somebody with a session.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) cookie: String,
    pub(crate) signed_in: SignedIn,
}

/// The session's cookies as a browser sends them.
pub(crate) fn cookie(signed_in: &SignedIn) -> String {
    let set = CookiePolicy { secure: false }.set(signed_in);
    let pairs = set.iter().map(|cookie| cookie.to_str().expect("text").split(';').next().expect("a pair"));
    pairs.collect::<Vec<_>>().join("; ")
}

pub(crate) fn all_scopes() -> Vec<Permission> {
    Permission::for_keys().collect()
}

/// An id that is well formed and names nothing.
pub(crate) fn nowhere<I: domain::ids::Id>() -> String {
    I::from_bytes([9; 16]).to_string()
}

/// Short times, so that a test waits for nothing it does not test.
fn quick() -> engine::Options {
    engine::Options {
        workers: 8,
        lease: Duration::from_secs(30),
        renew: Duration::from_millis(200),
        poll: Duration::from_millis(50),
        stops: Duration::from_millis(50),
        reap: Duration::from_millis(200),
        bulk: Duration::from_millis(50),
        tidy: Duration::from_hours(1),
        ..engine::Options::default()
    }
}
