//! The one door to behaviour: actor, access rule, transaction, audit, event.
//!
//! Every public operation takes an [`domain::Actor`] first (signing in is the exception) and
//! returns a [`domain::Problem`] that is safe to show. A change and its audit row commit together
//! or not at all. No transaction is open across a network call.
#![deny(clippy::future_not_send)]

pub mod accounts;
pub mod agents;
pub mod api_keys;
pub mod approvals;
pub mod audit;
pub mod batches;
pub mod bulk;
pub mod crypto;
pub mod executions;
pub mod hub;
pub mod markdown;
pub mod overview;
pub mod queue;
pub mod saved_filters;
pub mod schedules;
pub mod secrets;
pub mod sessions;
pub mod shown_once;
pub mod toolhouse;
pub mod tools;
pub mod upkeep;
pub mod workspaces;

mod fault;
mod house;
mod relay;
mod standing;

pub use fault::Fault;
pub use house::{Services, Setup};
