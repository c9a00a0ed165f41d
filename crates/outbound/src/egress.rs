//! The egress guard: requests to addresses that people typed, and nothing to where those may not go.
//!
//! `address` knows which addresses are public, `names` resolves names to those only, `fetch` sends
//! and bounds what comes back.

mod address;
mod fetch;
mod names;

pub use address::{Allowed, Refusal, check};
pub use fetch::{Answer, Error, Guard, Limits, Request};
pub use names::{Names, SystemNames};

#[cfg(test)]
mod tests;
