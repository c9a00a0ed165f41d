//! Schedules: the list, one with its log, and the form that makes and changes one.

pub mod detail;
pub mod edit;
pub mod firings;
pub mod form;
pub mod list;
pub mod preview;
pub mod shown;

pub use detail::SchedulePage;
pub use edit::{EditSchedulePage, NewSchedulePage};
pub use list::SchedulesPage;
