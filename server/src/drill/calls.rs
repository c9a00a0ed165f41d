//! What callers asked for and were told, noted as it happens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::dice::Dice;
use super::upstream::token;

/// What is asked of an execution, and so what its end should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A streamed answer.
    Stream,
    /// A streamed answer that takes a few seconds.
    Slow,
    /// Refused twice by the upstream, then answered.
    Retry,
    /// A stream that the upstream cuts; the run completes.
    Cut,
    /// Refused for good.
    Refused,
    /// Stopped by its caller.
    Cancel,
}

impl Kind {
    /// What a caller asks for next.
    pub fn draw(dice: &mut Dice) -> Self {
        match dice.below(20) {
            0..=8 => Self::Stream,
            9..=12 => Self::Slow,
            13..=15 => Self::Retry,
            16 => Self::Cut,
            17 => Self::Refused,
            _ => Self::Cancel,
        }
    }

    /// True when nothing but us could keep it from succeeding.
    pub const fn is_healthy(self) -> bool {
        !matches!(self, Self::Refused | Self::Cancel)
    }

    /// Retries and cut streams are Toolhouse's: a model call keeps no count of its refusals.
    pub const fn may_be_model(self) -> bool {
        matches!(self, Self::Stream | Self::Slow | Self::Refused | Self::Cancel)
    }

    /// The message that asks the upstream for it.
    pub fn message(self, number: u64) -> String {
        let script = match self {
            Self::Stream => "",
            Self::Slow => "/slow 3 ",
            Self::Retry => "/429-then-ok 2 ",
            Self::Cut => "/truncate ",
            Self::Refused => "/402 ",
            Self::Cancel => "/slow 8 ",
        };
        format!("{script}Where is {}?", token(number))
    }
}

/// What one caller asked for and was told.
#[derive(Debug, Clone)]
pub struct Call {
    /// What was asked.
    pub kind: Kind,
    /// Identifier of the execution, once the start was answered.
    pub accepted: Option<String>,
    /// The start was refused, which none should be.
    pub refused: bool,
    /// The stop was acknowledged before the end.
    pub stop_acknowledged: bool,
    /// The caller followed the stream of events.
    pub followed: bool,
    /// Events that were missing from the stream.
    pub missed: u64,
    /// Events that came twice or out of order.
    pub repeated: u64,
}

/// What a token stands for that is not one caller's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Other {
    /// A schedule with one due time.
    Once,
    /// A schedule with a due time each minute.
    Cron,
    /// A row of a batch.
    Row,
}

/// Everything that callers were told.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Starts, by number.
    pub calls: BTreeMap<u64, Call>,
    /// The other numbers that were given out.
    pub others: BTreeMap<u64, Other>,
    /// Schedules that were accepted.
    pub schedules: BTreeSet<String>,
    /// Batches that were accepted.
    pub batches: BTreeSet<String>,
    /// Batches somebody asked to cancel.
    pub cancelled_batches: BTreeSet<String>,
    /// What callers wait for now, by caller.
    pub waits: BTreeMap<u64, String>,
}

/// The same, shared by all callers.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Mutex<Told>>);

impl Calls {
    /// To read and write.
    pub fn lock(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes something about one start.
    pub fn note(&self, number: u64, change: impl FnOnce(&mut Call)) {
        if let Some(call) = self.lock().calls.get_mut(&number) {
            change(call);
        }
    }

    /// Notes what a caller waits for.
    pub fn waits(&self, caller: u64, what: String) {
        self.lock().waits.insert(caller, what);
    }

    /// Everything so far.
    pub fn told(&self) -> Told {
        self.lock().clone()
    }
}
