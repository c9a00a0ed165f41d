//! Names become addresses here and nowhere else: the client connects to what this gives it, so a name
//! that is public when it is looked at and private when it is called gains nothing.

use std::net::SocketAddr;
use std::sync::Arc;

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Allowed;

/// Somebody who resolves names.
pub trait Names: Send + Sync + 'static {
    /// The addresses of a name; ports do not matter.
    fn look_up(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>>;
}

/// The system's resolver.
#[derive(Debug, Clone, Copy)]
pub struct SystemNames;

impl Names for SystemNames {
    fn look_up(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
    }
}

/// A name has addresses, and none of them may be called.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to private addresses only")]
pub(super) struct OnlyPrivate;

/// Gives the addresses that may be called.
pub(super) struct Resolver {
    pub(super) names: Arc<dyn Names>,
    pub(super) allowed: Arc<Allowed>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (names, allowed) = (Arc::clone(&self.names), Arc::clone(&self.allowed));
        Box::pin(async move {
            let found = names.look_up(name.as_str().to_owned()).await?;
            let (open, closed): (Vec<_>, Vec<_>) =
                found.into_iter().partition(|address| allowed.permits(address.ip()));
            if open.is_empty() && !closed.is_empty() {
                return Err(OnlyPrivate.into());
            }
            let addresses: Addrs = Box::new(open.into_iter());
            Ok(addresses)
        })
    }
}
