//! The interface: pages, components and server functions, rendered by the server and brought to
//! life in the browser.

#![recursion_limit = "512"]
#![expect(clippy::needless_pass_by_value, reason = "components and server functions own their arguments")]
#![expect(
    clippy::fn_params_excessive_bools,
    reason = "properties of components are named where they are given"
)]
#![expect(clippy::expl_impl_clone_on_copy, reason = "what the derive macro of class variants writes")]
#![expect(clippy::too_many_lines, reason = "a view is one expression, however long its markup")]

pub mod address;
pub mod app;
pub mod browser;
pub mod components;
pub mod error;
pub mod kept;
pub mod live;
pub mod once;
pub mod pages;
pub mod server_fns;
pub mod shell;
pub mod theme;

#[cfg(feature = "ssr")]
pub mod document;
#[cfg(feature = "ssr")]
pub mod server_context;

pub use app::App;
