//! The table of results, and the facts about the machine.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// Writes rows as they are measured, so that a run cut short leaves what it has.
pub(crate) struct Table<'a>(&'a mut (dyn Write + Send));

impl<'a> Table<'a> {
    /// Writes the head.
    pub(crate) fn begin(out: &'a mut (dyn Write + Send)) -> std::io::Result<Self> {
        writeln!(out, "| what | measured | target |\n|---|---|---|")?;
        Ok(Self(out))
    }

    /// Writes a row.
    pub(crate) fn row(&mut self, what: &str, measured: &str, target: &str) -> std::io::Result<()> {
        writeln!(self.0, "| {what} | {measured} | {target} |")?;
        self.0.flush()
    }
}

/// The value below which a share of the times lies.
pub(crate) fn share(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// Milliseconds with one digit.
pub(crate) fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1_000.0)
}

/// How often something happened in a second.
pub(crate) fn rate(count: usize, took: Duration) -> String {
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let count = count as f64;
    format!("{:.0} a second", count / took.as_secs_f64())
}

/// Resident memory of a process in MB.
pub(crate) fn memory(process: u32) -> u64 {
    field(&format!("/proc/{process}/status"), "VmRSS:").unwrap_or_default() / 1_024
}

/// Processor time of a process so far, in ticks of 10 ms.
pub(crate) fn processor(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = [11, 12].iter().filter_map(|place| fields.get(*place)?.parse::<u64>().ok()).sum::<u64>();
    Duration::from_millis(ticks * 10)
}

fn field(file: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

/// Says where this was measured.
pub(crate) fn machine(program: &Path, out: &mut dyn Write) -> std::io::Result<()> {
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches([' ', '\t', ':']);
    let count = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = field("/proc/meminfo", "MemTotal:").unwrap_or_default() / 1_024 / 1_024;
    let size = std::fs::metadata(program).map_or(0, |metadata| metadata.len()) / 1_024 / 1_024;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split_whitespace().take(1).collect();
    writeln!(
        out,
        "Machine: {count} x {model}, {memory} GiB; binary {size} MiB; load when it began {}. Caller, upstream and server share it.",
        load.concat()
    )
}
