//! The host: command line, axum, REST, middleware, event streams.
//!
//! Handlers translate and delegate; rules live in `services` and `engine`. The environment is read
//! only in `config`. One table in `router` names every route.

// The types of pages are deep where `erase_components` is not set.
#![recursion_limit = "512"]

pub mod api;
pub mod appearance;
pub mod caller;
pub mod cli;
pub mod config;
pub mod deadline;
pub mod download;
pub mod drill;
pub mod health;
pub mod host;
pub mod kept;
pub mod limits;
pub mod listen;
pub mod live;
pub mod middleware;
pub mod reply;
pub mod router;
pub mod site;
pub mod state;
pub mod system;
