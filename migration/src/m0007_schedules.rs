//! Schedules, and a row for every due time that was dealt with.
//!
//! The key of a firing is what keeps a due time from firing twice, on any number of processes.

crate::dialect::step!("m0007_schedules", up: &[
    "create table schedules (
        id {id} not null primary key,
        workspace_id {id} not null references workspaces (id),
        agent_id {id} not null references agents (id),
        name text not null,
        timing text not null,
        end_at bigint,
        message text,
        vars text not null,
        overlap text not null,
        missed text not null,
        missed_limit integer not null,
        state text not null,
        next_due bigint,
        revision bigint not null,
        created_at bigint not null,
        created_by text not null,
        updated_at bigint not null,
        updated_by text not null,
        deleted_at bigint
    )",
    "create index schedules_list on schedules (workspace_id, id) where deleted_at is null",
    "create index schedules_due on schedules (next_due) where state = 'active' and deleted_at is null",
    "create table schedule_firings (
        schedule_id {id} not null references schedules (id),
        due bigint not null,
        workspace_id {id} not null,
        at bigint not null,
        outcome text not null,
        reason text,
        message text,
        execution_id {id},
        primary key (schedule_id, due)
    ) {without_rowid}",
    "create index schedule_firings_waiting on schedule_firings (schedule_id, due) where outcome = 'waiting'",
    "create index schedule_firings_started on schedule_firings (schedule_id, due) where outcome = 'started'",
], tables: &["schedules", "schedule_firings"]);
