//! A batch as asked for.

use serde::{Deserialize, Serialize};

use super::file::Format;
use crate::agents::typed;
use crate::ids::AgentId;
use crate::problem::{Fields, Problem};
use crate::text;

/// Rows in the queue at the same time, unless asked otherwise.
const ROWS_AT_ONCE: u32 = 50;
/// The most rows in the queue at the same time.
const MOST_AT_ONCE: u32 = 500;

/// A batch as asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BatchDraft {
    /// Name in lists.
    pub name: String,
    /// The agent's id; its published version runs.
    pub agent: String,
    /// `csv` or `jsonl`; recognised by its content when left out.
    pub format: String,
    /// Rows in the queue at the same time, 1 to 500; 50 unless given.
    #[serde(deserialize_with = "typed")]
    pub rows_at_once: String,
    /// The file's text.
    pub data: String,
}

/// A batch whose head is right; its rows are checked against the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchPlan {
    /// Name in lists.
    pub name: String,
    /// Which agent.
    pub agent: AgentId,
    /// How the file is written.
    pub format: Format,
    /// Rows in the queue at the same time.
    pub rows_at_once: u32,
}

impl BatchDraft {
    /// The head of the batch, or every wrong field. An empty name becomes "Batch".
    pub fn parse(&self) -> Result<BatchPlan, Problem> {
        let mut fields = Fields::default();
        let name = fields.take("name", text::optional_line(&self.name, "name", 120));
        let agent = self.agent.trim().parse::<AgentId>().map_err(|_| "Choose an agent.".to_owned());
        let agent = fields.take("agent", agent);
        let format = fields.take("format", Format::read(&self.format, &self.data));
        let rows_at_once = match self.rows_at_once.trim() {
            "" => Ok(ROWS_AT_ONCE),
            typed => text::number(typed, "number of rows at once", 1, MOST_AT_ONCE),
        };
        let rows_at_once = fields.take("rows_at_once", rows_at_once);
        match (name, agent, format, rows_at_once) {
            (Some(name), Some(agent), Some(format), Some(rows_at_once)) if fields.is_empty() => {
                let name = if name.is_empty() { "Batch".to_owned() } else { name };
                Ok(BatchPlan { name, agent, format, rows_at_once })
            }
            _ => Err(fields.problem()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_is_named() {
        let draft = BatchDraft {
            name: "x".repeat(121),
            format: "xlsx".to_owned(),
            rows_at_once: "501".to_owned(),
            ..BatchDraft::default()
        };
        let problem = draft.parse().expect_err("all are wrong");
        let fields: Vec<_> = problem.fields.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["name", "agent", "format", "rows_at_once"]);
    }
}
