//! Pages: they load and change through server functions and hold little markup.

pub mod agents;
pub mod audit;
pub mod batches;
pub mod executions;
pub mod home;
pub mod not_found;
pub mod overview;
pub mod queue;
pub mod schedules;
pub mod settings;
pub mod sign_in;
pub mod tools;
pub mod workspace;
