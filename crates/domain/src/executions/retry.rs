//! Whether and when another attempt follows.
//!
//! Retries are chosen, not assumed: Toolhouse has no idempotency key, so a request that may have
//! been acted on is repeated only where the agent's policy accepts that. The table stands in
//! `docs/toolhouse.md`, and a test walks it.

use std::time::Duration;

use super::{Reason, Status};
use crate::agents::Limits;

/// How an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The state the execution ends in if nothing follows.
    pub status: Status,
    /// Why.
    pub reason: Reason,
    /// One sentence for people.
    pub message: String,
    /// True when nothing can have happened upstream, or the upstream said to try again.
    pub repeatable: bool,
    /// The least time the upstream asks us to wait.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// A failure that ends the execution as `failed` with the reason's own sentence.
    pub fn failed(reason: Reason) -> Self {
        Self {
            status: Status::Failed,
            reason,
            message: reason.sentence().to_owned(),
            repeatable: false,
            retry_after: None,
        }
    }

    /// The same, with a sentence of its own.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// The same, safe to repeat.
    #[must_use]
    pub const fn repeatable(mut self, retry_after: Option<Duration>) -> Self {
        self.repeatable = true;
        self.retry_after = retry_after;
        self
    }
}

/// What follows a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Another attempt after this wait.
    RetryAfter(Duration),
    /// The execution ends.
    GiveUp,
}

/// Exponential back-off with full jitter: a random part of `base * 2^(attempt-1)`, at most `cap`.
/// `jitter` is uniform over all of `u32`.
pub fn backoff(limits: &Limits, attempt: u32, jitter: u32) -> Duration {
    let base = u64::from(limits.retry_base_ms);
    let ceiling =
        base.saturating_mul(1_u64 << attempt.saturating_sub(1).min(20)).min(u64::from(limits.retry_cap_ms));
    Duration::from_millis(ceiling * u64::from(jitter) / u64::from(u32::MAX))
}

/// Decides what follows the failure of attempt number `attempt` (from 1). A wait the upstream asks
/// for is obeyed, also beyond the cap.
pub fn decide(limits: &Limits, attempt: u32, failure: &Failure, jitter: u32) -> Decision {
    let accepted = failure.repeatable || (failure.reason == Reason::UpstreamInDoubt && limits.accept_repeat);
    if !accepted || attempt >= limits.attempts {
        return Decision::GiveUp;
    }
    Decision::RetryAfter(backoff(limits, attempt, jitter).max(failure.retry_after.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn waits_stay_under_the_cap(attempt in 1_u32..100, jitter in any::<u32>()) {
            let limits = Limits::default();
            prop_assert!(backoff(&limits, attempt, jitter) <= Duration::from_millis(u64::from(limits.retry_cap_ms)));
        }
    }

    #[test]
    fn doubt_is_repeated_only_by_choice() {
        let failure = Failure::failed(Reason::UpstreamInDoubt);
        let careful = Limits::default();
        let careless = Limits { accept_repeat: true, ..Limits::default() };
        assert_eq!(decide(&careful, 1, &failure, 0), Decision::GiveUp);
        assert!(matches!(decide(&careless, 1, &failure, 0), Decision::RetryAfter(_)));
    }

    #[test]
    fn the_last_attempt_is_the_last_and_retry_after_is_obeyed() {
        let limits = Limits { attempts: 2, ..Limits::default() };
        let failure = Failure::failed(Reason::UpstreamBusy).repeatable(Some(Duration::from_secs(90)));
        assert_eq!(decide(&limits, 1, &failure, 0), Decision::RetryAfter(Duration::from_secs(90)));
        assert_eq!(decide(&limits, 2, &failure, 0), Decision::GiveUp);
    }
}
