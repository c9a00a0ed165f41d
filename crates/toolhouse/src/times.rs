//! Time-stamps as the service writes them: with a zone or, more often, without. A naive one is UTC.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// For `#[serde(deserialize_with)]`. A time nobody can read is absent, not an error.
pub(crate) fn tolerant<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_str().and_then(parse))
}

fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(zoned) = DateTime::parse_from_rfc3339(text) {
        return Some(zoned.to_utc());
    }
    if let Ok(zoned) = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%#z") {
        return Some(zoned.to_utc());
    }
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
        .into_iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|naive| naive.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let read = parse(text).map(|time| time.to_rfc3339());
        assert_eq!(read.as_deref(), expected, "{text}");
    }

    #[test]
    fn naive_and_zoned_times_are_read() {
        let micros = Some("2026-01-15T01:46:23.568338+00:00");
        check("2026-01-15T01:46:23.568338", micros);
        check("2026-01-15 01:46:23.568338", micros);
        check("2026-01-15T01:46:23.568338Z", micros);
        check("2026-01-15T02:46:23.568338+01:00", micros);
        check("2026-01-15T02:46:23.568338+0100", micros);
        check("2026-01-15T01:46:23", Some("2026-01-15T01:46:23+00:00"));
        check("yesterday", None);
        check("", None);
    }
}
