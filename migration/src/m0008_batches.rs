//! Batches and their rows.
//!
//! Whoever moves a batch on raises its `turn` first, which locks the row until the end of the
//! transaction: two processes never feed the same row.

crate::dialect::step!("m0008_batches", up: &[
    "create table batches (
        id {id} not null primary key,
        workspace_id {id} not null references workspaces (id),
        agent_id {id} not null references agents (id),
        version integer not null,
        name text not null,
        state text not null,
        note text,
        format text not null,
        columns text not null,
        rows_at_once integer not null,
        counts text not null,
        turn bigint not null,
        created_at bigint not null,
        created_by text not null,
        finished_at bigint
    )",
    "create index batches_list on batches (workspace_id, id)",
    "create index batches_open on batches (id) where finished_at is null",
    "create table batch_rows (
        batch_id {id} not null references batches (id),
        number integer not null,
        workspace_id {id} not null,
        state text not null,
        title text not null,
        input text not null,
        execution_id {id},
        primary key (batch_id, number)
    ) {without_rowid}",
    "create index batch_rows_state on batch_rows (batch_id, state, number)",
], tables: &["batches", "batch_rows"]);
