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

/// Exponential back-off: `base * factor^(attempt-1)`, at most `cap`, of which the agent's share is
/// random. `jitter` is uniform over all of `u32`.
pub fn backoff(limits: &Limits, attempt: u32, jitter: u32) -> Duration {
    let factor = u64::from(limits.retry_factor).saturating_pow(attempt.saturating_sub(1));
    let ceiling = u64::from(limits.retry_base_ms).saturating_mul(factor).min(u64::from(limits.retry_cap_ms));
    let random = ceiling * u64::from(limits.retry_jitter_percent.min(100)) / 100;
    Duration::from_millis(ceiling - random + random * u64::from(jitter) / u64::from(u32::MAX))
}

/// Decides what follows the failure of attempt number `attempt` (from 1). A wait the upstream asks
/// for is obeyed, also beyond the cap.
pub fn decide(limits: &Limits, attempt: u32, failure: &Failure, jitter: u32) -> Decision {
    if !accepted(limits, failure) || attempt >= limits.attempts {
        return Decision::GiveUp;
    }
    Decision::RetryAfter(backoff(limits, attempt, jitter).max(failure.retry_after.unwrap_or_default()))
}

/// Whether the policy repeats after this failure. A named reason is not enough where the request may
/// still be acted on.
fn accepted(limits: &Limits, failure: &Failure) -> bool {
    let named = limits.retry_on.contains(&failure.reason);
    match failure.reason {
        Reason::UpstreamInDoubt => limits.accept_repeat && (named || limits.retry_on.is_empty()),
        // The upstream said no for good; only the policy can want it again.
        Reason::UpstreamFailed | Reason::UpstreamStatus if !failure.repeatable => {
            named && failure.status == Status::Failed
        }
        _ => failure.repeatable && (named || limits.retry_on.is_empty()),
    }
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
    fn the_policy_names_reasons() {
        let busy = Failure::failed(Reason::UpstreamBusy).repeatable(None);
        let failed = Failure::failed(Reason::UpstreamFailed);
        let cut = Failure::failed(Reason::StreamCut);
        let check = |retry_on: &[Reason], failure: &Failure| {
            let limits = Limits { retry_on: retry_on.to_vec(), ..Limits::default() };
            decide(&limits, 1, failure, 0) != Decision::GiveUp
        };
        assert!(check(&[], &busy) && !check(&[], &failed) && !check(&[], &cut));
        assert!(!check(&[Reason::UpstreamFailed], &busy) && check(&[Reason::UpstreamFailed], &failed));
        assert!(!check(&[Reason::StreamCut], &cut), "a run whose id is known is never started again");
        assert!(!check(&[Reason::UpstreamInDoubt], &Failure::failed(Reason::UpstreamInDoubt)));
    }

    #[test]
    fn waits_grow_by_the_factor_and_jitter_can_be_turned_off() {
        let limits = Limits { retry_factor: 3, retry_jitter_percent: 0, ..Limits::default() };
        let waits: Vec<_> = (1..=5).map(|attempt| backoff(&limits, attempt, 0).as_secs()).collect();
        assert_eq!(waits, [1, 3, 9, 27, 60]);
        let half = Limits { retry_jitter_percent: 50, ..limits };
        assert_eq!((backoff(&half, 1, 0).as_millis(), backoff(&half, 1, u32::MAX).as_millis()), (500, 1000));
    }

    #[test]
    fn the_last_attempt_is_the_last_and_retry_after_is_obeyed() {
        let limits = Limits { attempts: 2, ..Limits::default() };
        let failure = Failure::failed(Reason::UpstreamBusy).repeatable(Some(Duration::from_secs(90)));
        assert_eq!(decide(&limits, 1, &failure, 0), Decision::RetryAfter(Duration::from_secs(90)));
        assert_eq!(decide(&limits, 2, &failure, 0), Decision::GiveUp);
    }
}
