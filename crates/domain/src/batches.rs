//! Batches: one agent over the rows of a CSV or JSON Lines file.
//!
//! `file` reads and checks every row before anything starts, `draft` is what people ask for,
//! `results` writes what came out, `view` is what is shown.

mod draft;
mod file;
mod results;
mod view;

pub use draft::{BatchDraft, BatchPlan};
pub use file::{Checked, Format, MAX_BYTES, MAX_ROWS, Report, RowProblem, check};
pub use results::{ResultRow, csv_header, csv_row, jsonl_row, safe_cell};
pub use view::{Batch, BatchRow, BatchState, Counts, RowState};
