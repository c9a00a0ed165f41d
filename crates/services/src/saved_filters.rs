//! Filters kept under a name. One's own are seen by nobody else; shared ones by everybody in the
//! workspace, and changed by those who may start executions.

use domain::executions::FilterDraft;
use domain::ids::{SavedFilterId, UserId};
use domain::saved_filters::{MOST, SavedFilter, SavedFilterDraft};
use domain::{Actor, Kind, Permission, Problem};
use serde_json::json;
use storage::saved_filters::NewFilter;

use crate::{Fault, Services};

/// Operations on saved filters.
#[derive(Debug, Clone, Copy)]
pub struct SavedFilters<'a>(&'a Services);

impl Services {
    /// Operations on saved filters.
    pub fn saved_filters(&self) -> SavedFilters<'_> {
        SavedFilters(self)
    }
}

/// The person behind an actor; keys have no filters of their own.
fn person(actor: &Actor) -> Option<UserId> {
    actor.person().ok().map(|(user, ..)| user)
}

impl SavedFilters<'_> {
    /// Those that the workspace shares, then the actor's own. Words to search for are part of them only
    /// for those who may search.
    pub async fn list(&self, actor: &Actor) -> Result<Vec<SavedFilter>, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        let found = storage::saved_filters::list(self.0.store(), actor.workspace, person(actor))
            .await
            .or_internal("list saved filters")?;
        let sees = actor.may(Permission::PayloadsRead);
        Ok(found.into_iter().filter(|saved| sees || saved.filter.q.is_empty()).collect())
    }

    /// Keeps a filter.
    pub async fn create(&self, actor: &Actor, draft: &SavedFilterDraft) -> Result<SavedFilter, Problem> {
        actor.require(Permission::ExecutionsRead)?;
        let owner = if draft.shared {
            actor.require(Permission::ExecutionsWrite)?;
            None
        } else {
            Some(
                actor
                    .person()
                    .map_err(|_| {
                        Problem::field(
                            "shared",
                            "A key has no filters of its own. Share it with the workspace.",
                        )
                    })?
                    .0,
            )
        };
        let name = draft.parse()?;
        let filter: &FilterDraft = &draft.filter;
        crate::executions::may_search(actor, &filter.parse()?)?;
        let (store, at, id) = (self.0.store(), self.0.now(), self.0.id::<SavedFilterId>());
        let tx = store.begin().await.or_internal("begin")?;
        let number = storage::saved_filters::count(&tx, actor.workspace, owner)
            .await
            .or_internal("count saved filters")?;
        if number >= u64::from(MOST) {
            let message = format!("There are {MOST} saved filters already. Delete one first.");
            return Err(Problem::new(Kind::Conflict, message));
        }
        let new = NewFilter { id, owner, name: &name, filter, at, by: &actor.name };
        storage::saved_filters::insert(&tx, actor.workspace, &new).await.or_internal("store a filter")?;
        let detail = json!({ "shared": draft.shared });
        crate::audit::record(self.0, &tx, actor, "filter.create", id.to_string(), &name, detail).await?;
        tx.commit().await.or_internal("commit")?;
        let filter = filter.clone();
        Ok(SavedFilter {
            id,
            name,
            filter,
            shared: draft.shared,
            created_at: at,
            created_by: actor.name.clone(),
        })
    }

    /// Forgets a filter.
    pub async fn delete(&self, actor: &Actor, filter: SavedFilterId) -> Result<(), Problem> {
        let mut own = self.list(actor).await?.into_iter();
        let found = own.find(|saved| saved.id == filter).ok_or_else(|| Problem::not_found("filter"))?;
        if found.shared {
            actor.require(Permission::ExecutionsWrite)?;
        }
        let tx = self.0.store().begin().await.or_internal("begin")?;
        let is_gone = storage::saved_filters::remove(&tx, actor.workspace, filter, person(actor))
            .await
            .or_internal("remove a filter")?;
        if !is_gone {
            return Err(Problem::not_found("filter"));
        }
        let detail = json!({ "shared": found.shared });
        let (target, name) = (filter.to_string(), found.name.as_str());
        crate::audit::record(self.0, &tx, actor, "filter.delete", target, name, detail).await?;
        tx.commit().await.or_internal("commit")
    }
}
