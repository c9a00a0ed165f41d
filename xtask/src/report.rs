//! What the test command says about itself: phases with their minutes, counts, skips, and the closing line.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::Result;

/// Tests that passed and failed, as the runners counted them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Counts {
    fn add(&mut self, more: Self) {
        self.passed += more.passed;
        self.failed += more.failed;
        self.skipped += more.skipped;
    }
}

/// What one phase came to.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) succeeded: bool,
    pub(crate) counts: Counts,
    /// The runner's own last words, repeated at the end.
    pub(crate) closing: Vec<String>,
}

impl From<bool> for Outcome {
    fn from(succeeded: bool) -> Self {
        Self { succeeded, ..Self::default() }
    }
}

struct Phase {
    name: &'static str,
    took: Duration,
    succeeded: bool,
}

/// Everything that happened so far.
#[derive(Default)]
pub(crate) struct Report {
    phases: Vec<Phase>,
    counts: Counts,
    closing: Vec<String>,
    skips: Vec<String>,
}

impl Report {
    /// Runs one phase and remembers it. A phase that fails without a failed test (a lint, a build) counts as one.
    pub(crate) fn phase(
        &mut self,
        name: &'static str,
        out: &mut dyn Write,
        work: impl FnOnce(&mut dyn Write) -> Result<Outcome>,
    ) -> Result<bool> {
        writeln!(out, "\n== {name}")?;
        out.flush()?;
        let start = Instant::now();
        let mut outcome = match work(out) {
            Ok(outcome) => outcome,
            Err(error) => {
                writeln!(out, "{error:#}")?;
                Outcome::default()
            }
        };
        if !outcome.succeeded && outcome.counts.failed == 0 {
            outcome.counts.failed = 1;
        }
        let phase = Phase { name, took: start.elapsed(), succeeded: outcome.succeeded };
        writeln!(out, "== {}", phase.line())?;
        self.phases.push(phase);
        self.counts.add(outcome.counts);
        self.closing.extend(outcome.closing.iter().map(|line| format!("  {name}: {}", line.trim())));
        Ok(outcome.succeeded)
    }

    /// Notes something that was not tested, and why.
    pub(crate) fn skip(&mut self, what: impl Into<String>) {
        self.skips.push(what.into());
    }

    /// Notes something that had to be tested and could not be.
    pub(crate) fn missing(&mut self, what: impl Into<String>) {
        self.counts.failed += 1;
        self.skips.push(format!("REQUIRED: {}", what.into()));
    }

    /// Prints the summary, the counts on a line of their own last; says whether all is well.
    pub(crate) fn close(&self, out: &mut dyn Write) -> Result<bool> {
        writeln!(out, "\n== summary")?;
        for phase in &self.phases {
            writeln!(out, "  {}", phase.line())?;
        }
        for line in &self.closing {
            writeln!(out, "{line}")?;
        }
        let skipped = self.counts.skipped + u64::try_from(self.skips.len())?;
        writeln!(out, "\n{skipped} skipped")?;
        for skip in &self.skips {
            writeln!(out, "  SKIPPED {skip}")?;
        }
        if self.counts.skipped > 0 {
            let tests = self.counts.skipped;
            writeln!(out, "  SKIPPED {tests} tests by their own choice")?;
        }
        let Counts { passed, failed, .. } = self.counts;
        writeln!(out, "\n{passed} passed, {failed} failed")?;
        out.flush()?;
        Ok(failed == 0)
    }
}

impl Phase {
    fn line(&self) -> String {
        let minutes = self.took.as_secs_f64() / 60.0;
        let verdict = if self.succeeded { "ok" } else { "FAILED" };
        format!("{}: {minutes:.1} min, {verdict}", self.name)
    }
}

/// Reads `test result: ok. 5 passed; 0 failed; 1 ignored; ...`.
pub(crate) fn cargo_counts(line: &str) -> Option<Counts> {
    let counts = line.strip_prefix("test result: ")?;
    let mut found = Counts::default();
    // Up to the first full stop is the verdict; then come number and word.
    for part in counts.split_once(". ")?.1.split(';') {
        let Some((number, word)) = part.trim().split_once(' ') else {
            continue;
        };
        let Ok(number) = number.parse() else { continue };
        match word {
            "passed" => found.passed = number,
            "failed" => found.failed = number,
            "ignored" => found.skipped = number,
            _ => {}
        }
    }
    Some(found)
}

/// Reads one of Playwright's closing lines, such as `  12 passed (3.4s)`.
pub(crate) fn playwright_counts(line: &str) -> Option<Counts> {
    let line = line.strip_prefix("  ")?;
    let (number, words) = line.split_once(' ')?;
    let number = number.parse().ok()?;
    let mut found = Counts::default();
    // The only words that may stand there; a time follows the first.
    match words.split(" (").next()? {
        "passed" => found.passed = number,
        "failed" | "flaky" | "interrupted" | "did not run" => found.failed = number,
        "skipped" => found.skipped = number,
        _ => return None,
    }
    Some(found)
}

/// Adds up a runner's lines while they go by.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) counts: Counts,
    pub(crate) lines: Vec<String>,
}

impl Tally {
    pub(crate) fn see(&mut self, line: &str, counts: Option<Counts>) {
        if let Some(counts) = counts {
            self.counts.add(counts);
            self.lines.push(line.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Counts, Outcome, Report, cargo_counts, playwright_counts};

    fn counts(passed: u64, failed: u64, skipped: u64) -> Counts {
        Counts { passed, failed, skipped }
    }

    #[test]
    fn closing_lines_of_cargo_are_read() {
        let line = "test result: FAILED. 5 passed; 2 failed; 1 ignored; 0 measured; \
                    3 filtered out; finished in 0.01s";
        assert_eq!(cargo_counts(line), Some(counts(5, 2, 1)));
        assert_eq!(cargo_counts("test it::works ... ok"), None);
    }

    #[test]
    fn closing_lines_of_playwright_are_read() {
        assert_eq!(playwright_counts("  12 passed (3.4s)"), Some(counts(12, 0, 0)));
        assert_eq!(playwright_counts("  1 failed"), Some(counts(0, 1, 0)));
        assert_eq!(playwright_counts("  3 did not run"), Some(counts(0, 3, 0)));
        assert_eq!(playwright_counts("  2 skipped"), Some(counts(0, 0, 2)));
        assert_eq!(playwright_counts("  ok 1 tests/a.ts:3:1 (2s)"), None);
        assert_eq!(playwright_counts("    2 passed"), None);
    }

    #[test]
    fn failed_phase_without_tests_still_fails_the_count() {
        let mut report = Report::default();
        let mut out = Vec::new();
        report.phase("lint", &mut out, |_| Ok(Outcome::from(false))).unwrap();
        assert!(!report.close(&mut out).unwrap());
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().last(), Some("0 passed, 1 failed"));
    }
}
