//! `cargo xtask bench engine`: builds what ships, measures it, and keeps what was printed.

use std::fs;
use std::io::Write;

use anyhow::{Result, bail};

use crate::child;
use crate::place::Place;
use crate::postgres::{Cluster, Durability};

/// Runs the measurements; `--profile NAME` measures another build than the release.
pub(crate) fn bench(place: &Place, args: &[String], out: &mut dyn Write) -> Result<bool> {
    let Some((what, rest)) = args.split_first() else { bail!("say what to measure: `bench engine`") };
    if what != "engine" {
        bail!("there is only `bench engine`, not `bench {what}`");
    }
    let (profile, rest) = match rest {
        [flag, profile, rest @ ..] if flag == "--profile" => (profile.as_str(), rest),
        rest => ("release", rest),
    };
    // The same durability as SQLite's: a commit is on disk when it is told.
    let cluster = Cluster::start(place, Durability::Full, out)?;
    let mut bench = place.command("cargo");
    bench
        .args(["bench", "--profile", profile, "--locked", "--package=server", "--bench=engine", "--"])
        .args(rest);
    match &cluster {
        Some(cluster) => {
            bench.args(["--postgres", &cluster.url()]);
        }
        None => writeln!(out, "PostgreSQL is not on this machine: only SQLite is measured.")?,
    }
    let mut lines = Vec::new();
    let succeeded = child::stream(&mut bench, out, &mut |line| lines.push(line.to_owned()))?;
    if succeeded {
        let file = place.root.join("bench/results").join(format!("engine-{profile}.md"));
        fs::create_dir_all(place.root.join("bench/results"))?;
        fs::write(&file, lines.join("\n") + "\n")?;
        writeln!(out, "Kept in {}", file.display())?;
    }
    Ok(succeeded)
}
