//! Executions: the list, one execution, and the parts that the pages of agents share with them.

pub mod actions;
pub mod address;
pub mod approval;
pub mod bulk;
pub mod cause;
pub mod compare;
pub mod detail;
pub mod events;
pub mod facts;
pub mod failure;
pub mod filters;
pub mod histogram;
pub mod input;
pub mod keys;
pub mod list;
pub mod next_attempt;
pub mod output;
pub mod phases;
pub mod related;
pub mod rerun;
pub mod rows;
pub mod saved;
pub mod sections;
pub mod shown;
pub mod table;
pub mod timeline;
pub mod viewer;

pub use bulk::{BulkActionsPage, BulkPage, ConfirmBulkPage};
pub use compare::ComparePage;
pub use detail::ExecutionPage;
pub use list::ExecutionsPage;
pub use rerun::RerunPage;
