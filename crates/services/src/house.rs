//! What every operation needs, put together once at the start.

use std::fmt;
use std::sync::Arc;

use domain::ids::Id;
use domain::{Clock, Entropy, Timestamp};
use storage::Store;

use crate::crypto::Keyring;
use crate::hub::Hub;
use crate::toolhouse::Upstream;

/// The parts that a process brings along.
#[derive(Clone)]
pub struct Setup {
    /// The database.
    pub store: Store,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Keys derived from the master key.
    pub keyring: Keyring,
    /// Toolhouse's addresses, the instance's key, or the simulator.
    pub upstream: Upstream,
    /// Where people reach this server, without a slash at the end.
    pub public_url: String,
}

/// The door. Cheap to clone.
#[derive(Clone)]
pub struct Services(Arc<Inner>);

struct Inner {
    setup: Setup,
    hub: Hub,
    passwords: crate::crypto::Passwords,
    measured: crate::upkeep::Measured,
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Services")
    }
}

impl Services {
    /// Puts the parts together.
    pub fn new(setup: Setup) -> Self {
        Self(Arc::new(Inner {
            setup,
            hub: Hub::default(),
            passwords: crate::crypto::Passwords::default(),
            measured: crate::upkeep::Measured::default(),
        }))
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.0.setup.store
    }

    /// The clock, for what lives beside the operations.
    pub fn clock(&self) -> &dyn Clock {
        self.0.setup.clock.as_ref()
    }

    /// Randomness, for what lives beside the operations.
    pub fn entropy(&self) -> &dyn Entropy {
        self.0.setup.entropy.as_ref()
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// A new identifier.
    pub fn id<I: Id>(&self) -> I {
        I::generate(self.clock(), self.entropy())
    }

    /// Where people reach this server, without a slash at the end.
    pub fn public_url(&self) -> &str {
        &self.0.setup.public_url
    }

    /// True when others on the network can read what people send: plain HTTP, and not on this machine.
    pub fn is_readable_on_the_way(&self) -> bool {
        is_readable(self.public_url())
    }

    /// News between operations, workers and open streams.
    pub fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// Keys derived from the master key.
    pub fn keyring(&self) -> &Keyring {
        &self.0.setup.keyring
    }

    /// The bounded pool that hashes passwords.
    pub(crate) fn passwords(&self) -> &crate::crypto::Passwords {
        &self.0.passwords
    }

    /// How large the database was when somebody last asked.
    pub(crate) fn measured(&self) -> &crate::upkeep::Measured {
        &self.0.measured
    }

    /// Where Toolhouse is and who pays.
    pub(crate) fn upstream(&self) -> &Upstream {
        &self.0.setup.upstream
    }
}

fn is_readable(address: &str) -> bool {
    url::Url::parse(address).is_ok_and(|url| {
        let is_here = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        };
        url.scheme() == "http" && !is_here
    })
}

#[cfg(test)]
mod tests {
    use super::is_readable;

    #[test]
    fn plain_http_is_readable_unless_it_stays_on_this_machine() {
        for safe in
            ["https://shop.example", "http://127.0.0.1:3000", "http://localhost:3000", "http://[::1]:3000"]
        {
            assert!(!is_readable(safe), "{safe}");
        }
        for readable in ["http://shop.example", "http://192.168.1.5:3000", "http://localhost.example"] {
            assert!(is_readable(readable), "{readable}");
        }
    }
}
