//! `cargo xtask test`: everything that must hold before a change is shared.
//! A failed phase does not stop the next: one run tells all there is to know.
//!
//! The site is built before the tests, so that the server which the tests compile already carries it and the browser
//! drives that very program: nothing is compiled twice but what clippy checks.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::app::HOST;
use crate::place::{Place, variable};
use crate::postgres::{Cluster, Durability};
use crate::report::{Outcome, Report, Tally, cargo_counts, playwright_counts};
use crate::{app, browser, child, drill, tools};

/// Names a PostgreSQL to test against.
const POSTGRES: &str = "SHOPFLOOR_TEST_POSTGRES";

/// Runs the phases and prints the summary; says whether everything passed.
pub(crate) fn test(place: &Place, args: &[String], out: &mut dyn Write) -> Result<bool> {
    let part = match args {
        [] => Part::All,
        [arg] if arg == "--fast" => Part::Fast,
        [arg] if arg == "--browser" => Part::Browser,
        _ => bail!("there is only --fast or --browser, not `{}`", args.join(" ")),
    };
    let place = &place.clone().with_target_in_cache();
    let mut report = Report::default();
    if part == Part::Browser {
        report.skip("lints and Rust tests: left out by --browser");
    } else {
        lint(place, &mut report, out)?;
    }
    let chromium = if part == Part::Fast {
        report.skip("browser tests: left out by --fast");
        None
    } else {
        build_site(place, &mut report, out)?
    };
    if part != Part::Browser {
        // Kept until tests and drills have ended, however they end.
        let postgres = Postgres::find(place, &mut report, out)?;
        rust_tests(place, postgres.url().as_deref(), &mut report, out)?;
        drills(place, postgres.url().as_deref(), &mut report, out)?;
    }
    if let Some(chromium) = chromium {
        browser_tests(place, &chromium, &mut report, out)?;
    }
    report.close(out)
}

/// How much of it to run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    Fast,
    Browser,
}

fn lint(place: &Place, report: &mut Report, out: &mut dyn Write) -> Result<()> {
    report.phase("formatting", out, |out| {
        let mut fmt = place.command("cargo");
        fmt.args(["fmt", "--all", "--check"]);
        Ok(child::run(&mut fmt, out)?.into())
    })?;
    report.phase("lints, server", out, |out| {
        let mut clippy = place.command("cargo");
        clippy.arg("clippy").args(HOST).args(["--all-targets", "--", "-D", "warnings"]);
        Ok(child::run(&mut clippy, out)?.into())
    })?;
    report.phase("lints, browser", out, |out| {
        tools::ensure_wasm_target(place, out)?;
        let mut clippy = place.command("cargo");
        clippy.args(["clippy", "--profile=ci", "--locked", "--package=frontend"]).args([
            "--target=wasm32-unknown-unknown",
            "--",
            "-D",
            "warnings",
        ]);
        Ok(child::run(&mut clippy, out)?.into())
    })?;
    Ok(())
}

/// The PostgreSQL that tests and drills make their databases on.
enum Postgres {
    /// The one that the environment names.
    Named(String),
    /// A throw-away one.
    Own(Cluster),
    Absent,
}

impl Postgres {
    fn find(place: &Place, report: &mut Report, out: &mut dyn Write) -> Result<Self> {
        if let Some(url) = variable(POSTGRES) {
            return Ok(Self::Named(url));
        }
        let mut cluster = None;
        let started = report.phase("PostgreSQL", out, |out| {
            cluster = Cluster::start(place, Durability::None, out)?;
            Ok(true.into())
        })?;
        if started && cluster.is_none() {
            absent(
                report,
                "postgres",
                "PostgreSQL: not on this machine; tests and drills were on SQLite only",
            );
        }
        Ok(cluster.map_or(Self::Absent, Self::Own))
    }

    fn url(&self) -> Option<String> {
        match self {
            Self::Named(url) => Some(url.clone()),
            Self::Own(cluster) => Some(cluster.url()),
            Self::Absent => None,
        }
    }
}

fn rust_tests(place: &Place, postgres: Option<&str>, report: &mut Report, out: &mut dyn Write) -> Result<()> {
    report.phase("unit and integration tests", out, |out| {
        let mut tests = place.command("cargo");
        tests.arg("test").args(HOST).arg("--no-fail-fast");
        if let Some(postgres) = postgres {
            tests.env(POSTGRES, postgres);
        }
        let mut tally = Tally::default();
        let succeeded = child::stream(&mut tests, out, &mut |line| {
            tally.see(line, cargo_counts(line));
        })?;
        let runs = tally.lines.len();
        let counts = tally.counts;
        Ok(Outcome {
            succeeded,
            closing: vec![format!(
                "test result: {}. {} passed; {} failed; {} ignored; in {runs} test programs",
                if succeeded { "ok" } else { "FAILED" },
                counts.passed,
                counts.failed,
                counts.skipped
            )],
            counts,
        })
    })?;
    Ok(())
}

/// Kills the server that the tests compiled, and sees that a missing protection would be noticed.
fn drills(place: &Place, postgres: Option<&str>, report: &mut Report, out: &mut dyn Write) -> Result<()> {
    report.phase("drills", out, |out| {
        let Some(binary) = app::server_for_tests(place, out)? else { return Ok(false.into()) };
        drill::drills(place, &binary, postgres, out)
    })?;
    Ok(())
}

/// Builds what the browser will load. Gives the browser back, unless there is none or nothing for it to load.
fn build_site(place: &Place, report: &mut Report, out: &mut dyn Write) -> Result<Option<PathBuf>> {
    // Looked for before the long build: without a browser there is nothing to build for.
    let Some(chromium) = browser::find_or_install(place, out)? else {
        let what = "browser tests: no Chromium on this machine, and no way to install one";
        absent(report, "browser", what);
        return Ok(None);
    };
    let tools = report.phase("build tools", out, |out| {
        tools::ensure_all(place, out)?;
        Ok(true.into())
    })?;
    let built =
        tools && report.phase("site build", out, |out| Ok(app::site_for_tests(place, out)?.into()))?;
    if !built {
        report.skip("browser tests: the site did not build");
    }
    Ok(built.then_some(chromium))
}

fn browser_tests(place: &Place, chromium: &Path, report: &mut Report, out: &mut dyn Write) -> Result<()> {
    let mut built = None;
    report.phase("server build", out, |out| {
        built = app::server_for_tests(place, out)?;
        Ok(built.is_some().into())
    })?;
    let Some(binary) = built else {
        report.skip("browser tests: the server did not build");
        return Ok(());
    };
    report.phase("browser tests", out, |out| drive(place, &binary, chromium, out))?;
    Ok(())
}

fn drive(place: &Place, binary: &Path, chromium: &Path, out: &mut dyn Write) -> Result<Outcome> {
    let mut playwright = place.command("playwright");
    playwright
        .args(["test", "--config", "end2end/playwright.config.ts"])
        .env("SHOPFLOOR_BIN", binary)
        .env("SHOPFLOOR_CHROMIUM", chromium)
        .env("NO_COLOR", "1");
    let mut tally = Tally::default();
    let succeeded = child::stream(&mut playwright, out, &mut |line| {
        tally.see(line, playwright_counts(line));
    })?;
    Ok(Outcome { succeeded, counts: tally.counts, closing: tally.lines })
}

/// Something is not on this machine: red where it was required, said aloud otherwise.
fn absent(report: &mut Report, name: &str, what: &str) {
    let required = variable("SHOPFLOOR_TEST_REQUIRE").unwrap_or_default();
    if required.split(',').any(|word| word.trim() == name) {
        report.missing(what);
    } else {
        report.skip(what);
    }
}
