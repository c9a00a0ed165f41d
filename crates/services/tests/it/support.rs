//! A house with a database of its own, a clock that stands still and randomness from a seed.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::accounts::AccountDraft;
use domain::audit::AuditFilter;
use domain::paging::PageRequest;
use domain::secrets::SecretText;
use domain::{Actor, Clock, Entropy, Problem, Timestamp};
use services::accounts::{Origin, Person, SignedIn, Stay};
use services::crypto::Keyring;
use services::toolhouse::Upstream;
use services::{Services, Setup};
use toolhouse::{Endpoints, Timeouts};

use super::scratch::Scratch;

pub(crate) const MASTER: &str = "a master key for tests, long enough";
pub(crate) const URL: &str = "http://127.0.0.1:3000";
pub(crate) const OWNER: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A clock that moves only when told.
#[derive(Debug)]
pub(crate) struct FixedClock(AtomicI64);

impl FixedClock {
    /// Moves on.
    pub(crate) fn advance(&self, span: Duration) {
        self.0.fetch_add(i64::try_from(span.as_millis()).expect("a short span"), Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// The generator `SplitMix64`: the same bytes in every run.
#[derive(Debug)]
pub(crate) struct SeededEntropy(Mutex<u64>);

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = self.0.lock().expect("nobody panics while drawing");
        for chunk in buffer.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = *state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let bytes = (z ^ (z >> 31)).to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}

/// Services over a fresh database.
pub(crate) struct House {
    pub(crate) services: Services,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) scratch: Scratch,
}

impl House {
    /// A house without an account.
    pub(crate) async fn empty() -> Self {
        let upstream = Upstream::new(Endpoints::default(), Timeouts::default());
        Self::with(upstream).await
    }

    /// A house whose upstreams are given.
    pub(crate) async fn with(upstream: Upstream) -> Self {
        let scratch = Scratch::new().await;
        let clock = Arc::new(FixedClock(AtomicI64::new(1_768_441_583_568)));
        let services = Self::open(&scratch, &clock, upstream, 7).await;
        Self { services, clock, scratch }
    }

    /// The services of a later process on the same database, with upstreams of its own.
    pub(crate) async fn later(&self, upstream: Upstream) -> Services {
        Self::open(&self.scratch, &self.clock, upstream, 1_000_003).await
    }

    async fn open(scratch: &Scratch, clock: &Arc<FixedClock>, upstream: Upstream, seed: u64) -> Services {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Services::new(Setup {
            store: scratch.open().await,
            clock: Arc::clone(clock) as Arc<dyn Clock>,
            entropy: Arc::new(SeededEntropy(Mutex::new(seed))),
            keyring: Keyring::from_master(&SecretText::new(MASTER)),
            upstream,
            public_url: URL.to_owned(),
        })
    }

    /// A house with its owner [`OWNER`], who is signed in, and the workspace `home`.
    pub(crate) async fn furnished() -> (Self, SignedIn) {
        let house = Self::empty().await;
        let token = house.setup_token().await;
        let accounts = house.services.accounts();
        let signed_in = accounts.setup(&token, draft(OWNER), "Home", &origin()).await.expect("sets up");
        (house, signed_in)
    }

    /// The token of a fresh setup link.
    pub(crate) async fn setup_token(&self) -> String {
        let link = self.services.accounts().setup_link().await.expect("asks").expect("nobody is there yet");
        token_of(&link)
    }

    /// Signs in with [`PASSWORD`].
    pub(crate) async fn sign_in(&self, email: &str) -> Result<SignedIn, Problem> {
        self.services.accounts().sign_in(email, SecretText::new(PASSWORD), Stay::Short, &origin()).await
    }

    /// The same from a network address where nobody was signed in before.
    pub(crate) async fn sign_in_from_elsewhere(&self, email: &str) -> Result<SignedIn, Problem> {
        self.services.accounts().sign_in(email, SecretText::new(PASSWORD), Stay::Short, &elsewhere()).await
    }

    /// Who holds the access token.
    pub(crate) async fn person(&self, signed_in: &SignedIn) -> Person {
        self.services.accounts().authenticate(signed_in.access.expose()).await.expect("a valid token")
    }

    /// Somebody signed in, in the workspace `home`.
    pub(crate) async fn actor(&self, signed_in: &SignedIn) -> Actor {
        let person = self.person(signed_in).await;
        self.services.accounts().enter(&person, "home", &origin()).await.expect("belongs")
    }

    /// Somebody new in the workspace `home`, signed in.
    pub(crate) async fn newcomer(&self, owner: &Actor, email: &str, role: &str) -> SignedIn {
        let invitation =
            domain::workspaces::InvitationDraft { email: email.to_owned(), role: role.to_owned() };
        let link = self.services.workspaces().invite(owner, invitation).await.expect("invites");
        let accounts = self.services.accounts();
        accounts.accept_invitation(&token_of(&link), draft(email), &origin()).await.expect("accepts")
    }

    /// Everything that is stored.
    pub(crate) async fn bytes(&self) -> Vec<u8> {
        super::scratch_bytes::bytes(&self.scratch.address()).await
    }

    /// The actions in the audit log of the actor's workspace, sorted.
    pub(crate) async fn audited(&self, actor: &Actor) -> Vec<String> {
        let page = PageRequest { limit: 200, ..PageRequest::default() };
        let rows = self.services.audit().list(actor, AuditFilter::default(), page).await.expect("lists");
        let mut actions: Vec<String> = rows.items.into_iter().map(|row| row.action).collect();
        actions.sort();
        actions
    }
}

/// An account with [`PASSWORD`].
pub(crate) fn draft(email: &str) -> AccountDraft {
    AccountDraft { email: email.to_owned(), name: String::new(), password: SecretText::new(PASSWORD) }
}

/// A request from somewhere.
pub(crate) fn origin() -> Origin {
    Origin {
        address: "192.0.2.1".to_owned(),
        user_agent: "Test Browser 1.0".to_owned(),
        request_id: Some("req-1".to_owned()),
    }
}

/// A request from somewhere else.
pub(crate) fn elsewhere() -> Origin {
    Origin { address: "198.51.100.7".to_owned(), ..origin() }
}

/// The token at the end of a link.
pub(crate) fn token_of(link: &str) -> String {
    link.split_once("token=").expect("a link with a token").1.to_owned()
}
