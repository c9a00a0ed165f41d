//! The list of tools, and what steps of the runtime `model` remember: where in the work they stand,
//! what went in, what came out, and what it cost.

crate::dialect::step!("m0012_tools", up: &[
    "create index tools_list on tools (workspace_id, id)",
    "alter table steps add column place text",
    "alter table steps add column input text",
    "alter table steps add column result text",
    "alter table steps add column usage text",
], tables: &[]);
