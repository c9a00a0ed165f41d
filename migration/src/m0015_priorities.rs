//! Which of the executions of a schedule go first.

crate::dialect::step!("m0015_priorities", up: &[
    "alter table schedules add column priority integer not null default 2",
], tables: &[]);
