//! Whether what an actor was given still holds.
//!
//! A request asks when it begins. What lives longer than a request asks again now and then, so that it
//! ends even where the news of a revocation got lost, or where nobody tells: a key that expires.

use domain::access::{Grants, Principal};
use domain::workspaces::Role;
use domain::{Actor, Problem, Timestamp};

use crate::{Fault as _, Services};

impl Services {
    /// Whether the actor's session or key still lives and still has the rights it had: one look at the
    /// database, and at the clock.
    pub async fn still_stands(&self, actor: &Actor) -> Result<bool, Problem> {
        let (store, now) = (self.store(), self.now());
        match actor.principal {
            Principal::System => Ok(true),
            Principal::Key { key } => {
                let found = storage::api_keys::get(store, actor.workspace, key).await;
                let lives = |end: Timestamp| end > now;
                Ok(found
                    .or_internal("look up a key")?
                    .is_some_and(|key| key.revoked_at.is_none() && key.expires_at.is_none_or(lives)))
            }
            Principal::Person { session, .. } => {
                let found = storage::sessions::standing(store, actor.workspace, session).await;
                let stands = |(end, role, sees): (Timestamp, Role, bool)| {
                    end > now && actor.grants.within(&Grants::of_role(role, sees))
                };
                Ok(found.or_internal("look up a session")?.is_some_and(stands))
            }
        }
    }
}
