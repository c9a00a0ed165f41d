//! A client for Toolhouse: run a worker, stream its answer, read runs back, keep agents.
//!
//! It decodes tolerantly (the service documents little and has changed its shapes before) and
//! sends strictly. It promises that every failure is one of the variants of [`Error`], each of
//! which tells the caller whether the request could have been acted on, and that a stream which
//! ended early is never taken for one which ended well.
//!
//! It refuses to retry, to follow redirects, to guess a format from the first byte, and to show
//! the key: not in `Debug`, not in an error, not in a log line.
//!
//! `reqwest` is built here without a TLS provider, so a program must install one (for example
//! `rustls::crypto::ring::default_provider().install_default()`) before [`Client::new`].
#![deny(clippy::future_not_send)]

mod settings;

mod client;

mod account;
mod agent_runs;
mod agents;
mod runs;

mod chunks;
mod decode;
mod messages;
mod parts;
mod times;

mod error;

pub use account::Me;
pub use agent_runs::{AgentRun, RunStatus, StartAgentRun};
pub use agents::{Agent, AgentPatch, AgentRequest};
pub use chunks::{Chunk, Chunks};
pub use client::Client;
pub use error::{Error, Limit};
pub use messages::{Content, Message, Part};
pub use runs::{Format, Run, RunRequest};
pub use settings::{Endpoints, Timeouts};
