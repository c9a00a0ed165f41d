//! `cargo xtask`: one command each for running and for checking Shopfloor from a fresh clone.
//! It installs what is missing, then calls the usual tools; whatever it does can be done by hand with them.

mod app;
mod bench;
mod browser;
mod child;
mod drill;
mod place;
mod postgres;
mod report;
mod serve;
mod test;
mod tools;

use std::io::Write;
use std::process::ExitCode;

use crate::place::Place;

const HELP: &str = "\
Usage: cargo xtask <command>

Commands:
  serve [--release] [ARGS...]   Build the release binary and run it; ARGS go to `shopfloor serve`.
                                With no TOOLHOUSE_API_KEY it runs with the built-in simulator.
  test [--fast | --browser]     Formatting, lints, unit and integration tests, drills, then the application
                                built and driven in a real browser. --fast leaves the browser out,
                                --browser leaves everything else out.
  bench engine [--profile NAME] [--quick] [--only PARTS] [--sustained SECONDS]
                                Measure the engine on SQLite and PostgreSQL; results go to bench/results.
                                PARTS: http, inside, viewers, million.
  help                          Show this text.

Environment:
  SHOPFLOOR_CACHE          Where build tools and test builds are kept. Default: ~/.cache/shopfloor
  CARGO_TARGET_DIR         Build folder. Default: `target` for serve, a folder in the cache for test.
  SHOPFLOOR_TEST_REQUIRE   Comma-separated `postgres`, `browser`: what may not be skipped.
  SHOPFLOOR_TEST_POSTGRES  A PostgreSQL to test against, instead of a throw-away one.
  SHOPFLOOR_CHROMIUM       The Chromium to test with. Default: the first one on PATH.
";

fn main() -> anyhow::Result<ExitCode> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout();
    let succeeded = match args.split_first() {
        Some((command, rest)) if command == "serve" => serve::serve(&Place::find()?, rest, &mut out)?,
        Some((command, rest)) if command == "test" => test::test(&Place::find()?, rest, &mut out)?,
        Some((command, rest)) if command == "bench" => bench::bench(&Place::find()?, rest, &mut out)?,
        Some((command, _)) if matches!(command.as_str(), "help" | "--help" | "-h") => {
            out.write_all(HELP.as_bytes())?;
            true
        }
        Some((command, _)) => anyhow::bail!("unknown command `{command}`\n\n{HELP}"),
        None => {
            out.write_all(HELP.as_bytes())?;
            false
        }
    };
    Ok(if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
