//! Dates from milliseconds and back, in UTC, with nothing but arithmetic, so that the browser
//! bundle needs no calendar crate. The conversion is the well-known one over 400-year eras.

use crate::browser::LocalParts;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_MS: i64 = 86_400_000;

fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

fn utc(at_ms: i64) -> LocalParts {
    let (days, rest) = (at_ms.div_euclid(DAY_MS), at_ms.rem_euclid(DAY_MS));
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let seconds = rest / 1_000;
    LocalParts {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month: small(month),
        day: small(day_of_year - (153 * month_from_march + 2) / 5 + 1),
        hour: small(seconds / 3_600),
        minute: small(seconds / 60 % 60),
        second: small(seconds % 60),
    }
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn month_name(month: u32) -> &'static str {
    let index = usize::try_from(month.saturating_sub(1)).unwrap_or_default();
    MONTHS.get(index).copied().unwrap_or("?")
}

/// `12 May, 12:04`, with the year when it is another one.
pub(super) fn short(at: LocalParts, same_year: bool) -> String {
    let LocalParts { year, month, day, hour, minute, .. } = at;
    let month = month_name(month);
    if same_year {
        format!("{day} {month}, {hour:02}:{minute:02}")
    } else {
        format!("{day} {month} {year}, {hour:02}:{minute:02}")
    }
}

/// `12 May 2026, 12:04 UTC`.
pub fn utc_short(at_ms: i64) -> String {
    format!("{} UTC", short(utc(at_ms), false))
}

/// `12:04:31`.
pub(super) fn utc_clock(at_ms: i64) -> String {
    let at = utc(at_ms);
    format!("{:02}:{:02}:{:02}", at.hour, at.minute, at.second)
}

/// `2026-05-12 12:04:31 UTC`.
pub fn utc_exact(at_ms: i64) -> String {
    utc_iso(at_ms).replace('T', " ").replace('Z', " UTC")
}

/// `2026-05-12T12:04:31Z`.
pub fn utc_iso(at_ms: i64) -> String {
    let at = utc(at_ms);
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", at.year, at.month, at.day, at.hour, at.minute, at.second)
}

/// `14 s ago`, `in 3 min`, `2 h ago`, `in 5 days`.
pub fn relative(at_ms: i64, now_ms: i64) -> String {
    let away = now_ms - at_ms;
    let seconds = away.abs() / 1_000;
    let amount = match seconds {
        0..5 => return "just now".to_owned(),
        5..60 => format!("{seconds}\u{a0}s"),
        60..3_600 => format!("{}\u{a0}min", seconds / 60),
        3_600..86_400 => format!("{}\u{a0}h", seconds / 3_600),
        86_400..172_800 => "1\u{a0}day".to_owned(),
        _ => format!("{}\u{a0}days", seconds / 86_400),
    };
    if away >= 0 { format!("{amount} ago") } else { format!("in {amount}") }
}

/// Reads an RFC 3339 moment into milliseconds since 1970.
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let rest = text.get(19..)?;
    let digits = rest
        .strip_prefix('.')
        .map_or(0, |fraction| 1 + fraction.bytes().take_while(u8::is_ascii_digit).count());
    let (fraction, zone) = rest.split_at_checked(digits)?;
    let millis = fraction
        .strip_prefix('.')
        .map_or(Some(0), |fraction| format!("{fraction:0<3}").get(..3)?.parse::<i64>().ok())?;
    let offset_min = match zone.as_bytes().first()? {
        b'Z' | b'z' => 0,
        sign @ (b'+' | b'-') => {
            let size = zone.get(1..3)?.parse::<i64>().ok()? * 60 + zone.get(4..6)?.parse::<i64>().ok()?;
            if *sign == b'+' { size } else { -size }
        }
        _ => return None,
    };
    let minutes = days(year, month, day) * 1_440 + hour * 60 + minute - offset_min;
    Some(minutes * 60_000 + second * 1_000 + millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_survive_a_round_trip() {
        for (ms, iso) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_778_587_471_000, "2026-05-12T12:04:31Z"),
            (-1_000, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(utc_iso(ms), iso);
            assert_eq!(parse_rfc3339(iso), Some(ms));
        }
    }

    #[test]
    fn fractions_and_offsets_are_read() {
        let base = 1_778_587_471_000;
        assert_eq!(parse_rfc3339("2026-05-12T14:04:31.25+02:00"), Some(base + 250));
        assert_eq!(parse_rfc3339("2026-05-12T12:04:31.123456Z"), Some(base + 123));
        for wrong in ["", "yesterday", "2026-05-12", "2026-05-12T12:04:31", "2026-05-12T12:04:31é"] {
            assert_eq!(parse_rfc3339(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn texts_read_well() {
        let at = 1_778_587_471_000;
        assert_eq!(utc_short(at), "12 May 2026, 12:04 UTC");
        assert_eq!(utc_exact(at), "2026-05-12 12:04:31 UTC");
        for (away, text) in [
            (0, "just now"),
            (14_000, "14 s ago"),
            (-180_000, "in 3 min"),
            (7_200_000, "2 h ago"),
            (-86_400_000, "in 1 day"),
        ] {
            assert_eq!(relative(at, at + away).replace('\u{a0}', " "), text);
        }
    }
}
