//! The client's contract, against the simulator and against servers that say exactly the bytes a
//! test wants.

#[path = "it/answers.rs"]
mod answers;
#[path = "it/cuts.rs"]
mod cuts;
#[path = "it/errors.rs"]
mod errors;
#[path = "it/raw.rs"]
mod raw;
#[path = "it/refusals.rs"]
mod refusals;
#[path = "it/secrecy.rs"]
mod secrecy;
#[path = "it/simulated.rs"]
mod simulated;
#[path = "it/streams.rs"]
mod streams;
#[path = "it/support.rs"]
mod support;
