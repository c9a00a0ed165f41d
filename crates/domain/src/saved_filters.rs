//! Filters of the list of executions, kept under a name.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::executions::FilterDraft;
use crate::ids::SavedFilterId;
use crate::problem::{Fields, Problem};
use crate::text;

/// The most filters of one person, and the most that a workspace shares.
pub const MOST: u32 = 50;

/// A filter kept under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SavedFilter {
    /// Identifier.
    pub id: SavedFilterId,
    /// Its name.
    pub name: String,
    /// What it leaves in, as in an address.
    pub filter: FilterDraft,
    /// True when everybody in the workspace sees it, false when it is the caller's own.
    pub shared: bool,
    /// When it was saved.
    pub created_at: Timestamp,
    /// Who saved it.
    pub created_by: String,
}

/// A filter to keep.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SavedFilterDraft {
    /// Its name.
    #[schema(example = "Failed this week")]
    pub name: String,
    /// What it leaves in.
    pub filter: FilterDraft,
    /// True to show it to everybody in the workspace.
    pub shared: bool,
}

impl SavedFilterDraft {
    /// The name, or every wrong field. The filter can be read and leaves something out.
    pub fn parse(&self) -> Result<String, Problem> {
        let mut fields = Fields::default();
        let name = fields.take("name", text::line(&self.name, "name", 60));
        if let Err(problem) = self.filter.parse() {
            fields.add("filter", problem.message);
        } else if self.filter.is_empty() {
            fields.add("filter", "Filter the list first, then save what you see.");
        } else if !self.filter.ids.is_empty() {
            fields.add("filter", "Executions named one by one cannot be saved.");
        }
        match name {
            Some(name) if fields.is_empty() => Ok(name),
            _ => Err(fields.problem()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_has_a_name_and_leaves_something_out() {
        let failed = FilterDraft { status: "failed".to_owned(), ..FilterDraft::default() };
        let unreadable = FilterDraft { status: "done".to_owned(), ..FilterDraft::default() };
        let save = |name: &str, filter: &FilterDraft| {
            let draft = SavedFilterDraft { name: name.to_owned(), filter: filter.clone(), shared: false };
            draft.parse().map_err(|problem| {
                problem.fields.into_iter().map(|error| error.field).collect::<Vec<_>>().join(" ")
            })
        };
        assert_eq!(save(" Failed ", &failed), Ok("Failed".to_owned()));
        assert_eq!(save("", &FilterDraft::default()), Err("name filter".to_owned()));
        assert_eq!(save("Bad", &unreadable), Err("filter".to_owned()));
        assert_eq!(save(&"x".repeat(61), &failed), Err("name".to_owned()));
    }
}
