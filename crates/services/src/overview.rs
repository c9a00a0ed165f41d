//! The numbers of the first page, and the frame around every page.

use std::time::Duration;

use domain::executions::Status;
use domain::overview::{Frame, Overview};
use domain::{Actor, Permission, Problem, Timestamp};

use crate::accounts::Person;
use crate::executions::redact_row;
use crate::{Fault, Services};

/// How many rows each short list holds.
const SHORT: u32 = 8;

impl Services {
    /// What needs attention now, and how the last 24 hours went.
    pub async fn overview(&self, actor: &Actor) -> Result<Overview, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        actor.require(Permission::AgentsRead)?;
        let (store, workspace) = (self.store(), actor.workspace);
        let day = i64::try_from(Duration::from_hours(24).as_millis()).unwrap_or(0);
        let since = Timestamp::from_millis(self.now().millis() - day);
        let counts =
            storage::executions::counts(store, workspace, since).await.or_internal("count executions")?;
        let (cache_hits, cache_misses) = storage::executions::cache_counts(store, workspace, since)
            .await
            .or_internal("count used results")?;
        let agents = storage::agents::count_live(store, workspace).await.or_internal("count agents")?;
        let live = [Status::Running, Status::Waiting, Status::Queued];
        let trouble = [Status::Failed, Status::TimedOut, Status::Crashed];
        let live = storage::executions::latest_in(store, workspace, &live, SHORT)
            .await
            .or_internal("list live executions")?;
        let failures = storage::executions::latest_in(store, workspace, &trouble, SHORT)
            .await
            .or_internal("list failures")?;
        Ok(Overview {
            agents,
            executions: counts.all(),
            succeeded: counts.of(Status::Succeeded),
            troubled: trouble.iter().map(|status| counts.of(*status)).sum(),
            cache_hits,
            cache_misses,
            queued: counts.of(Status::Queued),
            waiting: self.approvals().waiting_for(actor, SHORT).await?,
            live: live.into_iter().map(|row| redact_row(actor, row)).collect(),
            failures: failures.into_iter().map(|row| redact_row(actor, row)).collect(),
        })
    }

    /// What the frame around every page shows to this person.
    pub async fn frame(&self, actor: &Actor, person: Person) -> Result<Frame, Problem> {
        let (_, _, role) = actor.person()?;
        Ok(Frame {
            workspaces: self.accounts().memberships(person.user.id).await?,
            user_name: person.user.name,
            user_email: person.user.email,
            role,
            may: actor.grants.scopes().collect(),
            live: self.live_count(actor).await?,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    /// How many executions go on now: those that run, and those that wait for a person or a call.
    pub async fn live_count(&self, actor: &Actor) -> Result<u64, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        storage::executions::count_in(self.store(), actor.workspace, &[Status::Running, Status::Waiting])
            .await
            .or_internal("count live executions")
    }
}
