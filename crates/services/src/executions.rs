//! Executions: starting, following up, reading, stopping. What happens in between is the engine's.

mod again;
mod cancel;
mod follow_up;
mod form;
mod once;
mod read;
mod start;
mod workers;

pub use start::{Origin, Prepared};

pub(crate) use read::may_search;

use domain::executions::ExecutionRow;
use domain::ids::ExecutionId;
use domain::{Actor, Permission, Problem};
use storage::executions::Stored;

use crate::{Fault, Services};

/// Operations on executions.
#[derive(Debug, Clone, Copy)]
pub struct Executions<'a>(pub(crate) &'a Services);

impl Services {
    /// Operations on executions.
    pub fn executions(&self) -> Executions<'_> {
        Executions(self)
    }
}

impl Executions<'_> {
    pub(crate) async fn stored(&self, actor: &Actor, execution: ExecutionId) -> Result<Stored, Problem> {
        storage::executions::get(self.0.store(), actor.workspace, execution)
            .await
            .or_internal("read an execution")?
            .ok_or_else(|| Problem::not_found("execution"))
    }
}

/// A row as a reader without the payload right sees it.
pub(crate) fn redact_row(actor: &Actor, mut row: ExecutionRow) -> ExecutionRow {
    if !actor.may(Permission::PayloadsRead) {
        row.title = None;
        row.message = row.reason.map(|reason| reason.sentence().to_owned());
    }
    row
}
