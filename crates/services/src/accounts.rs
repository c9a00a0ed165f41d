//! People: the first account, signing in and staying signed in, one-time links, passwords.
//!
//! Signing in is the exception to the rule that every operation takes an [`domain::Actor`]: here
//! actors are made. `setup` makes the first account, `sign_in` and `tokens` prove who somebody is,
//! `lockout` slows down guessing, `links` and `invitations` are what one-time links do, `profile`
//! is what people change about themselves, `command_line` is for whoever runs the server.

mod command_line;
mod invitations;
mod links;
mod lockout;
mod profile;
mod setup;
mod sign_in;
mod tokens;

use domain::accounts::User;
use domain::ids::SessionId;
use domain::secrets::SecretText;
use domain::{Actor, Timestamp};

use crate::Services;

pub(crate) use links::NewLink;
pub(crate) use lockout::InMemory;

impl Services {
    /// People and their proofs.
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts(self)
    }
}

/// People and their proofs.
#[derive(Debug, Clone, Copy)]
pub struct Accounts<'a>(pub(crate) &'a Services);

/// Where a request comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Network address.
    pub address: String,
    /// What the browser or program calls itself.
    pub user_agent: String,
    /// Id of the request, if there is one.
    pub request_id: Option<String>,
}

impl Origin {
    /// Writes address and request id into an actor.
    pub(crate) fn mark(&self, actor: &mut Actor) {
        actor.address = Some(self.short_address()).filter(|address| !address.is_empty());
        actor.request_id.clone_from(&self.request_id);
    }

    fn short_address(&self) -> String {
        domain::text::headline(&self.address, 64)
    }

    fn short_agent(&self) -> String {
        domain::text::headline(&self.user_agent, 200)
    }
}

/// Somebody whose access token was accepted; not yet in a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub user: User,
    /// From which session.
    pub session: SessionId,
}

/// How long somebody stays signed in without coming back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    /// Half a day, and no longer than the browser is open.
    Short,
    /// A month, on a device of one's own.
    Long,
}

impl Stay {
    /// What somebody chose who was asked whether to keep them signed in.
    pub const fn chosen(keep_signed_in: bool) -> Self {
        if keep_signed_in { Self::Long } else { Self::Short }
    }
}

/// What a browser is given when somebody has signed in or was refreshed.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// The session.
    pub session: SessionId,
    /// Proves who somebody is, for a short while.
    pub access: SecretText,
    /// When the access token ends.
    pub access_expires_at: Timestamp,
    /// Gets the next pair of tokens, once.
    pub refresh: SecretText,
    /// When the refresh token ends.
    pub refresh_expires_at: Timestamp,
    /// Whether the browser keeps the session when it is closed.
    pub stay: Stay,
}
