//! Batches and their rows.

mod records;
mod rows;

pub use records::{NewBatch, get, insert, list, open, save, take_turn};
pub use rows::{
    ResultsPage, failed, has_news, mark_started, pending, results, rows, settle, started, withdraw_pending,
};
