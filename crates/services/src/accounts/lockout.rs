//! Slowing down whoever guesses passwords, without locking anybody out for ever.
//!
//! An attempt is counted before the password is checked, so that a burst of parallel guesses gets
//! no further than the same guesses one after another. From the fifth attempt without success on,
//! signing in is refused for 1, 2, 4, 8 and then 15 minutes; attempts during that time count for
//! nothing. A success forgets the attempts from its place, a new password those from everywhere.
//!
//! Addresses without an account are refused in the same rhythm, from memory, so that the refusal
//! does not tell whether there is an account.
//!
//! Whoever knows an address could still keep its owner out, one guess at the end of each delay. So
//! attempts from a network address where the person was signed in lately are counted apart, also in
//! memory: guesses from elsewhere do not lock that door, and guesses from there lock only that one.
//! They are counted against one password, so that a reset link or a change opens such doors too.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::{Kind, Problem, Timestamp};

/// How many attempts are free.
const FREE: u32 = 5;
/// The longest delay.
const LONGEST: Duration = Duration::from_mins(15);
/// For how long a network address is remembered where somebody was signed in.
pub(super) const FAMILIAR: Duration = Duration::from_hours(30 * 24);
/// How many addresses without an account are remembered.
const REMEMBERED: usize = 10_000;

/// How long signing in is refused after this many attempts without success.
pub(super) fn delay(attempts: u32) -> Option<Duration> {
    let doublings = attempts.checked_sub(FREE)?;
    Some(Duration::from_mins(1 << doublings.min(4)).min(LONGEST))
}

/// The refusal while the lock holds.
pub(super) fn refuse_until(locked_until: Option<Timestamp>, now: Timestamp) -> Result<(), Problem> {
    let Some(until) = locked_until.filter(|until| *until > now) else { return Ok(()) };
    let seconds = until.millis_since(now).div_ceil(1000);
    let wait =
        if seconds > 90 { format!("{} minutes", seconds.div_ceil(60)) } else { format!("{seconds} seconds") };
    let message = format!("There were too many attempts to sign in with this address. Try again in {wait}.");
    Err(Problem { retry_after_s: Some(seconds), ..Problem::new(Kind::LockedOut, message) })
}

/// Attempts that are not counted in the database. Kept by hash, forgotten when the process ends.
#[derive(Debug, Default)]
pub(crate) struct InMemory(Mutex<HashMap<[u8; 32], Attempts>>);

#[derive(Debug, Clone, Copy, Default)]
struct Attempts {
    count: u32,
    locked_until: Option<Timestamp>,
}

impl InMemory {
    /// Counts an attempt, or refuses it.
    pub(super) fn attempt(&self, name: &str, now: Timestamp) -> Result<(), Problem> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.retain(|_, attempts| attempts.locked_until.is_some_and(|until| until > now));
        }
        if known.len() >= REMEMBERED {
            known.clear();
        }
        let attempts = known.entry(crate::crypto::sha256(name.as_bytes())).or_default();
        refuse_until(attempts.locked_until, now)?;
        attempts.count = attempts.count.saturating_add(1);
        attempts.locked_until = delay(attempts.count).map(|delay| now.plus(delay));
        Ok(())
    }

    /// Forgets the attempts under a name, after a success.
    pub(super) fn forget(&self, name: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(&crate::crypto::sha256(name.as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_a_quarter_of_an_hour_and_no_further() {
        let minutes: Vec<u64> = (1..12).map(|n| delay(n).map_or(0, |delay| delay.as_secs() / 60)).collect();
        assert_eq!(minutes, [0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15]);
        assert_eq!(delay(u32::MAX), Some(LONGEST));
    }

    #[test]
    fn strangers_are_refused_and_let_in_again() {
        let strangers = InMemory::default();
        let now = Timestamp::from_millis(1_000_000);
        for _ in 0..FREE {
            strangers.attempt("ada@example.com", now).expect("free");
        }
        let refused = strangers.attempt("ada@example.com", now).expect_err("locked");
        assert_eq!((refused.kind, refused.retry_after_s), (Kind::LockedOut, Some(60)));
        strangers.attempt("bob@example.com", now).expect("another address");
        strangers.attempt("ada@example.com", now.plus(Duration::from_mins(1))).expect("the lock has opened");
    }
}
