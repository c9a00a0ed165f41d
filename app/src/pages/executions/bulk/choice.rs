//! Which rows of the list are chosen. Only rows on the page count, so that what one sees is what is
//! meant; everything that matches the filter is a choice of its own.

use std::collections::BTreeSet;

use domain::executions::ExecutionRow;
use domain::ids::ExecutionId;
use leptos::prelude::*;

/// The chosen rows of a list.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    picked: RwSignal<BTreeSet<ExecutionId>>,
    /// Where a range begins.
    last: StoredValue<Option<ExecutionId>>,
    /// How many match the filter, once all of them are chosen.
    pub all: RwSignal<Option<u64>>,
    rows: Signal<Vec<ExecutionRow>>,
}

impl Choice {
    /// Nothing is chosen yet.
    pub fn of(rows: Signal<Vec<ExecutionRow>>) -> Self {
        Self { picked: RwSignal::default(), last: StoredValue::new(None), all: RwSignal::new(None), rows }
    }

    /// The chosen rows, in the order of the list.
    pub fn chosen(self) -> Vec<ExecutionRow> {
        let picked = self.picked.read();
        self.rows.read().iter().filter(|row| picked.contains(&row.id)).cloned().collect()
    }

    /// Whether a row is chosen.
    pub fn has(self, id: ExecutionId) -> bool {
        self.picked.read().contains(&id)
    }

    /// Whether every row of the page is chosen.
    pub fn is_whole_page(self) -> bool {
        let picked = self.picked.read();
        self.rows.read().iter().all(|row| picked.contains(&row.id))
    }

    /// Chooses a row or lets it go; with `is_range` also those between it and the last one.
    pub fn set(self, id: ExecutionId, is_on: bool, is_range: bool) {
        let rows: Vec<_> = self.rows.read_untracked().iter().map(|row| row.id).collect();
        let from = self.last.get_value().filter(|_| is_range).unwrap_or(id);
        self.last.set_value(Some(id));
        self.all.set(None);
        self.picked.update(|picked| {
            for id in between(&rows, from, id) {
                if is_on {
                    picked.insert(id);
                } else {
                    picked.remove(&id);
                }
            }
        });
    }

    /// Chooses the whole page, or nothing.
    pub fn set_page(self, is_on: bool) {
        let rows = self.rows.read_untracked();
        let rows: BTreeSet<_> = rows.iter().filter(|_| is_on).map(|row| row.id).collect();
        self.all.set(None);
        self.picked.set(rows);
    }
}

/// The rows from one to another, both included; the second alone when the first is gone.
fn between(rows: &[ExecutionId], from: ExecutionId, to: ExecutionId) -> Vec<ExecutionId> {
    let place = |id| rows.iter().position(|row| *row == id);
    match (place(from), place(to)) {
        (Some(from), Some(to)) => rows[from.min(to)..=from.max(to)].to_vec(),
        _ => vec![to],
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::Id as _;

    use super::*;

    #[test]
    fn a_range_goes_both_ways_and_needs_both_ends() {
        let rows = [4, 3, 2, 1].map(|n| ExecutionId::from_bytes([n; 16]));
        assert_eq!(between(&rows, rows[0], rows[2]), rows[..=2]);
        assert_eq!(between(&rows, rows[3], rows[1]), rows[1..]);
        assert_eq!(between(&rows, rows[2], rows[2]), [rows[2]]);
        let gone = ExecutionId::from_bytes([9; 16]);
        assert_eq!(between(&rows, gone, rows[2]), [rows[2]]);
    }
}
