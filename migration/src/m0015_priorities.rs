//! Which of the executions of a schedule go first, and finding those that the cache of results had to
//! do with, among any number of executions.

crate::dialect::step!("m0015_priorities", up: &[
    "alter table schedules add column priority integer not null default 2",
    "create index executions_cached on executions (workspace_id, id, cache) where cache is not null",
], tables: &[]);
