//! Vocabulary of Shopfloor: types, drafts, parsing and state machines.
//!
//! This room does no I/O, reads no clock and draws no randomness; it builds for the browser as
//! well as for the server, so the same parser gives a form its hints and a service its truth.
//! Outside is a *draft* (text as typed); inside is a value that cannot be wrong.

pub mod access;
pub mod accounts;
pub mod agents;
pub mod api_keys;
pub mod approvals;
pub mod audit;
pub mod batches;
pub mod bulk;
pub mod clock;
pub mod events;
pub mod executions;
pub mod ids;
pub mod misfit;
pub mod overview;
pub mod paging;
pub mod problem;
pub mod queue;
pub mod saved_filters;
pub mod schedules;
pub mod secrets;
pub mod text;
pub mod toolhouse;
pub mod tools;
pub mod upkeep;
pub mod workspaces;

mod words;

pub use access::{Actor, Permission, Principal};
pub use clock::{Clock, Entropy, Timestamp};
pub use problem::{FieldError, Kind, Problem};
