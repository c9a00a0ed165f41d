//! How many executions were accepted when, in bars of equal width.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{ExecutionFilter, Status};
use crate::clock::Timestamp;
use crate::problem::{Kind, Problem};

/// The number of bars.
pub const BARS: u32 = 48;

/// How far back a histogram looks when its filter does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Span {
    /// One hour.
    Hour,
    /// 24 hours.
    #[default]
    Day,
    /// Seven days.
    Week,
    /// Thirty days.
    Month,
}

impl Span {
    /// Every span.
    pub const ALL: &'static [Self] = &[Self::Hour, Self::Day, Self::Week, Self::Month];

    /// The word in an address.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    /// Reads the word; a day when there is none.
    pub fn read(text: &str) -> Result<Self, Problem> {
        let refusal = || Problem::new(Kind::InvalidQuery, "span: Use one of: 1h, 24h, 7d, 30d.");
        match text {
            "" => Ok(Self::default()),
            text => Self::ALL.iter().copied().find(|span| span.word() == text).ok_or_else(refusal),
        }
    }

    /// How long it is.
    pub const fn length(self) -> Duration {
        match self {
            Self::Hour => Duration::from_hours(1),
            Self::Day => Duration::from_hours(24),
            Self::Week => Duration::from_hours(7 * 24),
            Self::Month => Duration::from_hours(30 * 24),
        }
    }
}

/// Executions by the time they were accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Histogram {
    /// The bars in order of time, each of the same width, without gaps.
    pub bars: Vec<Bar>,
}

/// What was accepted in one span of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Bar {
    /// From this moment.
    pub from: Timestamp,
    /// Up to this one, which belongs to the next bar.
    pub to: Timestamp,
    /// How many have not ended.
    pub active: u64,
    /// How many succeeded.
    pub succeeded: u64,
    /// How many failed, timed out or crashed.
    pub troubled: u64,
    /// How many were cancelled.
    pub cancelled: u64,
}

impl Bar {
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.active + self.succeeded + self.troubled + self.cancelled
    }

    /// Counts executions in a state.
    pub fn add(&mut self, status: Status, number: u64) {
        let place = match status {
            Status::Queued | Status::Running | Status::Waiting => &mut self.active,
            Status::Succeeded => &mut self.succeeded,
            Status::Failed | Status::TimedOut | Status::Crashed => &mut self.troubled,
            Status::Cancelled => &mut self.cancelled,
        };
        *place += number;
    }
}

/// Empty bars over the time of a filter; where it is open, over the span before its end or the present.
pub fn empty_bars(filter: &ExecutionFilter, span: Span, now: Timestamp) -> Vec<Bar> {
    let length = |span: Span| i64::try_from(span.length().as_millis()).unwrap_or(i64::MAX);
    let bars = i64::from(BARS);
    // The present belongs to the last bar.
    let to = filter.to.map_or(now.millis() + 1, Timestamp::millis);
    let from = filter.from.map_or(to.saturating_sub(length(span)), Timestamp::millis);
    let width = (to.saturating_sub(from) + bars - 1).max(bars) / bars;
    (0..bars)
        .map(|bar| {
            let at = |bar: i64| Timestamp::from_millis(from.saturating_add(width.saturating_mul(bar)));
            Bar { from: at(bar), to: at(bar + 1), active: 0, succeeded: 0, troubled: 0, cancelled: 0 }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_cover_the_time_without_gaps() {
        let at = Timestamp::from_millis;
        let day = 86_400_000;
        for (from, to, begins, ends_after) in [
            (None, None, 10 * day + 1 - day, 10 * day),
            (Some(0), Some(48_000), 0, 47_999),
            (Some(0), Some(49_001), 0, 49_000),
            (None, Some(5 * day), 4 * day, 5 * day - 1),
            (Some(7), Some(7), 7, 7),
        ] {
            let filter = ExecutionFilter { from: from.map(at), to: to.map(at), ..ExecutionFilter::default() };
            let bars = empty_bars(&filter, Span::Day, at(10 * day));
            assert_eq!(bars.len(), BARS as usize);
            assert_eq!(bars[0].from, at(begins), "{from:?} {to:?}");
            assert!(bars[47].to.millis() > ends_after, "{from:?} {to:?}");
            assert!(bars.windows(2).all(|pair| pair[0].to == pair[1].from));
        }
    }
}
