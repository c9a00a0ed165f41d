//! The interface: pages, components and server functions, rendered by the server and brought to
//! life in the browser.

#![recursion_limit = "512"]
#![expect(clippy::needless_pass_by_value, reason = "components and server functions own their arguments")]

pub mod app;
pub mod browser;
pub mod components;
pub mod error;
pub mod live;
pub mod pages;
pub mod server_fns;
pub mod shell;
pub mod theme;

#[cfg(feature = "ssr")]
pub mod document;
#[cfg(feature = "ssr")]
pub mod server_context;

pub use app::App;
