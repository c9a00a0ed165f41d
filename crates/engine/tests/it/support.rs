//! A floor to run executions on: services, a simulator, an engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::agents::{Agent, AgentDraft};
use domain::events::EventBody;
use domain::executions::{ExecutionDetail, StartDraft};
use domain::ids::{ExecutionId, Id as _, WorkerId};
use domain::secrets::SecretText;
use domain::{Actor, Clock, Entropy, Timestamp};
use engine::{Engine, Options};
use outbound::egress::{Allowed, Guard};
use services::crypto::Keyring;
use services::toolhouse::Upstream;
use services::{Services, Setup};
use simulator::Simulator;
use storage::Store;
use storage::queue::Asking;
use toolhouse::{Endpoints, Timeouts};
use url::Url;

use super::scratch::Scratch;

/// How long a worker holds what it took: longer than any test waits.
pub(crate) const LEASE: Duration = Duration::from_secs(30);

/// A clock that begins at a fixed moment and goes on with the test.
struct RunningClock(tokio::time::Instant);

impl Clock for RunningClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000).plus(self.0.elapsed())
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

/// Everything an execution needs.
pub(crate) struct Floor {
    pub(crate) services: Services,
    pub(crate) actor: Actor,
    pub(crate) simulator: simulator::Handle,
    pub(crate) scratch: Scratch,
    setup: Setup,
}

/// Short times, so that a test waits for nothing it does not test.
pub(crate) fn quick() -> Options {
    Options {
        workers: 16,
        name: "test".to_owned(),
        lease: LEASE,
        renew: Duration::from_millis(200),
        poll: Duration::from_millis(50),
        stops: Duration::from_millis(50),
        reap: Duration::from_millis(100),
        bulk: Duration::from_millis(50),
        tidy: Duration::from_hours(1),
    }
}

impl Floor {
    pub(crate) async fn new() -> Self {
        Self::with(simulator::Options::instant()).await
    }

    pub(crate) async fn with(options: simulator::Options) -> Self {
        Self::build(options, clock()).await
    }

    /// A floor that lives by the given clock.
    pub(crate) async fn by_clock(clock: Arc<dyn Clock>) -> Self {
        Self::build(simulator::Options::instant(), clock).await
    }

    async fn build(options: simulator::Options, clock: Arc<dyn Clock>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let scratch = Scratch::new().await;
        let simulator = Simulator::start(options).await.expect("simulator");
        let base = Url::parse(&simulator.base_url()).expect("address");
        let setup = setup(scratch.open().await, base, clock);
        let services = Services::new(setup.clone());
        let draft = domain::accounts::AccountDraft {
            email: format!("ada-{}@example.com", std::process::id()),
            name: "Ada".to_owned(),
            password: SecretText::new("correct horse battery"),
        };
        let (_, workspace) = services
            .accounts()
            .create_user(draft, domain::workspaces::Role::Owner, None)
            .await
            .expect("account");
        Self { services, actor: Actor::system(workspace.id), simulator, scratch, setup }
    }

    pub(crate) async fn engine(&self) -> Engine {
        Engine::start(self.services.clone(), quick()).await.expect("engine")
    }

    /// The services of another process on the same database.
    pub(crate) async fn second(&self) -> Services {
        Services::new(Setup { store: self.scratch.open().await, entropy: entropy(), ..self.setup.clone() })
    }

    /// A published agent; `change` edits the draft first.
    pub(crate) async fn agent(&self, change: impl FnOnce(&mut AgentDraft)) -> Agent {
        let mut draft = domain::agents::TEMPLATES[0].draft();
        "1".clone_into(&mut draft.limits.retry_base_ms);
        "20".clone_into(&mut draft.limits.retry_cap_ms);
        change(&mut draft);
        let agent = self.services.agents().create(&self.actor, &draft).await.expect("agent");
        let publish = domain::agents::PublishDraft::default();
        self.services.agents().publish(&self.actor, agent.id, &publish).await.expect("published");
        agent
    }

    pub(crate) async fn start(&self, agent: &Agent, message: &str) -> ExecutionId {
        let draft = StartDraft { message: Some(message.to_owned()), ..StartDraft::default() };
        self.services.executions().start(&self.actor, agent.id, &draft, None).await.expect("started").row.id
    }

    pub(crate) async fn get(&self, id: ExecutionId) -> ExecutionDetail {
        self.services.executions().get(&self.actor, id).await.expect("execution")
    }

    /// The execution once it has ended.
    pub(crate) async fn ended(&self, id: ExecutionId) -> ExecutionDetail {
        let limit = Duration::from_secs(20);
        let detail = self.services.executions().wait(&self.actor, id, limit).await.expect("execution");
        assert!(detail.row.status.is_final(), "still {} after {limit:?}", detail.row.status);
        detail
    }

    /// Waits until the execution's story holds an event that fits.
    pub(crate) async fn until(&self, id: ExecutionId, fits: impl Fn(&EventBody) -> bool) {
        let waiting = async {
            loop {
                if self.story(id).await.iter().any(&fits) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("the event comes");
    }

    /// The story so far; fails on a gap in the numbers.
    pub(crate) async fn story(&self, id: ExecutionId) -> Vec<EventBody> {
        let events = self.services.executions().events(&self.actor, id, 0, 10_000).await.expect("events");
        for (place, event) in events.iter().enumerate() {
            assert_eq!(event.number, place as u64 + 1, "event numbers have a gap");
        }
        events.into_iter().map(|event| event.body).collect()
    }

    /// What a reader of the stream has put together.
    pub(crate) async fn streamed(&self, id: ExecutionId) -> String {
        self.story(id).await.into_iter().fold(String::new(), |text, body| match body {
            EventBody::Output { text: Some(more) } => text + &more,
            EventBody::OutputReplaced { text: Some(whole) } => whole,
            _ => text,
        })
    }

    /// Requests that began a run upstream.
    pub(crate) fn upstream_runs(&self) -> u64 {
        self.simulator.runs()
    }
}

/// What a worker asks with that will never be heard of again. A process that has the database for itself
/// takes over whatever is held; on a shared one leases have to end first, so there this one ends at once.
pub(crate) fn gone(services: &Services) -> Asking {
    let lease = if services.store().is_shared() { Duration::ZERO } else { LEASE };
    let now = services.now();
    Asking { worker: WorkerId::from_bytes([9; 16]), slots: 1, last: None, now, lease_until: now.plus(lease) }
}

/// What a house on a database is made of, with the simulator at an address.
fn setup(store: Store, simulator: Url, clock: Arc<dyn Clock>) -> Setup {
    let timeouts = Timeouts {
        first_byte: Duration::from_millis(800),
        idle: Duration::from_secs(5),
        ..Timeouts::default()
    };
    let mut upstream = Upstream::new(Endpoints::default(), timeouts);
    upstream.simulator = Some(simulator);
    upstream.guard = Guard::new(Allowed::parse("127.0.0.1").expect("an address"));
    Setup {
        store,
        clock,
        entropy: entropy(),
        keyring: Keyring::from_master(&SecretText::new("a master key for tests, long enough")),
        upstream,
        public_url: "http://127.0.0.1:3000".to_owned(),
    }
}

/// Processes that share a database must not draw the same identifiers.
fn entropy() -> Arc<dyn Entropy> {
    static HOUSES: AtomicU64 = AtomicU64::new(7);
    let seed = HOUSES.fetch_add(1, Ordering::SeqCst) ^ u64::from(std::process::id()).rotate_left(32);
    Arc::new(Counting(AtomicU64::new(seed.wrapping_mul(0x2545_f491_4f6c_dd1d))))
}

/// The clock that goes on with the test; houses of one test agree on it.
fn clock() -> Arc<dyn Clock> {
    Arc::new(RunningClock(*START.get_or_init(tokio::time::Instant::now)))
}

static START: std::sync::OnceLock<tokio::time::Instant> = std::sync::OnceLock::new();
