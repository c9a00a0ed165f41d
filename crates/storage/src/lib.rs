//! Queries. The only room that names SeaORM; entities stay private.
//!
//! Returns domain types, decides nothing about access, and never holds a transaction across a
//! network call. Every query of a tenant's rows takes the workspace; there is no unscoped variant.
#![deny(clippy::future_not_send)]

pub mod accounts;
pub mod agents;
pub mod api_keys;
pub mod approvals;
pub mod audit;
pub mod batches;
pub mod bulk;
pub mod events;
pub mod executions;
pub mod instance;
pub mod links;
pub mod queue;
pub mod saved_filters;
pub mod schedules;
pub mod scratch;
pub mod secrets;
pub mod sessions;
pub mod settings;
pub mod tools;
pub mod transfer;
pub mod upkeep;
pub mod workspaces;

mod batch;
mod db;
mod entity;
mod error;
mod listen;
#[cfg(test)]
mod plans;
mod row;
#[cfg(feature = "sabotage")]
pub mod sabotage;

pub use batch::Writing;
pub use db::{Db, Held, Store, Tx};
pub use error::Error;
pub use listen::Listener;
