//! The filter of the list as it stands in an address or a form.

use serde::{Deserialize, Serialize};

use super::ExecutionFilter;
use crate::ids::ExecutionId;
use crate::problem::{Kind, Problem};

/// The most executions that can be named one by one.
pub const MOST_NAMED: usize = 200;

/// A filter as typed: every part is text, and empty when it does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FilterDraft {
    /// States, separated by commas.
    #[schema(example = "failed,timed_out")]
    pub status: String,
    /// Executions of this agent.
    pub agent: String,
    /// Created at or after, RFC 3339.
    pub from: String,
    /// Created before, RFC 3339.
    pub to: String,
    /// Words in title or error; needs the scope `payloads:read`.
    pub q: String,
    /// These executions and no others: identifiers separated by commas, at most 200.
    pub ids: String,
}

impl FilterDraft {
    /// Reads it.
    pub fn parse(&self) -> Result<ExecutionFilter, Problem> {
        let filter = ExecutionFilter::parse(&self.status, &self.agent, &self.from, &self.to, &self.q)?;
        let ids = self.ids.split(',').map(str::trim).filter(|word| !word.is_empty());
        let ids = ids.map(str::parse::<ExecutionId>).collect::<Result<Vec<_>, _>>();
        let ids = ids.map_err(|_| Problem::new(Kind::InvalidQuery, "ids: Give the ids of executions."))?;
        if ids.len() > MOST_NAMED {
            let message = format!("ids: Name at most {MOST_NAMED} executions, or use the other filters.");
            return Err(Problem::new(Kind::InvalidQuery, message));
        }
        Ok(ExecutionFilter { ids, ..filter })
    }

    /// The parts with their names, in the order of an address.
    pub fn parts(&self) -> [(&'static str, &str); 6] {
        [
            ("status", &self.status),
            ("agent", &self.agent),
            ("from", &self.from),
            ("to", &self.to),
            ("q", &self.q),
            ("ids", &self.ids),
        ]
    }

    /// Whether it leaves everything in.
    pub fn is_empty(&self) -> bool {
        self.parts().iter().all(|(_, text)| text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id as _;

    #[test]
    fn executions_can_be_named() {
        let [one, two] = [1, 2].map(|n| ExecutionId::from_bytes([n; 16]));
        let named = |ids: String| FilterDraft { ids, ..FilterDraft::default() }.parse();
        assert_eq!(named(format!("{one}, {two},")).expect("reads").ids, [one, two]);
        assert!(named(String::new()).expect("reads").ids.is_empty());
        for bad in ["exe_1".to_owned(), vec![one.to_string(); MOST_NAMED + 1].join(",")] {
            assert_eq!(named(bad).expect_err("is refused").kind, Kind::InvalidQuery);
        }
    }
}
