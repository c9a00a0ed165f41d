//! What the engine needs beyond the first queue: lanes, approvals, re-runs, bulk actions, the result
//! cache, and the processes that work.
//!
//! `not_before` of a queued execution is always set from here on: the index of lanes orders by it, so
//! that one that waits for its next attempt is never in the way of others.

crate::dialect::step!("m0005_engine", up: &[
    "update executions set not_before = created_at where status = 'queued' and not_before is null",
    "drop index executions_queue",
    "create index executions_lanes on executions (priority, agent_id, not_before, id) where status = 'queued'",
    "create index executions_overdue on executions (queue_deadline) where status = 'queued'",
    "alter table executions add column waiting_until bigint",
    "alter table executions add column rerun_of {id}",
    "alter table executions add column cache text",
    "alter table executions add column cache_key {bytes}",
    "alter table executions add column copied_from {id}",
    "create index executions_waiting on executions (waiting_until) where status = 'waiting'",
    "create index executions_cache on executions (workspace_id, agent_id, cache_key, finished_at) where cache_key is not null and status = 'succeeded'",
    "create table approvals (
        execution_id {id} not null references executions (id) on delete cascade,
        step integer not null,
        workspace_id {id} not null,
        place text not null,
        question text not null,
        data text not null,
        fields text not null,
        roles text not null,
        asked_at bigint not null,
        expires_at bigint not null,
        outcome text,
        answer text,
        note text,
        closed_at bigint,
        closed_by text,
        primary key (execution_id, step)
    ) {without_rowid}",
    "create index approvals_open on approvals (workspace_id, execution_id) where closed_at is null",
    "create table cache_purges (
        agent_id {id} not null references agents (id),
        workspace_id {id} not null,
        at bigint not null,
        primary key (agent_id)
    ) {without_rowid}",
    "create table bulk_actions (
        id {id} not null,
        workspace_id {id} not null references workspaces (id),
        kind text not null,
        filter text not null,
        choice text not null,
        status text not null,
        created_by text not null,
        caller text not null,
        total bigint not null,
        done bigint not null,
        changed bigint not null,
        refused bigint not null,
        position {id},
        lease_until bigint not null,
        created_at bigint not null,
        finished_at bigint,
        primary key (id)
    ) {without_rowid}",
    "create index bulk_actions_list on bulk_actions (workspace_id, id)",
    "create index bulk_actions_open on bulk_actions (lease_until) where finished_at is null",
    "create table bulk_rows (
        bulk_id {id} not null references bulk_actions (id),
        number bigint not null,
        workspace_id {id} not null,
        execution_id {id} not null,
        outcome text not null,
        message text,
        new_execution_id {id},
        primary key (bulk_id, number)
    ) {without_rowid}",
    "create table workers (
        id {id} not null,
        name text not null,
        version text not null,
        slots integer not null,
        busy integer not null,
        refused_writes bigint not null,
        started_at bigint not null,
        seen_at bigint not null,
        stopped_at bigint,
        primary key (id)
    ) {without_rowid}",
    "create index workers_seen on workers (seen_at)",
], tables: &["approvals", "cache_purges", "bulk_actions", "bulk_rows", "workers"]);
