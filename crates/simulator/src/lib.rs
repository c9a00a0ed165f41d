//! A stand-in for Toolhouse: the same HTTP contract, offline, deterministic, and able to fail in
//! every way the real service can.
//!
//! It promises that the same seed, agent, message and turn give the same answer, that the run id
//! leaves before any byte of the answer, and that a run goes on to its end when nobody listens any
//! more, as the real one does. A message that begins with a script word (see [`SCRIPTS`]) makes it
//! misbehave in that way.
//!
//! It also answers `POST /v1/chat/completions` and `GET /v1/models`, so that a program which talks
//! to a chat model can be tried without one.
//!
//! It keeps everything in memory, and in a file when it is given one ([`Options::journal`]), so that
//! a run outlives the process as it would at the real service. It checks keys only for their form
//! and holds no facts: what it says is a plausible reply and nothing more. Whoever shows its answers
//! must label them as simulated.
#![deny(clippy::future_not_send)]

mod options;
mod server;

mod routes;

mod account;
mod agent_runs;
mod agents;
mod chat;
mod workers;

mod answers;
mod callbacks;
mod runs;
mod scripts;
mod wire;

mod access;
mod journal;
mod refusals;
mod requests;
mod state;

pub use options::{Options, Tier};
pub use requests::RequestRecord;
pub use scripts::{SCRIPTS, ScriptWord};
pub use server::{Handle, Simulator};

/// The routes on their own, to be mounted in another server. Its state lives as long as the router;
/// a journal is neither read nor written.
pub fn router(options: Options) -> axum::Router {
    Simulator::new(options).router()
}
