//! Executions with their attempts, steps and events, and the keys of idempotent starts.
//!
//! `seq` gives SQLite's text index a stable row number; `executions.id` alone would not.
//! `config` is set for runs of a draft only: versions are immutable and need no copy.

crate::dialect::step!("m0003_executions", up: &[
    "create table executions (
        {seq}
        id {id} not null,
        workspace_id {id} not null references workspaces (id),
        agent_id {id} not null references agents (id),
        version integer,
        config text,
        runtime text not null,
        status text not null,
        reason text,
        message text,
        title text not null,
        input text not null,
        output text,
        trigger_kind text not null,
        created_by text not null,
        simulated {flag} not null,
        remote_agent {id},
        remote_run text,
        conversation_id {id} not null,
        priority integer not null,
        agent_concurrency integer not null,
        attempt integer not null,
        max_attempts integer not null,
        step_count integer not null,
        last_event bigint not null,
        not_before bigint,
        queue_deadline bigint not null,
        run_deadline_s integer not null,
        run_deadline bigint,
        lease_owner {id},
        lease_until bigint,
        fence bigint not null,
        cancel_requested_at bigint,
        cancelled_by text,
        created_at bigint not null,
        started_at bigint,
        finished_at bigint,
        constraint executions_id unique (id)
    )",
    "create index executions_list on executions (workspace_id, id)",
    "create index executions_status on executions (workspace_id, status, id)",
    "create index executions_agent on executions (workspace_id, agent_id, id)",
    "create index executions_conversation on executions (workspace_id, conversation_id, id)",
    "create index executions_queue on executions (priority, id) where status = 'queued'",
    "create index executions_busy on executions (agent_id) where status = 'running'",
    "create index executions_lease on executions (lease_until) where status = 'running'",
    "create index executions_cancel on executions (cancel_requested_at) where cancel_requested_at is not null and finished_at is null",
    "sqlite:create virtual table executions_text using fts5 (title, message, content='executions', content_rowid='seq', tokenize='unicode61 remove_diacritics 2')",
    "sqlite:create trigger executions_text_insert after insert on executions begin
        insert into executions_text (rowid, title, message) values (new.seq, new.title, new.message);
    end",
    "sqlite:create trigger executions_text_update after update of title, message on executions begin
        insert into executions_text (executions_text, rowid, title, message) values ('delete', old.seq, old.title, old.message);
        insert into executions_text (rowid, title, message) values (new.seq, new.title, new.message);
    end",
    "sqlite:create trigger executions_text_delete after delete on executions begin
        insert into executions_text (executions_text, rowid, title, message) values ('delete', old.seq, old.title, old.message);
    end",
    "postgres:alter table executions add column text_index tsvector generated always as (to_tsvector('simple', title || ' ' || coalesce(message, ''))) stored",
    "postgres:create index executions_text on executions using gin (text_index)",
    "create table attempts (
        execution_id {id} not null references executions (id),
        number integer not null,
        workspace_id {id} not null,
        worker {id} not null,
        status text not null,
        reason text,
        message text,
        started_at bigint not null,
        finished_at bigint,
        primary key (execution_id, number)
    ) {without_rowid}",
    "create table steps (
        execution_id {id} not null references executions (id),
        number integer not null,
        workspace_id {id} not null,
        attempt integer not null,
        kind text not null,
        name text not null,
        state text not null,
        run_id text,
        started_at bigint not null,
        finished_at bigint,
        primary key (execution_id, number)
    ) {without_rowid}",
    "create table events (
        execution_id {id} not null references executions (id),
        number bigint not null,
        workspace_id {id} not null,
        at bigint not null,
        body text not null,
        primary key (execution_id, number)
    ) {without_rowid}",
    "create table idempotency_keys (
        workspace_id {id} not null references workspaces (id),
        caller text not null,
        agent_id {id} not null,
        key text not null,
        request_hash {bytes} not null,
        execution_id {id} not null,
        expires_at bigint not null,
        primary key (workspace_id, caller, agent_id, key)
    ) {without_rowid}",
    "create index idempotency_keys_end on idempotency_keys (expires_at)",
], tables: &["executions", "attempts", "steps", "events", "idempotency_keys"]);
