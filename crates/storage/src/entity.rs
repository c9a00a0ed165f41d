//! SeaORM entities: one per table, private to this room.
#![expect(unreachable_pub, reason = "SeaORM's derive macros need `pub` items in private modules")]

/// One table: its name and its columns.
macro_rules! table {
    ($module:ident = $table:literal { $($(#[$meta:meta])* $column:ident: $type:ty,)* }) => {
        pub mod $module {
            #[allow(unused_imports, clippy::allow_attributes, clippy::allow_attributes_without_reason)]
            use uuid::Uuid;
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model { $($(#[$meta])* pub $column: $type,)* }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

table!(instance = "instance" {
    #[sea_orm(primary_key, auto_increment = false)] key: String,
    value: String,
});
table!(users = "users" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    email: String,
    name: String,
    password_hash: String,
    failed_sign_ins: i32,
    locked_until: Option<i64>,
    created_at: i64,
});
table!(workspaces = "workspaces" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    slug: String,
    name: String,
    created_at: i64,
});
table!(members = "members" {
    #[sea_orm(primary_key, auto_increment = false)] workspace_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] user_id: Uuid,
    role: String,
    sees_payloads: bool,
    joined_at: i64,
});
table!(sessions = "sessions" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    user_id: Uuid,
    generation: i64,
    rotated_at: i64,
    user_agent: String,
    address: String,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
});
table!(links = "links" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    kind: String,
    token_hash: Vec<u8>,
    workspace_id: Option<Uuid>,
    user_id: Option<Uuid>,
    email: Option<String>,
    role: Option<String>,
    created_by: String,
    created_at: i64,
    expires_at: i64,
    used_at: Option<i64>,
});
table!(api_keys = "api_keys" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    workspace_id: Uuid,
    name: String,
    hash: Vec<u8>,
    prefix: String,
    scopes: String,
    requests_per_minute: Option<i32>,
    created_by: String,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    revoked_at: Option<i64>,
});
table!(agents = "agents" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    workspace_id: Uuid,
    slug: String,
    title: String,
    config: String,
    imported: Option<String>,
    revision: i64,
    published_version: Option<i32>,
    latest_version: i32,
    created_at: i64,
    updated_at: i64,
    updated_by: String,
    archived_at: Option<i64>,
});
table!(agent_versions = "agent_versions" {
    #[sea_orm(primary_key, auto_increment = false)] agent_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] number: i32,
    workspace_id: Uuid,
    config: String,
    note: String,
    created_by: String,
    created_at: i64,
});
table!(events = "events" {
    #[sea_orm(primary_key, auto_increment = false)] execution_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] number: i64,
    workspace_id: Uuid,
    at: i64,
    body: String,
});
table!(audit = "audit" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    workspace_id: Uuid,
    at: i64,
    actor_kind: String,
    actor: String,
    action: String,
    target: String,
    target_name: String,
    detail: String,
    address: Option<String>,
    request_id: Option<String>,
});
table!(settings = "settings" {
    #[sea_orm(primary_key, auto_increment = false)] workspace_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)] key: String,
    value: String,
    updated_at: i64,
    updated_by: String,
});
table!(secrets = "secrets" {
    #[sea_orm(primary_key, auto_increment = false)] id: Uuid,
    workspace_id: Uuid,
    name: String,
    nonce: Vec<u8>,
    ciphertext: Vec<u8>,
    created_at: i64,
    updated_at: i64,
    last_used_at: Option<i64>,
});
