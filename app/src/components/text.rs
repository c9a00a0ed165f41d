//! Numbers as text, the one way Shopfloor writes them. Pure functions: server and browser print
//! the same. A no-break space stands before each unit.

const NBSP: char = '\u{a0}';

/// `1284` as `1,284`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `12400` as `12.4k`, for tables; the exact number belongs in the tooltip.
pub fn compact(number: u64) -> String {
    match number {
        0..10_000 => count(number),
        10_000..1_000_000 => format!("{}.{}k", number / 1_000, number % 1_000 / 100),
        _ => format!("{}.{}M", number / 1_000_000, number % 1_000_000 / 100_000),
    }
}

/// `410 ms`, `8.3 s`, `1 m 04 s`, `2 h 05 m`.
pub fn duration(ms: u64) -> String {
    let seconds = ms / 1_000;
    match ms {
        0..1_000 => format!("{ms}{NBSP}ms"),
        1_000..60_000 => format!("{seconds}.{}{NBSP}s", ms % 1_000 / 100),
        60_000..3_600_000 => format!("{}{NBSP}m {:02}{NBSP}s", seconds / 60, seconds % 60),
        _ => format!("{}{NBSP}h {:02}{NBSP}m", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// Parts of a whole in tenths of a percent: `96.4%`; nothing without a whole.
pub fn percent(part: u64, whole: u64) -> Option<String> {
    let tenths = part.saturating_mul(1_000).checked_div(whole)?;
    Some(if tenths.is_multiple_of(10) {
        format!("{}%", tenths / 10)
    } else {
        format!("{}.{}%", tenths / 10, tenths % 10)
    })
}

/// `2 agents`, `1 agent`.
pub fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// The first letters of a name, for the account button: `MK`.
pub fn initials(name: &str) -> String {
    let mut letters = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = letters.next();
    let last = letters.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_and_shortened() {
        for (number, long, short) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1_284, "1,284", "1,284"),
            (12_400, "12,400", "12.4k"),
            (4_108_000, "4,108,000", "4.1M"),
        ] {
            assert_eq!(count(number), long);
            assert_eq!(compact(number), short);
        }
    }

    #[test]
    fn durations_pick_their_unit() {
        for (ms, text) in
            [(0, "0 ms"), (410, "410 ms"), (8_349, "8.3 s"), (64_000, "1 m 04 s"), (7_500_000, "2 h 05 m")]
        {
            assert_eq!(duration(ms).replace(NBSP, " "), text);
        }
    }

    #[test]
    fn percentages_need_a_whole() {
        assert_eq!(percent(1, 0), None);
        assert_eq!(percent(964, 1_000).as_deref(), Some("96.4%"));
        assert_eq!(percent(5, 5).as_deref(), Some("100%"));
    }

    #[test]
    fn initials_take_first_and_last() {
        for (name, letters) in [("Mara Kessel", "MK"), ("ada", "A"), ("A b C", "AC"), ("", "")] {
            assert_eq!(initials(name), letters);
        }
    }
}
