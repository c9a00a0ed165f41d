//! Workspaces, roles and membership.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::{LinkId, UserId, WorkspaceId};
use crate::problem::{Fields, Problem};
use crate::text;

/// What a person may do in a workspace, least first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Builds and runs agents.
    Member,
    /// Also manages keys, members and settings.
    Admin,
    /// Also manages owners. Every workspace has at least one.
    Owner,
}

impl Role {
    /// Every role, least first.
    pub const ALL: &'static [Self] = &[Self::Viewer, Self::Member, Self::Admin, Self::Owner];

    /// The word used everywhere.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .iter()
            .copied()
            .find(|role| role.word() == text.trim())
            .ok_or_else(|| "Choose one of: viewer, member, admin, owner.".to_owned())
    }
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Workspace {
    /// Identifier.
    pub id: WorkspaceId,
    /// Part of page addresses.
    pub slug: String,
    /// Name on screen.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A workspace as one of its members sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Membership {
    /// The workspace.
    pub workspace: Workspace,
    /// The person's role there.
    pub role: Role,
    /// Whether they may see inputs and outputs.
    pub sees_payloads: bool,
}

/// A member as listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// Their e-mail address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// Whether they may see inputs and outputs.
    pub sees_payloads: bool,
    /// When they joined.
    pub joined_at: Timestamp,
}

/// An open invitation as listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Invitation {
    /// Identifier.
    pub id: LinkId,
    /// For whom.
    pub email: String,
    /// The role they will have.
    pub role: Role,
    /// Until when the link works.
    pub expires_at: Timestamp,
}

/// An invitation as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationDraft {
    /// E-mail address.
    pub email: String,
    /// Role word.
    pub role: String,
}

impl InvitationDraft {
    /// Address and role, or every wrong field.
    pub fn parse(&self) -> Result<(crate::accounts::Email, Role), Problem> {
        let mut fields = Fields::default();
        let email = fields.take("email", crate::accounts::Email::parse(&self.email));
        let role = fields.take("role", self.role.parse());
        match (email, role) {
            (Some(email), Some(role)) => Ok((email, role)),
            _ => Err(fields.problem()),
        }
    }
}

/// Reads a workspace's name.
pub fn parse_name(name: &str) -> Result<String, Problem> {
    text::line(name, "workspace name", 80).map_err(|message| Problem::field("name", message))
}
