//! When: a cron expression of five fields in a time zone, or a single moment.
//!
//! Clocks that change follow the rules of Vixie cron. A job at one time of day (`30 2 * * *`) whose
//! time is skipped when clocks go forward runs at the first moment after the gap, and runs once when
//! clocks go back. A job with `*`, steps, lists or ranges in minute or hour (`*/30 * * * *`) leaves
//! out what is skipped, and runs in both passes of the repeated hour. Due times always grow.

use std::str::FromStr as _;

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::text;

/// The most characters of a cron expression.
const MAX_CRON: usize = 120;

/// When a schedule is due. Made by [`Timing::cron`] and [`Timing::once`] only, so it can be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Timing {
    /// Again and again.
    Cron {
        /// Minute, hour, day of the month, month, day of the week.
        cron: String,
        /// Name in the IANA time zone database.
        zone: String,
    },
    /// At one moment.
    Once {
        /// When.
        at: Timestamp,
        /// The zone in which the moment is shown.
        zone: String,
    },
}

/// Reads a zone's name as the IANA database spells it.
fn zone(text: &str) -> Result<Tz, String> {
    let name = text.trim();
    if name.is_empty() {
        return Err("Give a time zone, such as Europe/Berlin or UTC.".to_owned());
    }
    let known = || TZ_VARIANTS.iter().map(|zone| zone.name());
    Tz::from_str(name).map_err(|_| {
        let shown = text::headline(name, 40);
        let wanted = name.to_lowercase().replace(' ', "_");
        let city = wanted.rsplit('/').next().unwrap_or_default().to_owned();
        let near = known()
            .find(|known| known.to_lowercase() == wanted)
            .or_else(|| {
                let same = |known: &&str| known.to_lowercase().rsplit('/').next() == Some(city.as_str());
                known().find(same)
            })
            .unwrap_or("Europe/Berlin");
        format!("There is no time zone \"{shown}\". Use a name such as {near}.")
    })
}

fn expression(text: &str) -> Result<Cron, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("Give a cron expression of five fields, such as 0 9 * * 1-5.".to_owned());
    }
    if text.chars().count() > MAX_CRON || text.chars().any(char::is_control) {
        return Err(format!("Write the cron expression on one line of at most {MAX_CRON} characters."));
    }
    let count = text.split_whitespace().count();
    if count != 5 {
        return Err(format!(
            "This has {count} fields. Give five: minute, hour, day of the month, month, day of the week."
        ));
    }
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    parser
        .parse(text)
        .map_err(|error| format!("This is no cron expression: {}", text::headline(&error.to_string(), 160)))
}

fn moment(at: Timestamp, zone: Tz) -> Option<DateTime<Tz>> {
    DateTime::<Utc>::from_timestamp_millis(at.millis()).map(|moment| moment.with_timezone(&zone))
}

/// The first match after a moment.
fn next(cron: &Cron, zone: Tz, after: Timestamp) -> Option<Timestamp> {
    // Matches are whole minutes; starting from a whole second keeps the order exact.
    let whole = Timestamp::from_millis(after.millis().div_euclid(1000) * 1000);
    let mut from = moment(whole, zone)?;
    // The search may answer with its own start where clocks change; then it goes on from there.
    for _ in 0..4 {
        let found = cron.find_next_occurrence(&from, false).ok()?;
        let at = Timestamp::from_millis(found.timestamp_millis());
        if at > after {
            return Some(at);
        }
        from = found + chrono::TimeDelta::minutes(1);
    }
    None
}

/// Reads a time as typed: RFC 3339 with its offset, or local time in the zone as a date field
/// writes it.
fn parse_time(typed: &str, zone: Tz) -> Result<Timestamp, String> {
    let typed = typed.trim();
    if let Some(at) = Timestamp::parse(typed) {
        return Ok(at);
    }
    let local = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(typed, format).ok())
        .ok_or("Give a time such as 2026-12-31T09:00, in the time zone of the schedule.")?;
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => {
            Ok(Timestamp::from_millis(at.timestamp_millis()))
        }
        LocalResult::None => Err(format!(
            "This time does not exist in {}: clocks go forward then. Choose another.",
            zone.name()
        )),
    }
}

/// A moment as the clocks of a zone show it: `Mon 23 Nov 2026, 09:00 CET`.
pub fn local_time(at: Timestamp, zone_name: &str) -> String {
    let zone = Tz::from_str(zone_name).unwrap_or(Tz::UTC);
    moment(at, zone).map_or_else(|| at.to_string(), |at| at.format("%a %-d %b %Y, %H:%M %Z").to_string())
}

impl Timing {
    /// Again and again. `wrong` names the field that is to blame.
    pub fn cron(cron: &str, zone_name: &str) -> Result<Self, Vec<(&'static str, String)>> {
        match (expression(cron), zone(zone_name)) {
            (Ok(_), Ok(zone)) => Ok(Self::Cron {
                cron: cron.split_whitespace().collect::<Vec<_>>().join(" "),
                zone: zone.name().to_owned(),
            }),
            (cron, zone) => {
                Err([cron.err().map(|text| ("cron", text)), zone.err().map(|text| ("zone", text))]
                    .into_iter()
                    .flatten()
                    .collect())
            }
        }
    }

    /// At one moment, as typed.
    pub fn once(at: &str, zone_name: &str) -> Result<Self, Vec<(&'static str, String)>> {
        let zone = zone(zone_name).map_err(|text| vec![("zone", text)])?;
        let at = parse_time(at, zone).map_err(|text| vec![("at", text)])?;
        Ok(Self::Once { at, zone: zone.name().to_owned() })
    }

    /// Reads a moment as typed in this timing's zone.
    pub fn time(&self, typed: &str) -> Result<Timestamp, String> {
        parse_time(typed, zone(self.zone())?)
    }

    /// The zone's name.
    pub fn zone(&self) -> &str {
        match self {
            Self::Cron { zone, .. } | Self::Once { zone, .. } => zone,
        }
    }

    /// Every due time after a moment, in order. Ends when there is none left.
    pub fn after(&self, after: Timestamp) -> impl Iterator<Item = Timestamp> + use<> {
        let mut last = after;
        let (cron, once) = match self {
            Self::Cron { cron, zone: name } => (expression(cron).ok().zip(zone(name).ok()), None),
            Self::Once { at, .. } => (None, Some(*at)),
        };
        std::iter::from_fn(move || {
            let found = match (&cron, once) {
                (Some((cron, zone)), _) => next(cron, *zone, last)?,
                (None, Some(at)) if at > last => at,
                (None, _) => return None,
            };
            last = found;
            Some(found)
        })
    }

    /// In words: "At 09:00, Monday through Friday. Time zone Europe/Berlin."
    pub fn words(&self) -> String {
        match self {
            Self::Cron { cron, zone } => {
                let words = expression(cron).map(|cron| cron.describe()).unwrap_or_default();
                format!("{} Time zone {zone}.", words.trim_end())
            }
            Self::Once { at, zone } => format!("Once, {}.", local_time(*at, zone)),
        }
    }

    /// A moment as a date field of this timing's zone shows it: `2026-12-31T09:00`.
    pub fn field(&self, at: Timestamp) -> String {
        let zone = Tz::from_str(self.zone()).unwrap_or(Tz::UTC);
        moment(at, zone).map_or_else(String::new, |at| at.format("%Y-%m-%dT%H:%M").to_string())
    }
}

#[cfg(test)]
mod tests;
