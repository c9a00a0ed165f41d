//! Addresses inside a workspace, and what a page's own address says: parts, filters, cursors.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use leptos_router::params::ParamsMap;

/// A named part of the path; empty when the route has no such part.
pub fn use_part(name: &'static str) -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.read().get(name).unwrap_or_default())
}

/// The slug of the workspace that the page belongs to.
pub fn use_workspace() -> Memo<String> {
    use_part("workspace")
}

/// One value behind the question mark; empty when it is not there.
pub fn use_query_value(name: &'static str) -> Memo<String> {
    let query = use_query_map();
    Memo::new(move |_| query.read().get(name).unwrap_or_default())
}

/// A path with the values that are not empty behind it.
pub fn with_query(path: &str, values: &[(&'static str, &str)]) -> String {
    let map: ParamsMap = values
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    format!("{path}{}", map.to_query_string())
}

/// Where a list stands: the cursor of its page, and those of the pages before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Empty on the first page.
    pub cursor: String,
    /// The cursors that led here, oldest first, with dots between.
    pub trail: String,
}

impl Place {
    /// Reads the place from the address.
    pub fn of_address() -> Memo<Self> {
        let (cursor, trail) = (use_query_value("cursor"), use_query_value("trail"));
        Memo::new(move |_| Self { cursor: cursor.get(), trail: trail.get() })
    }

    /// The cursor for the server function.
    pub fn cursor(&self) -> Option<String> {
        (!self.cursor.is_empty()).then(|| self.cursor.clone())
    }

    /// Whether this is the first page.
    pub fn is_first(&self) -> bool {
        self.cursor.is_empty()
    }

    /// The page after this one.
    #[must_use]
    pub fn older(&self, next: &str) -> Self {
        let trail = match (self.trail.is_empty(), self.cursor.is_empty()) {
            (_, true) => String::new(),
            (true, false) => self.cursor.clone(),
            (false, false) => format!("{}.{}", self.trail, self.cursor),
        };
        Self { cursor: next.to_owned(), trail }
    }

    /// The page before this one; nothing on the first.
    pub fn newer(&self) -> Option<Self> {
        if self.is_first() {
            return None;
        }
        Some(match self.trail.rsplit_once('.') {
            Some((trail, cursor)) => Self { cursor: cursor.to_owned(), trail: trail.to_owned() },
            None => Self { cursor: self.trail.clone(), trail: String::new() },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_undoes_older() {
        let first = Place::default();
        let second = first.older("b");
        let third = second.older("c");
        let fourth = third.older("d");
        assert_eq!(fourth.newer(), Some(third));
        assert_eq!(second.older("c").newer(), Some(second.clone()));
        assert_eq!(second.newer(), Some(first.clone()));
        assert_eq!(first.newer(), None);
    }
}
