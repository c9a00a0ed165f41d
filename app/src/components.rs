//! The parts every page is built from. They take data and callbacks and never call the server.
//! Looks live in `style/`; a part only says which classes apply, with whole class names, because
//! the stylesheet is made from the names found in these sources.

pub mod icon;

pub mod badge;
pub mod button;
pub mod calendar;
pub mod copy;
pub mod countdown;
pub mod kbd;
pub mod span_table;
pub mod status;
pub mod text;
pub mod time;

pub mod checkbox;
pub mod field;
pub mod select;
pub mod text_area;
pub mod text_input;

pub mod empty_state;
pub mod error_panel;
pub mod note;
pub mod panel;
pub mod skeleton;

pub mod segmented;
pub mod table;
pub mod tabs;

pub mod dialog;
pub mod fuzzy;
pub mod menu;
pub mod palette;
pub mod shortcuts;
pub mod toast;

pub mod code_block;
pub mod diff_view;
pub mod json_lines;
pub mod json_view;
pub mod kpi;
pub mod live_output;
pub mod markdown;
pub mod run_strip;
pub mod time_scale;
pub mod waterfall;
