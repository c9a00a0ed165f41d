//! The time axis: a round length that holds everything, and places along it in percent.

/// A time axis from zero to `end_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    end_ms: u64,
}

#[expect(clippy::cast_precision_loss, reason = "durations are far below 2^52 milliseconds")]
const fn real(number: u64) -> f64 {
    number as f64
}

impl Scale {
    /// The shortest round axis that holds `total_ms` with a little room.
    pub fn new(total_ms: u64) -> Self {
        let wanted = total_ms.max(1) + total_ms / 20;
        let mut unit = 1;
        loop {
            for step in [4, 8, 12, 16, 20, 24, 32, 40] {
                if step * unit >= wanted {
                    return Self { end_ms: step * unit };
                }
            }
            unit *= 10;
        }
    }

    /// Where the axis ends.
    pub const fn end_ms(self) -> u64 {
        self.end_ms
    }

    /// A place from 0 to 100.
    pub fn share(self, at_ms: u64) -> f64 {
        real(at_ms.min(self.end_ms)) / real(self.end_ms) * 100.0
    }

    /// A place as an attribute.
    pub fn percent(self, at_ms: u64) -> String {
        format!("{:.2}%", self.share(at_ms))
    }

    /// A length as an attribute; never too short to see.
    pub fn width(self, ms: u64) -> String {
        format!("{:.2}%", self.share(ms).max(0.4))
    }
}

fn tick(ms: u64) -> String {
    const NBSP: char = '\u{a0}';
    match ms {
        0 => format!("0{NBSP}s"),
        1..1_000 => format!("{ms}{NBSP}ms"),
        _ if ms.is_multiple_of(60_000) => format!("{}{NBSP}min", ms / 60_000),
        _ if ms.is_multiple_of(1_000) => format!("{}{NBSP}s", ms / 1_000),
        _ => format!("{}.{}{NBSP}s", ms / 1_000, ms % 1_000 / 100),
    }
}

/// Five marks, evenly apart.
pub fn ticks(scale: Scale) -> Vec<String> {
    (0..=4).map(|quarter| tick(scale.end_ms * quarter / 4)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axis_is_round_and_long_enough() {
        for (total, end) in [(0, 4), (14_200, 16_000), (16_000, 20_000), (950, 1_200), (300_000, 320_000)] {
            assert_eq!(Scale::new(total).end_ms(), end, "{total}");
        }
    }

    #[test]
    fn places_stay_on_the_axis() {
        let scale = Scale::new(14_200);
        assert_eq!(scale.percent(8_000), "50.00%");
        assert_eq!(scale.percent(99_000), "100.00%");
        assert_eq!(scale.width(1), "0.40%");
    }

    #[test]
    fn marks_have_units() {
        let marks: Vec<_> = ticks(Scale::new(14_200));
        assert_eq!(marks.join("|").replace('\u{a0}', " "), "0 s|4 s|8 s|12 s|16 s");
    }
}
