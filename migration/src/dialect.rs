//! The few words in which SQLite and PostgreSQL differ.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// Runs each statement, with `{id}`, `{bytes}`, `{flag}` and `{seq}` replaced by the database's
/// own types. Statements that begin with `sqlite:` or `postgres:` run only there.
pub(crate) async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    let postgres = manager.get_database_backend() == DbBackend::Postgres;
    let (id, bytes, flag, seq) = if postgres {
        ("uuid", "bytea", "boolean", "")
    } else {
        ("blob", "blob", "boolean", "seq integer primary key autoincrement,")
    };
    for statement in statements {
        let statement = match (statement.split_once(':'), postgres) {
            (Some(("sqlite", _)), true) | (Some(("postgres", _)), false) => continue,
            (Some(("sqlite", rest)), false) | (Some(("postgres", rest)), true) => rest,
            _ => statement,
        };
        let sql = statement
            .replace("{id}", id)
            .replace("{bytes}", bytes)
            .replace("{flag}", flag)
            .replace("{seq}", seq)
            .replace("{without_rowid}", if postgres { "" } else { "without rowid" });
        manager.get_connection().execute_unprepared(&sql).await?;
    }
    Ok(())
}

/// Drops tables, last first.
pub(crate) async fn drop_tables(manager: &SchemaManager<'_>, tables: &[&str]) -> Result<(), DbErr> {
    for table in tables.iter().rev() {
        manager.get_connection().execute_unprepared(&format!("drop table if exists {table}")).await?;
    }
    Ok(())
}

/// Writes the boilerplate of one step: its name, its statements and the tables it made.
macro_rules! step {
    ($name:literal, up: $up:expr, tables: $tables:expr) => {
        /// This step.
        #[derive(Debug)]
        pub(crate) struct Migration;

        impl sea_orm_migration::MigrationName for Migration {
            fn name(&self) -> &'static str {
                $name
            }
        }

        #[expect(
            elided_lifetimes_in_paths,
            reason = "the trait leaves the lifetime out, and `async_trait` compares"
        )]
        #[async_trait::async_trait]
        impl sea_orm_migration::MigrationTrait for Migration {
            async fn up(
                &self,
                manager: &sea_orm_migration::SchemaManager,
            ) -> Result<(), sea_orm_migration::DbErr> {
                crate::dialect::run(manager, $up).await
            }

            async fn down(
                &self,
                manager: &sea_orm_migration::SchemaManager,
            ) -> Result<(), sea_orm_migration::DbErr> {
                crate::dialect::drop_tables(manager, $tables).await
            }
        }
    };
}
pub(crate) use step;
