//! Running other programs: to the end, or line by line.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

/// Runs a program with our own output; says whether it succeeded.
pub(crate) fn run(command: &mut Command, out: &mut dyn Write) -> Result<bool> {
    announce(command, out)?;
    let status = command.status().with_context(|| describe(command))?;
    Ok(status.success())
}

/// Runs a program, passing its standard output through and showing each line to `seen`.
pub(crate) fn stream(command: &mut Command, out: &mut dyn Write, seen: &mut dyn FnMut(&str)) -> Result<bool> {
    announce(command, out)?;
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| describe(command))?;
    if let Some(stdout) = child.stdout.take() {
        let mut reader = BufReader::new(stdout);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 {
            out.write_all(&line)?;
            out.flush()?;
            seen(String::from_utf8_lossy(&line).trim_end());
            line.clear();
        }
    }
    Ok(child.wait()?.success())
}

/// What a program prints, or nothing when it cannot be run or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn announce(command: &Command, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "$ {}", describe(command))?;
    out.flush()?;
    Ok(())
}

fn describe(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy().into_owned()));
    words.join(" ")
}
