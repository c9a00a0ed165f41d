//! Cursor pages: `{items, next_cursor}`.
//!
//! A cursor is opaque to callers. It names the list it belongs to, so that a cursor from another
//! list is refused instead of being misread.

use serde::{Deserialize, Serialize};

use crate::ids::{decode, encode};
use crate::problem::{Kind, Problem};

/// Rows of one page and the way to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The rows, newest first unless the list says otherwise.
    pub items: Vec<T>,
    /// Give this as `cursor` to read on; absent on the last page.
    pub next_cursor: Option<String>,
}

/// How many rows a page holds unless the caller asks for fewer or more.
pub const DEFAULT_LIMIT: u32 = 50;
/// The most rows a page may hold.
pub const MAX_LIMIT: u32 = 200;

/// Where a page begins and how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// Rows strictly after this id in the list's order.
    pub after: Option<[u8; 16]>,
    /// Rows wanted, 1 to [`MAX_LIMIT`].
    pub limit: u32,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { after: None, limit: DEFAULT_LIMIT }
    }
}

impl PageRequest {
    /// Reads `cursor` and `limit` as given to the list called `list`.
    pub fn parse(list: List, cursor: Option<&str>, limit: Option<&str>) -> Result<Self, Problem> {
        let after = match cursor.filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => Some(list.read(text)?),
        };
        let limit = match limit.filter(|text| !text.is_empty()) {
            None => DEFAULT_LIMIT,
            Some(text) => crate::text::number(text, "limit", 1, MAX_LIMIT)
                .map_err(|message| Problem::new(Kind::InvalidQuery, message))?,
        };
        Ok(Self { after, limit })
    }
}

/// The lists that hand out cursors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Agents of a workspace.
    Agents,
    /// Executions of a workspace.
    Executions,
    /// Audit rows of a workspace.
    Audit,
    /// Schedules of a workspace.
    Schedules,
    /// Tools of a workspace.
    Tools,
    /// Firings of a schedule.
    Firings,
    /// Batches of a workspace.
    Batches,
    /// Rows of a batch.
    BatchRows,
    /// Actions on many executions of a workspace.
    Bulk,
}

impl List {
    const fn mark(self) -> &'static str {
        match self {
            Self::Agents => "a",
            Self::Executions => "e",
            Self::Audit => "u",
            Self::Schedules => "s",
            Self::Tools => "t",
            Self::Firings => "f",
            Self::Batches => "b",
            Self::BatchRows => "r",
            Self::Bulk => "k",
        }
    }

    /// Writes the cursor that continues after the given row.
    pub fn cursor(self, id: [u8; 16]) -> String {
        format!("{}{}", self.mark(), encode(id))
    }

    fn read(self, text: &str) -> Result<[u8; 16], Problem> {
        text.strip_prefix(self.mark()).and_then(decode).ok_or_else(|| {
            Problem::new(
                Kind::InvalidCursor,
                "This cursor was not given out by this list. Start again without a cursor.",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_works_only_in_its_own_list() {
        let cursor = List::Agents.cursor([7; 16]);
        assert_eq!(PageRequest::parse(List::Agents, Some(&cursor), None).map(|p| p.after), Ok(Some([7; 16])));
        let refused = PageRequest::parse(List::Executions, Some(&cursor), None).expect_err("another list");
        assert_eq!(refused.kind, Kind::InvalidCursor);
        assert_eq!(
            PageRequest::parse(List::Agents, None, Some("0")).expect_err("limit").kind,
            Kind::InvalidQuery
        );
    }
}
