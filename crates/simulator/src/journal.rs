//! Agents and runs in a file, so that they outlive the process.
//!
//! One JSON object to a line, each the whole of what it names, the last line winning. Lines reach
//! the operating system at once and so survive the end of the process, not a power cut. At each
//! start the file is written anew with what is still remembered.

use std::{
    fs::{self, File},
    io::{self, BufRead as _, BufReader, BufWriter},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    agents::Agent,
    runs::{self, Run},
    state::{Memory, State},
};

/// A line to write.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line<'a> {
    Agent(&'a Agent),
    Removed(Uuid),
    Run(&'a Run),
}

/// The same line, read.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Known {
    Agent(Agent),
    Removed(Uuid),
    Run(Box<Run>),
}

pub(crate) struct Journal {
    file: File,
}

impl Journal {
    /// Adds a line. A full disk costs memory of the past, not the answer under way.
    pub(crate) fn write(&mut self, line: &Line<'_>) {
        if let Err(error) = append(&mut self.file, line) {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the simulator's journal cannot be written"
            );
        }
    }
}

/// Reads the journal that the options name, if any, goes on with what was under way, and keeps
/// writing to it.
pub(crate) fn restore(state: &State) -> io::Result<()> {
    let Some(path) = &state.options().journal else { return Ok(()) };
    let mut memory = state.lock();
    match File::open(path) {
        Ok(file) => read(&mut memory, file)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    memory.journal = Some(Journal { file: rewrite(&memory, path)? });
    let under_way: Vec<_> =
        memory.runs.iter().filter_map(|run| Some((run.id, run.outcome.clone()?))).collect();
    drop(memory);
    for (id, outcome) in under_way {
        runs::finish_later(state, id, outcome);
    }
    Ok(())
}

fn read(memory: &mut Memory, file: File) -> io::Result<()> {
    for line in BufReader::new(file).lines() {
        // The last line of a killed process may be half written.
        let Ok(line) = serde_json::from_str(&line?) else { continue };
        match line {
            Known::Agent(agent) => memory.agents.restore(agent),
            Known::Removed(id) => drop(memory.agents.remove(id)),
            Known::Run(run) => memory.runs.restore(*run),
        }
    }
    Ok(())
}

/// Writes what is remembered to a new file, puts it in the place of the old one and leaves it open.
fn rewrite(memory: &Memory, path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let new = PathBuf::from(format!("{}.new", path.display()));
    let mut writer = BufWriter::new(File::create(&new)?);
    for agent in memory.agents.iter() {
        append(&mut writer, &Line::Agent(agent))?;
    }
    for run in memory.runs.iter() {
        append(&mut writer, &Line::Run(run))?;
    }
    let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    fs::rename(&new, path)?;
    Ok(file)
}

fn append(file: &mut impl io::Write, line: &Line<'_>) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    file.write_all(&text)
}
