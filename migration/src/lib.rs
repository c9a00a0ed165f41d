//! Frozen steps of the database schema. Names no crate of ours.
//!
//! Each step is plain SQL for SQLite and PostgreSQL side by side, in one file, never edited once it
//! is shared. Identifiers are 16 bytes, times are milliseconds UTC, documents are JSON text.

mod dialect;
mod m0001_accounts;
mod m0002_agents;
mod m0003_executions;
mod m0004_records;
mod m0005_engine;
mod m0007_schedules;
mod m0008_batches;
mod m0009_reruns;
mod m0010_lists;
mod m0012_tools;
mod m0015_priorities;
mod m0016_queue_deadline;

pub use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// All steps in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_accounts::Migration),
            Box::new(m0002_agents::Migration),
            Box::new(m0003_executions::Migration),
            Box::new(m0004_records::Migration),
            Box::new(m0005_engine::Migration),
            Box::new(m0007_schedules::Migration),
            Box::new(m0008_batches::Migration),
            Box::new(m0009_reruns::Migration),
            Box::new(m0010_lists::Migration),
            Box::new(m0012_tools::Migration),
            Box::new(m0015_priorities::Migration),
            Box::new(m0016_queue_deadline::Migration),
        ]
    }
}
