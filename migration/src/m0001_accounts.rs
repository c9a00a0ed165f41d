//! People, tenants, membership, sessions, one-time links and machine keys.

crate::dialect::step!("m0001_accounts", up: &[
    "create table instance (
        key text not null primary key,
        value text not null
    )",
    "create table users (
        id {id} not null primary key,
        email text not null,
        name text not null,
        password_hash text not null,
        failed_sign_ins integer not null default 0,
        locked_until bigint,
        created_at bigint not null,
        constraint users_email unique (email)
    )",
    "create table workspaces (
        id {id} not null primary key,
        slug text not null,
        name text not null,
        created_at bigint not null,
        constraint workspaces_slug unique (slug)
    )",
    "create table members (
        workspace_id {id} not null references workspaces (id),
        user_id {id} not null references users (id),
        role text not null,
        sees_payloads {flag} not null,
        joined_at bigint not null,
        primary key (workspace_id, user_id)
    )",
    "create index members_user on members (user_id)",
    "create table sessions (
        id {id} not null primary key,
        user_id {id} not null references users (id),
        generation bigint not null,
        rotated_at bigint not null,
        user_agent text not null,
        address text not null,
        created_at bigint not null,
        last_seen_at bigint not null,
        expires_at bigint not null,
        revoked_at bigint
    )",
    "create index sessions_user on sessions (user_id, id)",
    "create table links (
        id {id} not null primary key,
        kind text not null,
        token_hash {bytes} not null,
        workspace_id {id} references workspaces (id),
        user_id {id} references users (id),
        email text,
        role text,
        created_by text not null,
        created_at bigint not null,
        expires_at bigint not null,
        used_at bigint,
        constraint links_token unique (token_hash)
    )",
    "create index links_workspace on links (workspace_id, id)",
    "create table api_keys (
        id {id} not null primary key,
        workspace_id {id} not null references workspaces (id),
        name text not null,
        hash {bytes} not null,
        prefix text not null,
        scopes text not null,
        requests_per_minute integer,
        created_by text not null,
        created_at bigint not null,
        expires_at bigint,
        last_used_at bigint,
        revoked_at bigint
    )",
    "create index api_keys_workspace on api_keys (workspace_id, id)",
], tables: &["instance", "users", "workspaces", "members", "sessions", "links", "api_keys"]);
