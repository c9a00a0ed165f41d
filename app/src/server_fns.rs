//! Server functions: public endpoints with a body of two or three lines. They hold no rules: they
//! take the services and the actor from the context, call one operation and leave through `reply`.

pub mod accounts;
pub mod agents;
pub mod api_keys;
pub mod audit;
pub mod batches;
pub mod bulk;
pub mod executions;
pub mod overview;
pub mod queue;
pub mod saved_filters;
pub mod schedules;
pub mod toolhouse;
pub mod tools;
pub mod upkeep;
pub mod workspaces;
