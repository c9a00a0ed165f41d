//! `Retry-After`: whole seconds, or a date read against the server's own clock.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// How long the server asks to be left alone. A date in the past is zero; nonsense is `None`.
pub(super) fn read(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date(text)?;
    // The server's own `Date` makes the difference right even when our clock is wrong.
    let now = headers
        .get(DATE)
        .and_then(|value| value.to_str().ok())
        .and_then(http_date)
        .unwrap_or_else(wall_clock);
    Some((until - now).to_std().unwrap_or(Duration::ZERO))
}

fn http_date(text: &str) -> Option<DateTime<Utc>> {
    // The one form servers may send is also a valid RFC 2822 date.
    DateTime::parse_from_rfc2822(text).ok().map(|date| date.to_utc())
}

#[expect(
    clippy::disallowed_methods,
    reason = "this crate stands alone; the clock is read only for an answer that has a date to wait for and none of its own"
)]
fn wall_clock() -> DateTime<Utc> {
    SystemTime::now().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(retry_after: &str, date: &str, expected: Option<u64>) {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after.parse().unwrap());
        headers.insert(DATE, date.parse().unwrap());
        assert_eq!(read(&headers), expected.map(Duration::from_secs), "{retry_after}");
    }

    #[test]
    fn seconds_and_dates_are_read() {
        let now = "Sun, 06 Nov 1994 08:49:37 GMT";
        check("0", now, Some(0));
        check(" 12 ", now, Some(12));
        check("Sun, 06 Nov 1994 08:50:07 GMT", now, Some(30));
        check("Sun, 06 Nov 1994 08:00:00 GMT", now, Some(0));
        check("soon", now, None);
        check("-3", now, None);
        check("99999999999999999999999", now, None);
    }

    #[test]
    fn a_date_without_the_servers_clock_uses_ours() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, "Sun, 06 Nov 1994 08:50:07 GMT".parse().unwrap());
        assert_eq!(read(&headers), Some(Duration::ZERO));
    }
}
