//! The budget of an execution in tokens. It stops before the call that would go past it, so every
//! call is reckoned at the most it can cost: no token is shorter than a byte.

use domain::executions::{Failure, Reason, Status, Usage};
use outbound::chat::Ask;
use storage::queue::Job;

use crate::attempt::Halt;

/// What an execution has spent.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spent {
    tokens: u64,
}

impl Spent {
    /// Adds what a call used; where the provider told nothing, the most its answer can have been.
    pub(super) fn add(&mut self, usage: Option<Usage>, bytes: usize) {
        self.tokens += usage.map_or(bytes as u64, |usage| usage.input_tokens + usage.output_tokens);
    }
}

/// The most tokens of an answer when the agent has a budget and sets no limit of its own.
pub(super) const ANSWER: u32 = 4_096;

/// Refuses a call that could go past the budget.
pub(super) fn may_call(job: &Job, ask: &Ask, spent: Spent) -> Result<(), Halt> {
    let budget = u64::from(job.config.limits.budget_tokens);
    if budget == 0 {
        return Ok(());
    }
    let most = spent.tokens + ask.bytes() as u64 + u64::from(ask.max_tokens.unwrap_or(ANSWER));
    if most <= budget {
        return Ok(());
    }
    let message = format!(
        "The next call of the model could go past the budget of {budget} tokens: {} were used, and it may take {}.",
        spent.tokens,
        most - spent.tokens
    );
    let failure = Failure::failed(Reason::BudgetReached).with_message(message);
    Err(Failure { status: Status::TimedOut, ..failure }.into())
}
