//! A schedule as typed, and the one parser that reads it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::timing::Timing;
use super::view::{DueTime, Preview};
use crate::agents::typed;
use crate::clock::Timestamp;
use crate::executions::Priority;
use crate::ids::AgentId;
use crate::problem::{Fields, Problem};
use crate::text;

/// The most missed due times that may be made up for.
pub(crate) const MAX_MISSED: u32 = 100;
/// How many due times a preview shows.
const PREVIEW: usize = 5;

/// What happens at a due time while an earlier execution of the schedule has not ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// It is left out, and the log says so.
    #[default]
    Skip,
    /// It waits until the earlier one has ended.
    Queue,
    /// The earlier one is cancelled, and it starts.
    Cancel,
}

impl Overlap {
    /// Every policy.
    pub const ALL: &'static [Self] = &[Self::Skip, Self::Queue, Self::Cancel];

    /// The word stored and sent.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Queue => "queue",
            Self::Cancel => "cancel",
        }
    }

    /// What it does, for people.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Skip => "Skip this time",
            Self::Queue => "Wait until it has ended",
            Self::Cancel => "Cancel it and start",
        }
    }
}

impl FromStr for Overlap {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" => Ok(Self::default()),
            text => Self::ALL
                .iter()
                .copied()
                .find(|policy| policy.word() == text)
                .ok_or_else(|| "Use one of: skip, queue, cancel.".to_owned()),
        }
    }
}

/// What happens to due times that no process saw in time. Those made up for run one after the other,
/// whatever the overlap policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Missed {
    /// They are left out.
    Skip,
    /// The last one is made up for.
    Once,
    /// The last ones are made up for, at most so many.
    All(u32),
}

impl Missed {
    /// The word stored and sent.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Once => "once",
            Self::All(_) => "all",
        }
    }

    /// How many of the missed due times fire.
    pub const fn kept(self) -> u32 {
        match self {
            Self::Skip => 0,
            Self::Once => 1,
            Self::All(most) => most,
        }
    }

    /// Reads the word and the number beside it.
    pub fn read(word: &str, most: u32) -> Result<Self, String> {
        match word.trim() {
            "skip" => Ok(Self::Skip),
            "" | "once" => Ok(Self::Once),
            "all" => Ok(Self::All(most)),
            _ => Err("Use one of: skip, once, all.".to_owned()),
        }
    }
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A schedule as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleDraft {
    /// Name in lists.
    pub name: String,
    /// The agent's id; its published version runs.
    pub agent: String,
    /// `cron` or `once`; left out, whichever of `cron` and `at` is given.
    pub timing: String,
    /// Cron expression of five fields.
    pub cron: String,
    /// For `once`: a time with its offset, or local time in the zone.
    pub at: String,
    /// Name in the IANA time zone database; UTC unless given.
    pub zone: String,
    /// No due time after this one: a time with its offset, or local time in the zone.
    pub end_at: String,
    /// The message; the agent's default message when empty.
    pub message: String,
    /// Values for variables; empty ones are left to the agent's defaults.
    pub vars: BTreeMap<String, String>,
    /// `skip`, `queue` or `cancel`.
    pub overlap: String,
    /// `skip`, `once` or `all`.
    pub missed: String,
    /// With `all`: at most so many, 1 to 100; 10 unless given.
    #[serde(deserialize_with = "typed")]
    pub missed_limit: String,
    /// 1 (high), 2 (normal) or 3 (low); normal unless given.
    #[serde(deserialize_with = "typed")]
    pub priority: String,
}

/// A schedule that can be stored. The message and the variables are checked against the agent by
/// the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRule {
    /// Name in lists.
    pub name: String,
    /// Which agent.
    pub agent: AgentId,
    /// When.
    pub timing: Timing,
    /// No due time after this one.
    pub end_at: Option<Timestamp>,
    /// The message; none for the agent's default.
    pub message: Option<String>,
    /// Values for variables.
    pub vars: BTreeMap<String, String>,
    /// While an earlier execution runs.
    pub overlap: Overlap,
    /// When nobody was there.
    pub missed: Missed,
    /// Which goes first when many wait.
    pub priority: Priority,
    /// The first due time.
    pub next_due: Timestamp,
}

impl ScheduleDraft {
    /// What a form for a new schedule begins with.
    pub fn example() -> Self {
        Self {
            timing: "cron".to_owned(),
            cron: "0 9 * * 1-5".to_owned(),
            zone: "UTC".to_owned(),
            overlap: Overlap::default().word().to_owned(),
            missed: Missed::Once.word().to_owned(),
            missed_limit: "10".to_owned(),
            priority: Priority::default().number().to_string(),
            ..Self::default()
        }
    }

    /// The rule as seen at `now`, or every wrong field.
    pub fn parse(&self, now: Timestamp) -> Result<ScheduleRule, Problem> {
        let mut fields = Fields::default();
        let name = fields.take("name", text::line(&self.name, "name", 120));
        let agent = fields.take("agent", self.parse_agent());
        let overlap = fields.take("overlap", self.overlap.parse::<Overlap>());
        let missed = fields.take("missed", self.parse_missed());
        if let Err(message) = self.missed_limit() {
            fields.add("missed_limit", message);
        }
        let priority = fields.take("priority", self.priority.parse::<Priority>());
        let when = self.parse_when(now, &mut fields);
        match (name, agent, overlap, missed, priority, when) {
            (
                Some(name),
                Some(agent),
                Some(overlap),
                Some(missed),
                Some(priority),
                Some((timing, end_at, next_due)),
            ) if fields.is_empty() => Ok(ScheduleRule {
                name,
                agent,
                timing,
                end_at,
                message: Some(self.message.clone()).filter(|message| !message.trim().is_empty()),
                vars: self.given_vars(),
                overlap,
                missed,
                priority,
                next_due,
            }),
            _ => Err(fields.problem()),
        }
    }

    /// The next due times and the words, or what is wrong with them. Looks only at when.
    pub fn preview(&self, now: Timestamp) -> Result<Preview, Problem> {
        let mut fields = Fields::default();
        let Some((timing, end, first)) = self.parse_when(now, &mut fields) else {
            return Err(fields.problem());
        };
        let is_within = |due: &Timestamp| end.is_none_or(|end| *due <= end);
        let due = std::iter::once(first).chain(timing.after(first)).take_while(is_within);
        let next = due.take(PREVIEW).map(|at| DueTime::of(at, timing.zone())).collect();
        Ok(Preview { words: timing.words(), next })
    }

    fn parse_agent(&self) -> Result<AgentId, String> {
        self.agent.trim().parse().map_err(|_| "Choose an agent.".to_owned())
    }

    fn missed_limit(&self) -> Result<u32, String> {
        match self.missed_limit.trim() {
            "" => Ok(10),
            typed => text::number(typed, "number of missed times", 1, MAX_MISSED),
        }
    }

    fn parse_missed(&self) -> Result<Missed, String> {
        Missed::read(&self.missed, self.missed_limit().unwrap_or(1))
    }

    /// Variables that were given a value.
    fn given_vars(&self) -> BTreeMap<String, String> {
        let given = self.vars.iter().filter(|(_, value)| !value.is_empty());
        given.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn parse_timing(&self) -> Result<Timing, Vec<(&'static str, String)>> {
        let zone = if self.zone.trim().is_empty() { "UTC" } else { &self.zone };
        let is_given = |text: &str| !text.trim().is_empty();
        match (self.timing.trim(), is_given(&self.cron), is_given(&self.at)) {
            ("cron", ..) | ("", true, false) => Timing::cron(&self.cron, zone),
            ("once", ..) | ("", false, true) => Timing::once(&self.at, zone),
            ("", true, true) => {
                Err(vec![("timing", "Give either a cron expression or one time, not both.".to_owned())])
            }
            _ => Err(vec![("timing", "Choose cron or once.".to_owned())]),
        }
    }

    fn parse_when(
        &self,
        now: Timestamp,
        fields: &mut Fields,
    ) -> Option<(Timing, Option<Timestamp>, Timestamp)> {
        let timing = match self.parse_timing() {
            Ok(timing) => timing,
            Err(wrong) => {
                for (field, message) in wrong {
                    fields.add(field, message);
                }
                return None;
            }
        };
        let end = match self.end_at.trim() {
            "" => None,
            typed => Some(fields.take("end_at", timing.time(typed))?),
        };
        if end.is_some_and(|end| end <= now) {
            fields.add("end_at", "This has passed already. Choose a later end, or none.");
            return None;
        }
        let Some(next) = timing.after(now).next() else {
            match timing {
                Timing::Cron { .. } => {
                    fields.add("cron", "There is no such day: this would never fire. Check day and month.");
                }
                Timing::Once { .. } => fields.add("at", "This has passed already. Choose a later time."),
            }
            return None;
        };
        if end.is_some_and(|end| next > end) {
            let due = DueTime::of(next, timing.zone()).local;
            fields.add("end_at", format!("Nothing would fire: the first time is {due}, after this end."));
            return None;
        }
        Some((timing, end, next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id as _;

    const NOW: Timestamp = Timestamp::from_millis(1_768_441_583_568);

    fn draft() -> ScheduleDraft {
        ScheduleDraft {
            name: "Morning report".to_owned(),
            agent: AgentId::from_bytes([7; 16]).to_string(),
            cron: "0 9 * * 1-5".to_owned(),
            zone: "Europe/Berlin".to_owned(),
            ..ScheduleDraft::default()
        }
    }

    /// The fields refused.
    fn refused(draft: &ScheduleDraft) -> Vec<String> {
        let problem = draft.parse(NOW).expect_err("refused");
        problem.fields.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn a_draft_becomes_a_rule_with_its_first_due_time() {
        let rule = draft().parse(NOW).expect("parses");
        assert_eq!(rule.next_due.to_string(), "2026-01-15T08:00:00.000Z");
        assert_eq!((rule.overlap, rule.missed), (Overlap::Skip, Missed::Once));
        assert_eq!(rule.priority, Priority::Normal);
    }

    #[test]
    fn every_wrong_field_is_named() {
        let wrong = ScheduleDraft {
            name: String::new(),
            agent: "agt_x".to_owned(),
            cron: "99 * * * *".to_owned(),
            zone: "Mars/Olympus".to_owned(),
            overlap: "wait".to_owned(),
            missed: "some".to_owned(),
            missed_limit: "0".to_owned(),
            priority: "urgent".to_owned(),
            ..ScheduleDraft::default()
        };
        let fields = ["name", "agent", "overlap", "missed", "missed_limit", "priority", "cron", "zone"];
        assert_eq!(refused(&wrong), fields);
    }

    #[test]
    fn what_never_fires_is_refused() {
        let cases = [
            (ScheduleDraft { cron: "0 0 30 2 *".to_owned(), ..draft() }, "cron"),
            (ScheduleDraft { end_at: "2025-01-01T00:00".to_owned(), ..draft() }, "end_at"),
            (ScheduleDraft { end_at: "2026-01-15T05:00:00Z".to_owned(), ..draft() }, "end_at"),
            (ScheduleDraft { end_at: "soon".to_owned(), ..draft() }, "end_at"),
            (ScheduleDraft { cron: String::new(), at: "2026-01-01T09:00".to_owned(), ..draft() }, "at"),
            (ScheduleDraft { at: "2027-01-01T09:00".to_owned(), ..draft() }, "timing"),
            (ScheduleDraft { cron: String::new(), ..draft() }, "timing"),
        ];
        for (draft, field) in cases {
            assert_eq!(refused(&draft), [field], "{draft:?}");
        }
    }

    #[test]
    fn a_preview_shows_five_times_within_the_end() {
        let preview = draft().preview(NOW).expect("a preview");
        assert_eq!(preview.next.len(), 5);
        assert_eq!(preview.next[0].local, "Thu 15 Jan 2026, 09:00 CET");
        let short = ScheduleDraft { end_at: "2026-01-16T23:00".to_owned(), ..draft() };
        assert_eq!(short.preview(NOW).expect("a preview").next.len(), 2);
        assert!(ScheduleDraft { cron: "0 0 31 2 *".to_owned(), ..draft() }.preview(NOW).is_err());
    }

    #[test]
    fn empty_variables_are_left_to_the_agent() {
        let vars = BTreeMap::from([("a".to_owned(), String::new()), ("b".to_owned(), "x".to_owned())]);
        let rule = ScheduleDraft { vars, ..draft() }.parse(NOW).expect("parses");
        assert_eq!(rule.vars, BTreeMap::from([("b".to_owned(), "x".to_owned())]));
    }
}
