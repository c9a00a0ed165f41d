//! Finding what ran an execution again, among any number of executions.

crate::dialect::step!("m0009_reruns", up: &[
    "create index executions_reruns on executions (workspace_id, rerun_of, id) where rerun_of is not null",
], tables: &[]);
