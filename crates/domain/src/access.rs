//! Who may do what: permissions, roles' grants, and the [`Actor`] that every operation takes first.
//!
//! One table maps roles to permissions; API keys carry permissions as *scopes* under the same
//! names. Seeing payloads (inputs and outputs) is a right of its own, so that someone can watch
//! executions without reading what people wrote.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::{ApiKeyId, SessionId, UserId, WorkspaceId};
use crate::problem::{Kind, Problem};
use crate::workspaces::Role;

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $scope:literal, $least:ident;)*) => {
        /// A right inside a workspace; its text form is the scope of an API key.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Permission { $($(#[$doc])* #[serde(rename = $scope)] $name),* }

        impl Permission {
            /// Every permission.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            /// The scope text.
            pub const fn scope(self) -> &'static str { match self { $(Self::$name => $scope),* } }
            /// The least role that has it.
            pub const fn least_role(self) -> Role { match self { $(Self::$name => Role::$least),* } }
        }
        impl utoipa::PartialSchema for Permission {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let scopes = Self::ALL.iter().map(|permission| permission.scope());
                crate::words::schema("A right inside a workspace; its text form is the scope of an API key.", scopes)
            }
        }
        impl utoipa::ToSchema for Permission {}
    };
}

permissions! {
    /// List and read agents and their versions.
    AgentsRead = "agents:read", Viewer;
    /// Create, edit, publish and archive agents.
    AgentsWrite = "agents:write", Member;
    /// List and read executions and their events.
    ExecutionsRead = "executions:read", Viewer;
    /// Start, continue and cancel executions.
    ExecutionsWrite = "executions:write", Member;
    /// List and read schedules and their firings.
    SchedulesRead = "schedules:read", Viewer;
    /// Create, change, pause and delete schedules.
    SchedulesWrite = "schedules:write", Member;
    /// List and read tools and their versions.
    ToolsRead = "tools:read", Viewer;
    /// Create, change, test and archive tools.
    ToolsWrite = "tools:write", Member;
    /// Set and remove secrets, and use them in tools.
    SecretsWrite = "secrets:write", Admin;
    /// Answer the questions of executions that wait for a person.
    ApprovalsWrite = "approvals:write", Member;
    /// See inputs and outputs. Members can be denied it one by one.
    PayloadsRead = "payloads:read", Viewer;
    /// List, make and revoke API keys.
    KeysWrite = "keys:write", Admin;
    /// Read the audit log.
    AuditRead = "audit:read", Admin;
    /// See how large the database is, and set how long ended executions are kept.
    DataWrite = "data:write", Admin;
    /// List members.
    MembersRead = "members:read", Viewer;
    /// Invite, change and remove members.
    MembersWrite = "members:write", Admin;
    /// Change the workspace's settings and secrets.
    SettingsWrite = "settings:write", Admin;
}

impl Permission {
    /// Permissions that an API key may carry; the others need a person.
    pub fn for_keys() -> impl Iterator<Item = Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(|p| !matches!(p, Self::MembersWrite | Self::SettingsWrite | Self::MembersRead))
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.scope())
    }
}

impl FromStr for Permission {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::for_keys().find(|permission| permission.scope() == text.trim()).ok_or_else(|| {
            format!(
                "\"{}\" is no scope. Use some of: {}.",
                crate::text::headline(text, 40),
                Self::for_keys().map(Self::scope).collect::<Vec<_>>().join(", ")
            )
        })
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants(BTreeSet<Permission>);

impl Grants {
    /// What a role may do; `sees_payloads` decides on [`Permission::PayloadsRead`].
    pub fn of_role(role: Role, sees_payloads: bool) -> Self {
        Self(
            Permission::ALL
                .iter()
                .copied()
                .filter(|p| role >= p.least_role() && (sees_payloads || *p != Permission::PayloadsRead))
                .collect(),
        )
    }

    /// From a list of scopes.
    pub fn of_scopes(scopes: impl IntoIterator<Item = Permission>) -> Self {
        Self(scopes.into_iter().collect())
    }

    /// Everything, for the system itself.
    pub fn all() -> Self {
        Self(Permission::ALL.iter().copied().collect())
    }

    /// True when the permission is among them.
    pub fn has(&self, permission: Permission) -> bool {
        self.0.contains(&permission)
    }

    /// True when every permission of `self` is in `other`.
    pub fn within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// The scopes in order.
    pub fn scopes(&self) -> impl Iterator<Item = Permission> + '_ {
        self.0.iter().copied()
    }
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal {
    /// A signed-in person.
    Person {
        /// Who.
        user: UserId,
        /// From which session.
        session: SessionId,
        /// With which role.
        role: Role,
    },
    /// A machine.
    Key {
        /// Which key.
        key: ApiKeyId,
    },
    /// The server itself or its command line.
    System,
}

/// Authority as an argument: who acts, in which workspace, with which rights, from where.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The workspace acted in.
    pub workspace: WorkspaceId,
    /// Who acts.
    pub principal: Principal,
    /// How the audit log names them: an e-mail address, a key's name, or "system".
    pub name: String,
    /// What they may do.
    pub grants: Grants,
    /// Network address of the request, if there is one.
    pub address: Option<String>,
    /// Id of the request, if there is one.
    pub request_id: Option<String>,
}

impl Actor {
    /// The server or its command line acting in a workspace.
    pub fn system(workspace: WorkspaceId) -> Self {
        Self {
            workspace,
            principal: Principal::System,
            name: "system".to_owned(),
            grants: Grants::all(),
            address: None,
            request_id: None,
        }
    }

    /// True when the actor has the permission.
    pub fn may(&self, permission: Permission) -> bool {
        self.grants.has(permission)
    }

    /// Refuses unless the actor has the permission.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        if self.may(permission) {
            return Ok(());
        }
        let message = match self.principal {
            Principal::Key { .. } => format!("This key lacks the scope {permission}. Use a key that has it."),
            Principal::Person { .. } | Principal::System => {
                let least = permission.least_role();
                format!(
                    "This needs the role {least} or higher ({permission}). Ask an owner or admin of the workspace."
                )
            }
        };
        Err(Problem::new(Kind::Forbidden, message))
    }

    /// The person behind the actor; keys are refused.
    pub fn person(&self) -> Result<(UserId, SessionId, Role), Problem> {
        match self.principal {
            Principal::Person { user, session, role } => Ok((user, session, role)),
            Principal::Key { .. } | Principal::System => {
                Err(Problem::new(Kind::Forbidden, "This is for people. Sign in instead of using a key."))
            }
        }
    }

    /// A stable text that tells callers apart, for idempotency and rate limits.
    pub fn caller(&self) -> String {
        match self.principal {
            Principal::Person { user, .. } => user.to_string(),
            Principal::Key { key } => key.to_string(),
            Principal::System => "system".to_owned(),
        }
    }

    /// "person", "key" or "system".
    pub const fn kind(&self) -> &'static str {
        match self.principal {
            Principal::Person { .. } => "person",
            Principal::Key { .. } => "key",
            Principal::System => "system",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn higher_roles_have_all_that_lower_ones_have() {
        for pair in Role::ALL.windows(2) {
            assert!(Grants::of_role(pair[0], true).within(&Grants::of_role(pair[1], true)), "{pair:?}");
        }
    }

    #[test]
    fn payloads_can_be_denied_to_anyone() {
        assert!(!Grants::of_role(Role::Owner, false).has(Permission::PayloadsRead));
    }

    #[test]
    fn keys_cannot_manage_people_or_settings() {
        assert!("members:write".parse::<Permission>().is_err());
        assert!("settings:write".parse::<Permission>().is_err());
        assert_eq!("agents:read".parse(), Ok(Permission::AgentsRead));
    }
}
