//! Saved filters of the list of executions, and firings that somebody asked for.

crate::dialect::step!("m0010_lists", up: &[
    // Of one person, or of everybody in the workspace when there is no person.
    "create table saved_filters (
        id {id} not null primary key,
        workspace_id {id} not null references workspaces (id),
        user_id {id} references users (id),
        name text not null,
        filter text not null,
        created_at bigint not null,
        created_by text not null
    )",
    "create index saved_filters_list on saved_filters (workspace_id, user_id, id)",
    "alter table schedule_firings add column asked_by text",
], tables: &["saved_filters"]);
