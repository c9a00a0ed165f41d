//! What becomes of each due time when somebody looks at the clock.
//!
//! A due time seen within [`GRACE`] is on time and fires. An older one was missed, because no
//! process was there to see it, and the schedule's [`Missed`] policy decides. However long nobody
//! looked, a plan is bounded: the caller carries out one plan per transaction and looks again.

use std::time::Duration;

use super::draft::{MAX_MISSED, Missed};
use super::timing::Timing;
use crate::clock::Timestamp;

/// How late a due time may be seen and still count as on time.
pub const GRACE: Duration = Duration::from_mins(1);
/// Due times that one plan deals with while it is behind.
const CHUNK: usize = 500;

/// What becomes of a due time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is on time: the agent runs, unless the overlap policy says otherwise.
    Fire,
    /// Nobody saw it in time, and the policy makes up for it: the agent runs, once whatever came before
    /// has ended. The overlap policy has no say, or of several made up for only one would run.
    MakeUp,
    /// Nobody saw it in time, and the policy leaves it out.
    Missed,
}

/// One due time and its fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// When it was due.
    pub due: Timestamp,
    /// What becomes of it.
    pub fate: Fate,
}

/// What to do now, and when to look again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Due times in order.
    pub firings: Vec<Planned>,
    /// The due time after them; none when the schedule has ended.
    pub next: Option<Timestamp>,
}

/// Plans every due time from `from`, the first that was not dealt with, up to `now`.
pub fn plan(
    timing: &Timing,
    end: Option<Timestamp>,
    missed: Missed,
    from: Timestamp,
    now: Timestamp,
) -> Plan {
    // Beside those that may be made up for, two may be on time: due times are a minute apart or more.
    let lookahead = CHUNK + usize::try_from(MAX_MISSED).unwrap_or(CHUNK) + 3;
    let is_within = |due: &Timestamp| end.is_none_or(|end| *due <= end);
    let mut times = std::iter::once(from).chain(timing.after(from)).take_while(is_within).peekable();
    let mut due = Vec::new();
    while due.len() < lookahead
        && let Some(time) = times.next_if(|time| *time <= now)
    {
        due.push(time);
    }
    let is_late =
        |time: &&Timestamp| now.millis_since(**time) > u64::try_from(GRACE.as_millis()).unwrap_or(0);
    let late = due.iter().filter(is_late).count();
    let kept = usize::try_from(missed.kept()).unwrap_or(usize::MAX);
    let (left_out, dealt_with) = if due.len() == lookahead {
        // More follow than this plan can see, so none of the first is among the last few.
        (CHUNK, CHUNK)
    } else {
        (late.saturating_sub(kept), due.len())
    };
    let next = due.get(dealt_with).copied().or_else(|| times.next());
    let fate = |place: usize| match place {
        place if place < left_out => Fate::Missed,
        place if place < late => Fate::MakeUp,
        _ => Fate::Fire,
    };
    let firings =
        due.into_iter().take(dealt_with).enumerate().map(|(place, due)| Planned { due, fate: fate(place) });
    Plan { firings: firings.collect(), next }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    fn hourly() -> Timing {
        Timing::cron("0 * * * *", "UTC").expect("reads")
    }

    /// How many fire, how many are left out, and the next time.
    fn check(missed: Missed, now: &str) -> (usize, usize, Option<Timestamp>) {
        let plan = plan(&hourly(), None, missed, at("2026-01-01T00:00:00Z"), at(now));
        let fire = plan.firings.iter().filter(|planned| planned.fate != Fate::Missed).count();
        (fire, plan.firings.len() - fire, plan.next)
    }

    #[test]
    fn a_due_time_seen_in_time_fires_whatever_the_policy() {
        for missed in [Missed::Skip, Missed::Once, Missed::All(5)] {
            let next = Some(at("2026-01-01T01:00:00Z"));
            assert_eq!(check(missed, "2026-01-01T00:00:00Z"), (1, 0, next));
            assert_eq!(check(missed, "2026-01-01T00:00:59Z"), (1, 0, next));
        }
    }

    #[test]
    fn policies_decide_about_what_was_missed() {
        // 00:00 to 04:00 were missed, 05:00 is on time.
        let now = "2026-01-01T05:00:30Z";
        let next = Some(at("2026-01-01T06:00:00Z"));
        assert_eq!(check(Missed::Skip, now), (1, 5, next));
        assert_eq!(check(Missed::Once, now), (2, 4, next));
        assert_eq!(check(Missed::All(3), now), (4, 2, next));
        assert_eq!(check(Missed::All(100), now), (6, 0, next));
    }

    #[test]
    fn before_its_time_nothing_happens() {
        let plan =
            plan(&hourly(), None, Missed::Once, at("2026-01-01T00:00:00Z"), at("2025-12-31T23:59:59Z"));
        assert_eq!(plan, Plan { firings: Vec::new(), next: Some(at("2026-01-01T00:00:00Z")) });
    }

    #[test]
    fn nothing_is_due_after_the_end() {
        let end = Some(at("2026-01-01T01:30:00Z"));
        let plan =
            plan(&hourly(), end, Missed::All(10), at("2026-01-01T00:00:00Z"), at("2026-01-01T09:00:00Z"));
        assert_eq!(plan.firings.len(), 2);
        assert_eq!(plan.next, None);
    }

    #[test]
    fn one_moment_is_due_once() {
        let once = Timing::once("2026-01-01T00:00:00Z", "UTC").expect("reads");
        let from = at("2026-01-01T00:00:00Z");
        let plan = plan(&once, None, Missed::Once, from, at("2026-01-03T00:00:00Z"));
        assert_eq!(plan, Plan { firings: vec![Planned { due: from, fate: Fate::MakeUp }], next: None });
    }

    proptest! {
        #[test]
        fn repeated_plans_deal_with_every_due_time_once(
            hours in 0_i64..3_000,
            missed in prop_oneof![Just(Missed::Skip), Just(Missed::Once), (1_u32..=MAX_MISSED).prop_map(Missed::All)],
        ) {
            let start = at("2026-01-01T00:00:00Z");
            let now = Timestamp::from_millis(start.millis() + hours * 3_600_000 + 600_000);
            let (mut from, mut seen, mut fired) = (start, Vec::new(), 0);
            loop {
                let plan = plan(&hourly(), None, missed, from, now);
                prop_assert!(plan.firings.len() < CHUNK + 103);
                fired += plan.firings.iter().filter(|planned| planned.fate != Fate::Missed).count();
                seen.extend(plan.firings.iter().map(|planned| planned.due));
                from = plan.next.expect("hourly has no end");
                if from > now {
                    break;
                }
            }
            let all: Vec<_> = (0..=hours).map(|n| Timestamp::from_millis(start.millis() + n * 3_600_000)).collect();
            prop_assert_eq!(&seen, &all);
            prop_assert_eq!(fired, all.len().min(missed.kept() as usize));
        }
    }
}
