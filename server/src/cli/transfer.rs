//! `shopfloor transfer`: from one database to another.

use std::io::Write;

use clap::Args;

/// Move a whole instance between SQLite and PostgreSQL.
///
/// Refuses a source that is in use and a target that is not empty. The source is only read. Counts and checksums of every
/// table are compared before anything is final.
#[derive(Debug, Args)]
pub struct TransferCommand {
    /// Address to move from, such as `sqlite://data/shopfloor.db`.
    #[arg(long)]
    from: String,
    /// Address to move to, such as `postgres://shopfloor@localhost/shopfloor`.
    #[arg(long)]
    to: String,
}

impl TransferCommand {
    /// Moves everything and says what was moved.
    pub async fn run(self, out: &mut (dyn Write + Send)) -> anyhow::Result<()> {
        let moved = storage::transfer::run(&self.from, &self.to).await?;
        for table in &moved {
            writeln!(out, "{:<24} {:>10} rows  checksum {}", table.table, table.rows, table.checksum)?;
        }
        let rows: u64 = moved.iter().map(|table| table.rows).sum();
        writeln!(out, "Moved {rows} rows of {} tables; counts and checksums agree.", moved.len())?;
        writeln!(
            out,
            "Start the servers on the new database with the same SHOPFLOOR_SECRET_KEY; beside SQLite it is the text in the file secret.key."
        )?;
        Ok(())
    }
}
