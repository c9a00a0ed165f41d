//! Who asked how often: limits per address, per account and per key, within this process.
//!
//! A request that is counted carries where it stands in its answer's `RateLimit` headers, also when
//! it is let through, so that programs slow down before they are refused.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use domain::ids::{ApiKeyId, UserId};
use domain::{Kind, Problem};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use services::accounts::Origin;

/// Sign-ins, refreshes, links and wrong keys per address and minute.
const SIGN_INS: NonZeroU32 = NonZeroU32::new(60).expect("not zero");
/// Requests of one account per minute.
const REQUESTS: NonZeroU32 = NonZeroU32::new(3_000).expect("not zero");
/// Every quota is for a minute, in seconds.
const WINDOW_S: u32 = 60;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STANDING: HeaderName = HeaderName::from_static("ratelimit");

type Counter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// The counters.
pub struct RateLimits {
    addresses: Counter<IpAddr>,
    accounts: Counter<UserId>,
    keys: Mutex<HashMap<NonZeroU32, Counter<ApiKeyId>>>,
    clock: DefaultClock,
}

impl std::fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RateLimits")
    }
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            addresses: counter(SIGN_INS),
            accounts: counter(REQUESTS),
            keys: Mutex::default(),
            clock: DefaultClock::default(),
        }
    }
}

fn counter<K: Hash + Eq + Clone>(per_minute: NonZeroU32) -> Counter<K> {
    RateLimiter::keyed(Quota::per_minute(per_minute)).with_middleware()
}

/// Which limit a request was counted against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    Address,
    Account,
    Key,
}

/// Where somebody stands with a limit, this request included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    limit: Limit,
    quota: u32,
    left: u32,
    /// Seconds until the whole quota is back; of a refused request, until the next one is let through.
    reset_s: u64,
    refused: bool,
}

impl RateLimits {
    /// Counts a sign-in or the like from an address.
    pub fn address(&self, address: IpAddr) -> Standing {
        self.count(Limit::Address, &self.addresses, &masked(address), SIGN_INS)
    }

    /// Counts something that can be guessed at, a password, a token or a key, against the address its
    /// request came from, as the outermost layer found it; refuses when that tried too often.
    pub fn tried(&self, request: &Extensions) -> Result<(), Problem> {
        let address = request.get::<Origin>().and_then(|origin| origin.address.parse().ok());
        address.map_or(Ok(()), |address| self.address(address).admit(request))
    }

    /// Counts a request of an account.
    pub fn account(&self, user: UserId) -> Standing {
        self.count(Limit::Account, &self.accounts, &user, REQUESTS)
    }

    /// Counts a request of a key that has a limit.
    pub fn key(&self, key: ApiKeyId, per_minute: u32) -> Standing {
        let quota = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let counter = keys.entry(quota).or_insert_with(|| counter(quota));
        self.count(Limit::Key, counter, &key, quota)
    }

    /// Forgets those who have not asked for a while.
    pub fn tidy(&self) {
        self.addresses.retain_recent();
        self.accounts.retain_recent();
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.values().for_each(RateLimiter::retain_recent);
        keys.retain(|_, counter| !counter.is_empty());
    }

    fn count<K: Hash + Eq + Clone>(
        &self,
        limit: Limit,
        counter: &Counter<K>,
        who: &K,
        quota: NonZeroU32,
    ) -> Standing {
        let quota = quota.get();
        match counter.check_key(who) {
            Ok(state) => {
                let left = state.remaining_burst_capacity();
                let used = quota.saturating_sub(left);
                let full_in = (state.quota().replenish_interval() * used).as_millis().div_ceil(1000);
                let reset_s = u64::try_from(full_in).unwrap_or(u64::MAX);
                Standing { limit, quota, left, reset_s, refused: false }
            }
            Err(not_yet) => {
                let reset_s = not_yet.wait_time_from(self.clock.now()).as_secs() + 1;
                Standing { limit, quota, left: 0, reset_s, refused: true }
            }
        }
    }
}

impl Limit {
    const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Account => "account",
            Self::Key => "key",
        }
    }

    const fn refusal(self) -> &'static str {
        match self {
            Self::Address => "There were too many attempts to get in from this network address.",
            Self::Account => "This account sent too many requests within a minute.",
            Self::Key => "This key's limit of requests per minute is reached.",
        }
    }
}

/// The limits that one request was counted against. The outermost layer puts it into the request
/// and writes it into the answer.
#[derive(Debug, Clone, Default)]
pub struct Counted(Arc<Mutex<Vec<Standing>>>);

impl Counted {
    /// Writes the standings as `RateLimit-Policy` and `RateLimit`.
    pub fn write(&self, headers: &mut HeaderMap) {
        let standings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if standings.is_empty() {
            return;
        }
        let list = |one: &dyn Fn(&Standing) -> String| {
            HeaderValue::from_str(&standings.iter().map(one).collect::<Vec<_>>().join(", "))
        };
        let policy = list(&|s| format!("\"{}\";q={};w={WINDOW_S}", s.limit.name(), s.quota));
        let standing = list(&|s| format!("\"{}\";r={};t={}", s.limit.name(), s.left, s.reset_s));
        if let (Ok(policy), Ok(standing)) = (policy, standing) {
            headers.insert(POLICY, policy);
            headers.insert(STANDING, standing);
        }
    }
}

impl Standing {
    /// Notes this with its request; refuses when the quota is used up.
    pub fn admit(self, request: &Extensions) -> Result<(), Problem> {
        if let Some(Counted(standings)) = request.get::<Counted>() {
            standings.lock().unwrap_or_else(PoisonError::into_inner).push(self);
        }
        if !self.refused {
            return Ok(());
        }
        let message = format!("{} Try again in {} s.", self.limit.refusal(), self.reset_s);
        Err(Problem { retry_after_s: Some(self.reset_s), ..Problem::new(Kind::RateLimited, message) })
    }
}

/// IPv6 callers own a whole network, so they are counted by its first 64 bits.
fn masked(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => v6
            .to_ipv4_mapped()
            .map_or_else(|| IpAddr::V6((u128::from(v6) & (u128::MAX << 64)).into()), IpAddr::V4),
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::Id as _;

    use super::*;

    #[test]
    fn a_key_over_its_limit_waits_and_others_do_not() {
        let limits = RateLimits::default();
        let (one, other) = (ApiKeyId::from_bytes([1; 16]), ApiKeyId::from_bytes([2; 16]));
        assert_eq!((limits.key(one, 2).left, limits.key(one, 2).left), (1, 0));
        let refused = limits.key(one, 2);
        assert!(refused.refused && (1..=60).contains(&refused.reset_s), "{refused:?}");
        let problem = refused.admit(&Extensions::new()).expect_err("over its limit");
        assert_eq!(problem.retry_after_s, Some(refused.reset_s));
        assert!(!limits.key(other, 2).refused);
    }

    #[test]
    fn an_answer_names_every_limit_it_counted_against() {
        let limits = RateLimits::default();
        let (counted, mut request) = (Counted::default(), Extensions::new());
        let mut headers = HeaderMap::new();
        counted.write(&mut headers);
        assert!(headers.is_empty(), "nothing was counted");
        request.insert(counted.clone());
        limits.key(ApiKeyId::from_bytes([1; 16]), 6).admit(&request).expect("the first");
        limits.account(UserId::from_bytes([1; 16])).admit(&request).expect("the first");
        counted.write(&mut headers);
        assert_eq!(headers[POLICY], "\"key\";q=6;w=60, \"account\";q=3000;w=60");
        assert_eq!(headers[STANDING], "\"key\";r=5;t=10, \"account\";r=2999;t=1");
    }

    #[test]
    fn a_whole_ipv6_network_counts_as_one() {
        let parse = |text: &str| masked(text.parse().expect("address"));
        assert_eq!(parse("2001:db8::1"), parse("2001:db8::2"));
        assert_eq!(parse("::ffff:10.0.0.1"), parse("10.0.0.1"));
    }
}
