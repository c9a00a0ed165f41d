//! Batches: the list, a new one with the report on its file, and one with its rows.

pub mod detail;
pub mod list;
pub mod new;
pub mod report;
pub mod rows;
pub mod shown;

pub use detail::BatchPage;
pub use list::BatchesPage;
pub use new::NewBatchPage;
