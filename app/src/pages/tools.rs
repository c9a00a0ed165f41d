//! Tools: the list, one with its test bench and history, and the form that makes and changes one.

pub mod bench;
pub mod detail;
pub mod edit;
pub mod form;
pub mod list;

pub use detail::ToolPage;
pub use edit::{EditToolPage, NewToolPage};
pub use list::ToolsPage;
