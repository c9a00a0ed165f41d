//! The interface: pages, components and server functions, rendered by the server and brought to
//! life in the browser.

#![recursion_limit = "256"]

pub mod browser;
pub mod components;
pub mod shell;
pub mod theme;
