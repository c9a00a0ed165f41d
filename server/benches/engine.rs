//! Measures the engine: `cargo xtask bench engine`. Everything runs on this machine and on scratch
//! databases; nothing outlives the run. `--postgres URL` adds a PostgreSQL server, `--quick` makes
//! every part short, `--program PATH` measures another binary than the one built along.

#[path = "engine/http.rs"]
mod http;
#[path = "engine/inside.rs"]
mod inside;
#[path = "engine/million.rs"]
mod million;
#[path = "engine/sustained.rs"]
mod sustained;
#[path = "engine/table.rs"]
mod table;
#[path = "engine/viewers.rs"]
mod viewers;

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::table::Table;

/// What was asked for.
#[derive(Debug, Default, Clone)]
pub(crate) struct Wanted {
    pub(crate) postgres: Option<String>,
    pub(crate) quick: bool,
    pub(crate) program: PathBuf,
    /// Parts to run; all without.
    pub(crate) only: Option<String>,
    /// Seconds of the sustained load; it is not run without.
    pub(crate) sustained: Option<u64>,
}

impl Wanted {
    fn read() -> anyhow::Result<Self> {
        let mut wanted = Self { program: PathBuf::from(env!("CARGO_BIN_EXE_shopfloor")), ..Self::default() };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("{word} wants a value"));
            match word.as_str() {
                "--postgres" => wanted.postgres = Some(value()?),
                "--program" => wanted.program = PathBuf::from(value()?),
                "--only" => wanted.only = Some(value()?),
                "--sustained" => wanted.sustained = Some(value()?.parse()?),
                "--quick" => wanted.quick = true,
                // What cargo adds by itself.
                "--bench" => {}
                other => anyhow::bail!("there is no option {other}"),
            }
        }
        Ok(wanted)
    }

    fn has(&self, part: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.split(',').any(|word| word == part))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let wanted = Wanted::read()?;
    let mut out = std::io::stdout();
    table::machine(&wanted.program, &mut out)?;
    if let Some(seconds) = wanted.sustained {
        return sustained::run(&wanted, seconds, &mut out).await;
    }
    for postgres in
        [None, wanted.postgres.clone()].into_iter().take(1 + usize::from(wanted.postgres.is_some()))
    {
        let name = if postgres.is_some() { "PostgreSQL" } else { "SQLite on disk, synchronous=FULL" };
        writeln!(out, "\n## {name}\n")?;
        let mut table = Table::begin(&mut out)?;
        let postgres = postgres.as_deref();
        if wanted.has("http") {
            http::measure(&wanted, postgres, &mut table).await?;
        }
        if wanted.has("inside") {
            inside::measure(&wanted, postgres, &mut table).await?;
        }
        if wanted.has("viewers") {
            viewers::measure(&wanted, postgres, &mut table).await?;
        }
        if wanted.has("million") {
            million::measure(&wanted, postgres, &mut table).await?;
        }
    }
    Ok(())
}
