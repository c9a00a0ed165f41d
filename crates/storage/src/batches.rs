//! Batches and their rows.

mod records;
mod rows;

pub use records::{NewBatch, add_rows, announce, begin, get, list, open, remove_unfinished, save, take_turn};
pub use rows::{
    ResultsPage, failed, has_news, mark_started, pending, results, rows, settle, started, withdraw_pending,
};
