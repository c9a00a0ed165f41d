//! The drill: kills a real server again and again under load and says whether a promise was broken.
//!
//! The servers are children of this process on a scratch database. The upstream lives in this
//! process and outlives them, so it can tell which effects really happened. Load arrives over REST,
//! as callers send it; a start whose answer was lost is sent again under its `Idempotency-Key`. In
//! the end everything is read back from the database and compared with what was promised.

pub mod calls;
pub mod child;
pub mod count;
pub mod dice;
pub mod judge;
pub mod load;
pub mod place;
pub mod run;
pub mod upstream;
pub mod verdict;
pub mod windows;

pub use run::{Options, run};
