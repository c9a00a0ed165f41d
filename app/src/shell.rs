//! The frame round every page of a workspace, and the smaller one round sign-in and setup.

pub mod data;

pub mod context;
pub mod crumbs;
pub mod entry;
pub mod frame;
pub mod keys;
pub mod leaving;
pub mod sidebar;
pub mod theme_menu;
pub mod top_bar;
