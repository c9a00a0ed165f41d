//! `cargo xtask test`: everything that must hold before a change is shared, quickest first.
//! A failed phase does not stop the next: one run tells all there is to know.

use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};

use crate::place::{Place, variable};
use crate::postgres::Cluster;
use crate::report::{Outcome, Report, Tally, cargo_counts, playwright_counts};
use crate::{app, browser, child, tools};

/// All packages but the browser's entry, whose feature `hydrate` must never meet `ssr` in one build; `app` is not a
/// default member and its own tests need `ssr`.
const HOST: [&str; 5] =
    ["--profile=ci", "--workspace", "--exclude=frontend", "--features=app/ssr", "--locked"];

/// Runs the phases and prints the summary; says whether everything passed.
pub(crate) fn test(place: &Place, args: &[String], out: &mut dyn Write) -> Result<bool> {
    let mut fast = false;
    for arg in args {
        match arg.as_str() {
            "--fast" => fast = true,
            other => bail!("unknown option `{other}` (there is only --fast)"),
        }
    }
    let place = &place.clone().with_target_in_cache();
    let mut report = Report::default();
    lint(place, &mut report, out)?;
    rust_tests(place, &mut report, out)?;
    if fast {
        report.skip("browser tests: left out by --fast");
    } else {
        browser_tests(place, &mut report, out)?;
    }
    report.close(out)
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

fn rust_tests(place: &Place, report: &mut Report, out: &mut dyn Write) -> Result<()> {
    const VARIABLE: &str = "SHOPFLOOR_TEST_POSTGRES";
    let mut found = true;
    report.phase("unit and integration tests", out, |out| {
        let mut tests = place.command("cargo");
        tests.arg("test").args(HOST).arg("--no-fail-fast");
        // Kept until the tests have ended, however they end.
        let mut cluster = None;
        if variable(VARIABLE).is_none() {
            cluster = Cluster::start(place, out)?;
            found = cluster.is_some();
        }
        if let Some(cluster) = &cluster {
            tests.env(VARIABLE, cluster.url());
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
    if !found {
        let what = "PostgreSQL: not on this machine; storage was tested on SQLite only";
        absent(report, "postgres", what);
    }
    Ok(())
}

fn browser_tests(place: &Place, report: &mut Report, out: &mut dyn Write) -> Result<()> {
    // Looked for before the long build: without a browser there is nothing to build for.
    let Some(chromium) = browser::find_or_install(place, out)? else {
        let what = "browser tests: no Chromium on this machine, and no way to install one";
        absent(report, "browser", what);
        return Ok(());
    };
    let mut built = None;
    report.phase("build tools", out, |out| {
        tools::ensure_all(place, out)?;
        Ok(true.into())
    })?;
    report.phase("application build", out, |out| {
        built = app::for_tests(place, out)?;
        Ok(built.is_some().into())
    })?;
    let Some(binary) = built else {
        report.skip("browser tests: the application did not build");
        return Ok(());
    };
    report.phase("browser tests", out, |out| drive(place, &binary, &chromium, out))?;
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
