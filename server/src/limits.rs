//! Who asked how often: limits per address, per account and per key, within this process.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Mutex;

use domain::ids::{ApiKeyId, UserId};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::collections::HashMap;

/// Sign-ins, refreshes and links per address and minute.
const SIGN_INS: NonZeroU32 = NonZeroU32::new(60).expect("not zero");
/// Requests of one account per minute.
const REQUESTS: NonZeroU32 = NonZeroU32::new(3_000).expect("not zero");

/// The counters.
pub struct RateLimits {
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    accounts: DefaultKeyedRateLimiter<UserId>,
    keys: Mutex<HashMap<u32, DefaultKeyedRateLimiter<ApiKeyId>>>,
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
            addresses: RateLimiter::keyed(Quota::per_minute(SIGN_INS)),
            accounts: RateLimiter::keyed(Quota::per_minute(REQUESTS)),
            keys: Mutex::default(),
            clock: DefaultClock::default(),
        }
    }
}

impl RateLimits {
    /// Counts a sign-in or the like from an address; the error is the seconds to wait.
    pub fn address(&self, address: IpAddr) -> Result<(), u64> {
        self.addresses.check_key(&masked(address)).map_err(|not_yet| self.seconds(&not_yet))
    }

    /// Counts a request of an account; the error is the seconds to wait.
    pub fn account(&self, user: UserId) -> Result<(), u64> {
        self.accounts.check_key(&user).map_err(|not_yet| self.seconds(&not_yet))
    }

    /// Counts a request of a key that has a limit; the error is the seconds to wait.
    pub fn key(&self, key: ApiKeyId, per_minute: u32) -> Result<(), u64> {
        let Some(limit) = NonZeroU32::new(per_minute) else { return Err(60) };
        let mut keys = self.keys.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let limiter = keys.entry(per_minute).or_insert_with(|| RateLimiter::keyed(Quota::per_minute(limit)));
        limiter.check_key(&key).map_err(|not_yet| self.seconds(&not_yet))
    }

    /// Forgets those who have not asked for a while.
    pub fn tidy(&self) {
        self.addresses.retain_recent();
        self.accounts.retain_recent();
        let keys = self.keys.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        keys.values().for_each(RateLimiter::retain_recent);
    }

    fn seconds(&self, not_yet: &governor::NotUntil<governor::clock::QuantaInstant>) -> u64 {
        not_yet.wait_time_from(self.clock.now()).as_secs() + 1
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
        assert_eq!(limits.key(one, 2), Ok(()));
        assert_eq!(limits.key(one, 2), Ok(()));
        assert!(limits.key(one, 2).is_err_and(|seconds| (1..=60).contains(&seconds)));
        assert_eq!(limits.key(other, 2), Ok(()));
    }

    #[test]
    fn a_whole_ipv6_network_counts_as_one() {
        let parse = |text: &str| masked(text.parse().expect("address"));
        assert_eq!(parse("2001:db8::1"), parse("2001:db8::2"));
        assert_eq!(parse("::ffff:10.0.0.1"), parse("10.0.0.1"));
    }
}
