//! Executions: the list, one execution, and the parts that the pages of agents share with them.

pub mod actions;
pub mod address;
mod cause;
mod detail;
mod events;
pub mod failure;
mod facts;
mod filters;
pub mod keys;
mod list;
pub mod output;
pub mod rows;
mod sections;
pub mod shown;
mod table;
mod timeline;

pub use detail::ExecutionPage;
pub use list::ExecutionsPage;
