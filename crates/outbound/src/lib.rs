//! Every byte that leaves for somewhere other than Toolhouse: today the chat models of the runtime
//! `model`, and servers of our own. Addresses come from the server's configuration, never from a page.
#![deny(clippy::future_not_send)]

pub mod chat;
pub mod peer;
