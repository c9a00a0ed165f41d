//! API keys: what machines sign in with. Shown once, stored hashed, scoped, with an end.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::access::{Grants, Permission};
use crate::clock::Timestamp;
use crate::ids::ApiKeyId;
use crate::problem::{Fields, Problem};
use crate::text;

/// The longest life of a key: ten years, in days.
pub const MAX_DAYS: u32 = 3650;

/// A key as typed.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyDraft {
    /// Name in lists.
    pub name: String,
    /// Scopes.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Life in days; empty for a key without end.
    #[serde(default)]
    pub expires_in_days: Option<u32>,
    /// Requests per minute; empty for no limit.
    #[serde(default)]
    pub requests_per_minute: Option<u32>,
}

/// A key whose fields are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// Name in lists.
    pub name: String,
    /// What it may do.
    pub grants: Grants,
    /// How long it works.
    pub life: Option<Duration>,
    /// Requests per minute, if limited.
    pub requests_per_minute: Option<u32>,
}

impl ApiKeyDraft {
    /// The key, or every wrong field.
    pub fn parse(&self) -> Result<NewApiKey, Problem> {
        let mut fields = Fields::default();
        let name = fields.take("name", text::line(&self.name, "name", 80));
        let mut scopes = Vec::new();
        for (place, scope) in self.scopes.iter().enumerate() {
            if let Some(permission) = fields.take(&format!("scopes[{place}]"), scope.parse::<Permission>()) {
                scopes.push(permission);
            }
        }
        if self.scopes.is_empty() {
            fields.add("scopes", "Choose at least one scope.");
        }
        if self.expires_in_days.is_some_and(|days| days == 0 || days > MAX_DAYS) {
            fields.add("expires_in_days", format!("Set a life from 1 to {MAX_DAYS} days, or none."));
        }
        if self.requests_per_minute.is_some_and(|limit| limit == 0 || limit > 1_000_000) {
            fields.add("requests_per_minute", "Set a limit from 1 to 1000000, or none.");
        }
        match name {
            Some(name) if fields.is_empty() => Ok(NewApiKey {
                name,
                grants: Grants::of_scopes(scopes),
                life: self.expires_in_days.map(|days| Duration::from_secs(u64::from(days) * 86_400)),
                requests_per_minute: self.requests_per_minute,
            }),
            _ => Err(fields.problem()),
        }
    }
}

/// A key as listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ApiKey {
    /// Identifier.
    pub id: ApiKeyId,
    /// Name in lists.
    pub name: String,
    /// The first characters, to recognise it by.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<Permission>,
    /// Requests per minute, if limited.
    pub requests_per_minute: Option<u32>,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_scopes_and_a_zero_life_are_named() {
        let draft = ApiKeyDraft {
            name: "ci".to_owned(),
            scopes: vec!["agents:read".to_owned(), "everything".to_owned()],
            expires_in_days: Some(0),
            requests_per_minute: None,
        };
        let problem = draft.parse().expect_err("two wrong fields");
        assert!(problem.for_field("scopes[1]").is_some());
        assert!(problem.for_field("expires_in_days").is_some());
    }
}
