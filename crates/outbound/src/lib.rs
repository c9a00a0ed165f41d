//! Every byte that leaves for somewhere other than Toolhouse: the chat models of the runtime `model`,
//! servers of our own, and, through the guard in `egress`, addresses that people typed.
#![deny(clippy::future_not_send)]

pub mod chat;
pub mod egress;
pub mod peer;
