//! In which windows a kill fell. Read from the database right after the kill, together with what
//! the upstream had done by then; nothing in the server takes part.

use domain::Timestamp;
use domain::executions::{ExecutionFilter, ExecutionRow, Status, Step, StepState};
use domain::ids::{ExecutionId, WorkspaceId};
use domain::paging::PageRequest;
use storage::Store;

use super::count::recovered;
use super::upstream::{Effects, Log, token_in};

/// Events of one execution that are read.
const EVENTS: u32 = 10_000;

/// Where an execution was when its server died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Window {
    /// Its start was sent and not answered.
    Accept,
    /// Taken by a worker, no step journalled.
    Claim,
    /// A step was journalled; nothing is stored of its effect, which may have happened or not.
    Journal,
    /// The effect goes on.
    Effect,
    /// The upstream has told everything; the end is not stored.
    Finish,
}

impl Window {
    /// Every window, in the order of an execution's life.
    pub const ALL: [Self; 5] = [Self::Accept, Self::Claim, Self::Journal, Self::Effect, Self::Finish];

    /// The word in the report.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Claim => "claim",
            Self::Journal => "journal",
            Self::Effect => "effect",
            Self::Finish => "finish",
        }
    }
}

/// An execution that a kill caught.
#[derive(Debug, Clone, Copy)]
pub struct Caught {
    /// Which kill.
    pub kill: usize,
    /// Which execution.
    pub execution: ExecutionId,
    /// Where it was.
    pub window: Window,
    /// When.
    pub at: Timestamp,
}

/// The executions that were at work at the moment of a kill.
pub async fn caught(
    store: &Store,
    workspace: WorkspaceId,
    log: &Log,
    kill: usize,
    at: Timestamp,
) -> Result<Vec<Caught>, storage::Error> {
    let log = log.snapshot();
    let filter = ExecutionFilter { status: vec![Status::Running], ..ExecutionFilter::default() };
    let page = PageRequest { after: None, limit: 200 };
    let mut found = Vec::new();
    for row in storage::executions::list(store, workspace, &filter, page).await? {
        let steps = storage::executions::steps(store, workspace, row.id).await?;
        let window = window(&row, &steps, &log);
        found.push(Caught { kill, execution: row.id, window, at });
    }
    Ok(found)
}

/// The windows into which no kill fell. An execution that its own worker simply continued was not
/// caught, so stories are read as they are by now; `accepting` says at which kills a start was on its way.
pub async fn empty(
    store: &Store,
    workspace: WorkspaceId,
    caught: &[Caught],
    accepting: &[usize],
) -> Result<Vec<Window>, storage::Error> {
    let mut empty = Vec::new();
    for window in Window::ALL {
        let mut is_hit = window == Window::Accept && !accepting.is_empty();
        for caught in caught.iter().filter(|caught| caught.window == window) {
            if is_hit {
                break;
            }
            let events = storage::events::after(store, workspace, caught.execution, 0, EVENTS).await?;
            is_hit = recovered(&events, caught.at).is_some();
        }
        if !is_hit {
            empty.push(window);
        }
    }
    Ok(empty)
}

fn window(row: &ExecutionRow, steps: &[Step], log: &std::collections::BTreeMap<u64, Effects>) -> Window {
    let Some(step) = steps.iter().rev().find(|step| step.state == StepState::Started) else {
        // A step that is over and an execution that is not: the end is about to be stored.
        let over = steps.iter().any(|step| step.state == StepState::Finished);
        return if over { Window::Finish } else { Window::Claim };
    };
    let token = row.title.as_deref().and_then(token_in);
    let effects = token.and_then(|token| log.get(&token)).copied().unwrap_or_default();
    let same = steps.iter().filter(|other| other.kind == step.kind).count();
    let done = if step.kind == "model_call" { effects.calls } else { effects.runs };
    let stored = if step.kind == "model_call" {
        usize::try_from(done).unwrap_or(0) >= same
    } else {
        step.run_id.is_some()
    };
    match (stored, done > 0 && effects.told >= done) {
        (false, _) => Window::Journal,
        (true, false) => Window::Effect,
        (true, true) => Window::Finish,
    }
}
