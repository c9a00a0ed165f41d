//! The audit log, settings and secrets of workspaces.

crate::dialect::step!("m0004_records", up: &[
    "create table audit (
        id {id} not null primary key,
        workspace_id {id} not null references workspaces (id),
        at bigint not null,
        actor_kind text not null,
        actor text not null,
        action text not null,
        target text not null,
        target_name text not null,
        detail text not null,
        address text,
        request_id text
    )",
    "create index audit_list on audit (workspace_id, id)",
    "create index audit_target on audit (workspace_id, target, id)",
    "create index audit_action on audit (workspace_id, action, id)",
    "create table settings (
        workspace_id {id} not null references workspaces (id),
        key text not null,
        value text not null,
        updated_at bigint not null,
        updated_by text not null,
        primary key (workspace_id, key)
    )",
    "create table secrets (
        id {id} not null primary key,
        workspace_id {id} not null references workspaces (id),
        name text not null,
        nonce {bytes} not null,
        ciphertext {bytes} not null,
        created_at bigint not null,
        updated_at bigint not null,
        last_used_at bigint,
        constraint secrets_name unique (workspace_id, name)
    )",
], tables: &["audit", "settings", "secrets"]);
