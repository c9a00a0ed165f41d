//! How long rows are kept, and how large the database is.
//!
//! Without a setting everything is kept. Rows of executions that have not ended are never removed,
//! and the audit log never is.

use serde::{Deserialize, Serialize};

use crate::problem::{Fields, Problem};
use crate::text;

/// The longest time that can be set, in days: ten years.
pub const MAX_DAYS: u32 = 3_650;

/// How long a workspace keeps what has ended. `None` keeps it for ever.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Retention {
    /// Days that ended executions are kept, with everything that belongs to them, and as long the logs of
    /// schedules, the rows of batches that ended, and the results of actions on many executions.
    pub executions_days: Option<u32>,
    /// Days that the stories of ended executions are kept; the last event, input and output stay.
    pub events_days: Option<u32>,
}

/// The same as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionDraft {
    /// Days, or empty to keep executions for ever.
    #[schema(example = "90")]
    pub executions_days: String,
    /// Days, or empty to keep stories as long as their executions.
    #[schema(example = "30")]
    pub events_days: String,
    /// True to save a setting that removes rows which are there now.
    pub confirmed: bool,
}

impl RetentionDraft {
    /// The setting, or every wrong field.
    pub fn parse(&self) -> Result<Retention, Problem> {
        let mut fields = Fields::default();
        let executions_days = fields.take("executions_days", days(&self.executions_days));
        let events_days = fields.take("events_days", days(&self.events_days));
        match (executions_days, events_days) {
            (Some(executions_days), Some(events_days)) if fields.is_empty() => {
                Ok(Retention { executions_days, events_days })
            }
            _ => Err(fields.problem()),
        }
    }
}

fn days(typed: &str) -> Result<Option<u32>, String> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    text::number(typed, "number of days", 1, MAX_DAYS).map(Some)
}

/// What a setting removes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Removal {
    /// Executions with everything that belongs to them.
    pub executions: u64,
    /// Events of executions that are kept.
    pub events: u64,
    /// Lines of the logs of schedules.
    pub firings: u64,
    /// Rows of batches that ended; what the batch counted stays.
    pub batch_rows: u64,
    /// Results of actions on many executions that ended; what the action counted stays.
    pub bulk_rows: u64,
}

impl Removal {
    /// True when nothing is removed.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// The size of one table with its indexes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TableSize {
    /// Name of the table.
    pub name: String,
    /// Bytes on disk.
    pub bytes: u64,
}

/// How large the database is: all workspaces together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Sizes {
    /// Bytes of the database.
    pub database_bytes: u64,
    /// Bytes of it that are free and will be used again.
    pub free_bytes: u64,
    /// Bytes of the write-ahead log; absent on PostgreSQL, which looks after its own.
    pub log_bytes: Option<u64>,
    /// The tables, largest first.
    pub tables: Vec<TableSize>,
}

/// Sizes and the setting together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DataStatus {
    /// How large the database is.
    pub sizes: Sizes,
    /// How long this workspace keeps what has ended.
    pub retention: Retention,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_numbers_in_bounds_or_nothing() {
        let check = |executions: &str, events: &str| {
            let draft = RetentionDraft {
                executions_days: executions.to_owned(),
                events_days: events.to_owned(),
                confirmed: false,
            };
            draft.parse().map_err(|problem| problem.fields.len())
        };
        assert_eq!(check("", " "), Ok(Retention::default()));
        assert_eq!(check("90", "30"), Ok(Retention { executions_days: Some(90), events_days: Some(30) }));
        for (executions, events, wrong) in
            [("0", "", 1), ("-3", "", 1), ("3651", "x", 2), ("1.5", "", 1), ("99999999999", "", 1)]
        {
            assert_eq!(check(executions, events), Err(wrong), "{executions} {events}");
        }
    }
}
