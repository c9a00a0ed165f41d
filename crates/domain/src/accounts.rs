//! People: e-mail addresses, passwords, sessions.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::problem::{Fields, Problem};
use crate::secrets::SecretText;
use crate::text;

/// An e-mail address, trimmed and in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Email(String);

impl Email {
    /// Accepts one `@` with something sensible on both sides; delivery proves the rest.
    pub fn parse(text: &str) -> Result<Self, String> {
        let address = text.trim().to_lowercase();
        let fits = address.len() <= 254
            && address.split_once('@').is_some_and(|(local, host)| {
                !local.is_empty()
                    && host.len() >= 3
                    && host.contains('.')
                    && !host.starts_with('.')
                    && !host.ends_with('.')
                    && !host.contains('@')
                    || (!local.is_empty() && host == "localhost")
            })
            && !address.chars().any(|c| c.is_whitespace() || c.is_control() || "<>()[]\\,;:\"".contains(c));
        if fits {
            Ok(Self(address))
        } else {
            Err("Give an e-mail address such as ada@example.com.".to_owned())
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The least length of a password, in characters (NIST SP 800-63B asks for 8; we ask for more).
pub const MIN_PASSWORD: usize = 10;
/// The greatest length of a password, in bytes: bounds the work of hashing.
pub const MAX_PASSWORD_BYTES: usize = 512;

/// Accepts a password of sensible length; composition rules are not imposed.
pub fn parse_password(text: &SecretText) -> Result<SecretText, String> {
    let plain = text.expose();
    if plain.chars().count() < MIN_PASSWORD {
        return Err(format!("Use at least {MIN_PASSWORD} characters."));
    }
    if plain.len() > MAX_PASSWORD_BYTES {
        return Err(format!("Use at most {MAX_PASSWORD_BYTES} bytes."));
    }
    if plain.chars().all(|c| plain.starts_with(c)) {
        return Err("Use more than one character.".to_owned());
    }
    Ok(text.clone())
}

/// A person as typed at setup or when accepting an invitation.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountDraft {
    /// E-mail address.
    pub email: String,
    /// Name on screen.
    #[serde(default)]
    pub name: String,
    /// Chosen password.
    pub password: SecretText,
}

/// A person whose fields are right.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// E-mail address.
    pub email: Email,
    /// Name on screen.
    pub name: String,
    /// Chosen password.
    pub password: SecretText,
}

impl AccountDraft {
    /// The account, or every wrong field. A missing name becomes the part before the `@`.
    pub fn parse(&self) -> Result<NewAccount, Problem> {
        let mut fields = Fields::default();
        let email = fields.take("email", Email::parse(&self.email));
        let name = fields.take("name", text::optional_line(&self.name, "name", 80));
        let password = fields.take("password", parse_password(&self.password));
        match (email, name, password) {
            (Some(email), Some(name), Some(password)) => {
                let name = if name.is_empty() {
                    email.as_str().split('@').next().unwrap_or_default().to_owned()
                } else {
                    name
                };
                Ok(NewAccount { email, name, password })
            }
            _ => Err(fields.problem()),
        }
    }
}

/// A person, safe to show to themselves and to other members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct User {
    /// Identifier.
    pub id: UserId,
    /// E-mail address.
    pub email: String,
    /// Name on screen.
    pub name: String,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// Where somebody who opens `/` belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// There is no account yet.
    Setup,
    /// Sign in first.
    SignIn {
        /// True when people reach this server over plain HTTP and not on this machine.
        readable: bool,
    },
    /// A person without a workspace.
    NoWorkspace,
    /// The slug of their first workspace.
    Workspace(String),
}

/// A signed-in browser or program, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Session {
    /// Identifier.
    pub id: SessionId,
    /// What the browser calls itself.
    pub user_agent: String,
    /// Network address it was last used from.
    pub address: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last refreshed.
    pub last_seen_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// True for the session that asks.
    pub current: bool,
}

/// What a one-time link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LinkKind {
    /// Makes the first account.
    Setup,
    /// Joins a workspace.
    Invitation,
    /// Sets a new password.
    Reset,
}

impl LinkKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::Setup, Self::Invitation, Self::Reset];

    /// The word used everywhere; also the address of the page that takes the link.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Invitation => "invitation",
            Self::Reset => "reset",
        }
    }
}

impl std::str::FromStr for LinkKind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.word() == text)
            .ok_or_else(|| "Use a link made here.".to_owned())
    }
}

/// What the holder of a one-time link may know before using it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LinkInfo {
    /// What it is for.
    pub kind: LinkKind,
    /// The address it was made for.
    pub email: Option<String>,
    /// Name of the workspace it joins.
    pub workspace: Option<String>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,80}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
            }
        }
    }

    #[test]
    fn addresses_are_told_from_rubbish() {
        for good in ["ada@example.com", " Ada.L+x@Example.co.uk ", "root@localhost"] {
            assert!(Email::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a b@example.com",
            "ada@example",
            "a@b@c.de",
            "<ada@example.com>",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_wrong_field_of_an_account_is_named() {
        let draft =
            AccountDraft { email: "x".to_owned(), name: "n".repeat(100), password: SecretText::new("short") };
        let problem = draft.parse().expect_err("three wrong fields");
        assert_eq!(problem.fields.len(), 3);
        assert!(!format!("{draft:?}").contains("short"));
    }
}
