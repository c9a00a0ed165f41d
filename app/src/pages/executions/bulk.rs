//! Actions on many executions: choosing them in the list, confirming, following, looking back.

pub mod bar;
pub mod choice;
pub mod confirm;
pub mod detail;
pub mod list;

pub use confirm::ConfirmBulkPage;
pub use detail::BulkPage;
pub use list::BulkActionsPage;
