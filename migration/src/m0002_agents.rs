//! Agents and tools with their immutable versions, and the copies kept at Toolhouse.

crate::dialect::step!("m0002_agents", up: &[
    "create table agents (
        id {id} not null primary key,
        workspace_id {id} not null references workspaces (id),
        slug text not null,
        title text not null,
        config text not null,
        imported text,
        revision bigint not null,
        published_version integer,
        latest_version integer not null default 0,
        created_at bigint not null,
        updated_at bigint not null,
        updated_by text not null,
        archived_at bigint,
        constraint agents_slug unique (workspace_id, slug)
    )",
    "create index agents_list on agents (workspace_id, id)",
    "create table agent_versions (
        agent_id {id} not null references agents (id),
        number integer not null,
        workspace_id {id} not null references workspaces (id),
        config text not null,
        note text not null,
        created_by text not null,
        created_at bigint not null,
        primary key (agent_id, number)
    )",
    // A copy's id is made from what it holds, so a copy is never overwritten with something else.
    "create table remote_agents (
        workspace_id {id} not null references workspaces (id),
        connection text not null,
        remote_id {id} not null,
        agent_id {id} not null references agents (id),
        pushed_at bigint not null,
        last_used_at bigint not null,
        primary key (workspace_id, connection, remote_id)
    )",
    "create table tools (
        id {id} not null primary key,
        workspace_id {id} not null references workspaces (id),
        name text not null,
        kind text not null,
        config text not null,
        revision bigint not null,
        latest_version integer not null default 0,
        created_at bigint not null,
        updated_at bigint not null,
        updated_by text not null,
        archived_at bigint,
        constraint tools_name unique (workspace_id, name)
    )",
    "create table tool_versions (
        tool_id {id} not null references tools (id),
        number integer not null,
        workspace_id {id} not null references workspaces (id),
        config text not null,
        note text not null,
        created_by text not null,
        created_at bigint not null,
        primary key (tool_id, number)
    )",
], tables: &["agents", "agent_versions", "remote_agents", "tools", "tool_versions"]);
