//! The interface kit as the server prints it: roles, names, states and escaping of each part.
//! What a part does in a browser is tested in `end2end`.
#![cfg(feature = "ssr")]
#![recursion_limit = "512"]

mod components {
    mod controls;
    mod data;
    mod executions;
    mod feedback;
    mod fields;
    mod frame;
    mod loads;
    mod overlays;
    pub(crate) mod page;
    mod rows;
    mod sprite;
}
