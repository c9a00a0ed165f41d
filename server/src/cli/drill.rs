//! `shopfloor drill`: what happens to executions when servers are killed.

use std::io::Write;
use std::time::Duration;

use clap::Args;

use crate::drill::{Options, run};

/// Kill a server again and again under load, and say whether a promise was broken.
///
/// Uses a scratch database, an upstream and servers of its own, on this machine only; nothing that exists is touched.
#[derive(Debug, Args)]
pub struct DrillCommand {
    /// How often a server is killed.
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u16))]
    kills: u16,
    /// How often a server stands still for longer than its lease; one for every twelve kills unless given.
    #[arg(long)]
    freezes: Option<u16>,
    /// How often a server is asked to stop, one after the other, and started again: a rolling restart.
    #[arg(long, default_value_t = 0)]
    restarts: u16,
    /// Address of a PostgreSQL server on which a scratch database is made and removed; SQLite unless given.
    #[arg(long)]
    postgres: Option<String>,
    /// Servers on the same database. More than one needs PostgreSQL.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    workers: u8,
    /// Let the servers do different things in turn: everything, pages and the API only, executions only.
    #[arg(long, requires = "postgres")]
    mixed: bool,
    /// Callers at the same time.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=1000))]
    callers: u16,
    /// Decides the load and the moments of the kills.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Seconds that the end may take after the last kill.
    #[arg(long)]
    drain: Option<u64>,
    /// Take a protection out of the servers.
    #[cfg(feature = "sabotage")]
    #[arg(long)]
    sabotage: Option<storage::sabotage::Protection>,
}

impl DrillCommand {
    /// Runs it; an error when the verdict is red.
    pub async fn run(self, out: &mut (dyn Write + Send)) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.workers == 1 || self.postgres.is_some(),
            "several servers need PostgreSQL: give --postgres with the address of a server"
        );
        #[cfg(feature = "sabotage")]
        let arguments = self.sabotage.map(|protection| ["--without".to_owned(), protection.to_string()]);
        #[cfg(not(feature = "sabotage"))]
        let arguments: Option<[String; 0]> = None;
        let kills = usize::from(self.kills);
        let options = Options {
            kills,
            freezes: self.freezes.map_or(kills / 12, usize::from),
            restarts: usize::from(self.restarts),
            servers: usize::from(self.workers),
            mixed: self.mixed,
            callers: u64::from(self.callers),
            seed: self.seed,
            postgres: self.postgres,
            drain: self.drain.map(Duration::from_secs),
            arguments: arguments.into_iter().flatten().collect(),
        };
        anyhow::ensure!(run(&options, out).await?, "the verdict is red");
        Ok(())
    }
}
