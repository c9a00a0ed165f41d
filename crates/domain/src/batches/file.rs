//! Reading a file of rows: everything is checked before anything starts, and every problem is told
//! with its row and column.
//!
//! The first line of a CSV file names the columns: `message`, and variables of the agent. Commas
//! separate; semicolons or tabs do when the first line has no comma. A line of JSON Lines is an
//! object with the same names. A cell that is empty is left to the agent's default.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::agents::AgentConfig;
use crate::executions::{Input, StartDraft};
use crate::problem::{FieldError, Fields, Problem};
use crate::text;

/// The most rows of a batch.
pub const MAX_ROWS: usize = 50_000;
/// The most bytes of a file.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;
/// The most columns of a file.
const MAX_COLUMNS: usize = 100;
/// Problems that are told one by one; the others are counted.
const MAX_TOLD: usize = 25;
/// Rows shown of a file that is checked.
const SAMPLE: usize = 5;
/// The column that is no variable.
const MESSAGE: &str = "message";

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Comma separated values with a line of names.
    Csv,
    /// One JSON object per line.
    Jsonl,
}

impl Format {
    /// The word stored and sent.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }

    /// The format of that name; recognised by the content when there is no name.
    pub fn read(word: &str, data: &str) -> Result<Self, String> {
        match word.trim() {
            "" if data.trim_start_matches('\u{feff}').trim_start().starts_with('{') => Ok(Self::Jsonl),
            "" => Ok(Self::Csv),
            word => word.parse(),
        }
    }
}

impl FromStr for Format {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "csv" => Ok(Self::Csv),
            "jsonl" => Ok(Self::Jsonl),
            _ => Err("Use one of: csv, jsonl.".to_owned()),
        }
    }
}

/// What is wrong with one cell, one row, or one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RowProblem {
    /// From 1; 0 for the line of names.
    pub row: u32,
    /// The column; empty when the whole row is meant.
    pub column: String,
    /// One sentence: what is wrong and what to do.
    pub message: String,
}

impl RowProblem {
    fn field(&self) -> String {
        let column = if self.column.is_empty() { String::new() } else { format!(".{}", self.column) };
        match self.row {
            0 => format!("columns{column}"),
            row => format!("rows[{row}]{column}"),
        }
    }
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Report {
    /// Rows of the file.
    pub rows: u32,
    /// Its columns.
    pub columns: Vec<String>,
    /// The first rows, each with a cell per column.
    pub sample: Vec<Vec<String>>,
    /// How many problems there are.
    pub problem_count: u32,
    /// The first of them, at most 25.
    pub problems: Vec<RowProblem>,
}

impl Report {
    fn tell(&mut self, row: u32, column: &str, message: impl Into<String>) {
        self.problem_count = self.problem_count.saturating_add(1);
        if self.problems.len() < MAX_TOLD {
            let column = text::headline(column, 64);
            self.problems.push(RowProblem { row, column, message: message.into() });
        }
    }

    fn show(&mut self, cells: impl FnOnce() -> Vec<String>) {
        if self.sample.len() < SAMPLE {
            self.sample.push(cells().iter().map(|cell| text::headline(cell, 80)).collect());
        }
    }
}

/// A file whose every row can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What was found.
    pub report: Report,
    /// The inputs in order; as many as rows when there is no problem.
    pub inputs: Vec<Input>,
}

impl Checked {
    /// The problem that refuses the file, naming rows and columns, if there is one.
    pub fn refusal(&self) -> Option<Problem> {
        let report = &self.report;
        if report.problem_count == 0 {
            return None;
        }
        let mut fields = Fields::default();
        for problem in &report.problems {
            fields.add(problem.field(), problem.message.clone());
        }
        let count = match report.problem_count {
            1 => "One problem".to_owned(),
            many => format!("{many} problems"),
        };
        let told = report.problems.len();
        let rest = if told < report.problem_count as usize {
            format!(" The first {told} are listed.")
        } else {
            String::new()
        };
        let message = format!("{count} in {} rows. Nothing was started.{rest}", report.rows);
        Some(Problem { message, ..fields.problem() })
    }
}

/// A refusal of the file as a whole.
fn refuse(message: impl Into<String>) -> Problem {
    Problem::field("data", message)
}

/// Reads every row against the agent's configuration. Refuses what cannot be read as a table at all.
pub fn check(data: &str, format: Format, config: &AgentConfig) -> Result<Checked, Problem> {
    if data.len() > MAX_BYTES {
        return Err(refuse(format!("The file is larger than {} MiB. Split it.", MAX_BYTES / 1024 / 1024)));
    }
    let data = data.trim_start_matches('\u{feff}');
    let mut reading = Reading { config, report: Report::default(), inputs: Vec::new() };
    match format {
        Format::Csv => reading.read_csv(data)?,
        Format::Jsonl => reading.read_jsonl(data),
    }
    let rows = reading.report.rows as usize;
    if rows == 0 {
        return Err(refuse("There are no rows. Give at least one under the line of names."));
    }
    if rows > MAX_ROWS {
        return Err(refuse(format!(
            "There are {rows} rows. A batch takes at most {MAX_ROWS}. Split the file."
        )));
    }
    Ok(Checked { report: reading.report, inputs: reading.inputs })
}

/// What separates the cells: a comma, unless the first line has none.
fn delimiter(data: &str) -> u8 {
    let head = data.lines().next().unwrap_or_default();
    match (head.contains(','), head.contains(';'), head.contains('\t')) {
        (false, true, _) => b';',
        (false, false, true) => b'\t',
        _ => b',',
    }
}

struct Reading<'a> {
    config: &'a AgentConfig,
    report: Report,
    inputs: Vec<Input>,
}

impl Reading<'_> {
    fn read_csv(&mut self, data: &str) -> Result<(), Problem> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(data))
            .flexible(true)
            .trim(csv::Trim::Headers)
            .from_reader(data.as_bytes());
        let unreadable =
            |_| refuse("The file is no CSV that can be read. Save it as UTF-8 with a line of names.");
        let columns: Vec<String> = reader.headers().map_err(unreadable)?.iter().map(str::to_owned).collect();
        self.check_columns(&columns)?;
        for record in reader.records() {
            let record = record.map_err(unreadable)?;
            let Some(row) = self.begin_row() else { continue };
            if record.len() != columns.len() {
                let line = record.position().map(csv::Position::line).unwrap_or_default();
                let (has, wants) = (record.len(), columns.len());
                self.report.tell(
                    row,
                    "",
                    format!("Line {line} has {has} cells, the line of names has {wants}. Quote cells that contain a separator."),
                );
                continue;
            }
            self.report.show(|| record.iter().map(str::to_owned).collect());
            let cells = columns.iter().cloned().zip(record.iter().map(str::to_owned));
            self.take(row, cells.collect());
        }
        self.report.columns = columns;
        Ok(())
    }

    fn check_columns(&mut self, columns: &[String]) -> Result<(), Problem> {
        if columns.is_empty() || columns.iter().all(String::is_empty) {
            return Err(refuse(
                "The file is empty. Begin with a line of names: message, or variables of the agent.",
            ));
        }
        if columns.len() > MAX_COLUMNS {
            return Err(refuse(format!(
                "The file has {} columns. Use at most {MAX_COLUMNS}.",
                columns.len()
            )));
        }
        let mut seen = BTreeSet::new();
        for (place, column) in columns.iter().enumerate() {
            if column.is_empty() {
                self.report.tell(0, &(place + 1).to_string(), "This column has no name.");
            } else if !seen.insert(column.as_str()) {
                self.report.tell(0, column, "There are two columns of this name.");
            } else if !self.is_known(column) {
                let message = self.undefined();
                self.report.tell(0, column, message);
            }
        }
        Ok(())
    }

    fn read_jsonl(&mut self, data: &str) {
        let mut columns: Vec<String> = Vec::new();
        let mut shown: Vec<BTreeMap<String, String>> = Vec::new();
        for line in data.lines().filter(|line| !line.trim().is_empty()) {
            let Some(row) = self.begin_row() else { continue };
            let object = match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line) {
                Ok(object) => object,
                Err(error) => {
                    self.report.tell(row, "", format!("This line is no JSON object: {error}."));
                    continue;
                }
            };
            let mut cells = BTreeMap::new();
            for (name, value) in object {
                if !columns.contains(&name) && columns.len() < MAX_COLUMNS {
                    columns.push(name.clone());
                }
                if !self.is_known(&name) {
                    let message = self.undefined();
                    self.report.tell(row, &name, message);
                    continue;
                }
                match value {
                    serde_json::Value::Null => {}
                    serde_json::Value::String(text) => drop(cells.insert(name, text)),
                    value @ (serde_json::Value::Bool(_) | serde_json::Value::Number(_)) => {
                        cells.insert(name, value.to_string());
                    }
                    serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
                        self.report.tell(row, &name, "Give a text, a number, true or false.");
                    }
                }
            }
            if shown.len() < SAMPLE {
                shown.push(cells.clone());
            }
            self.take(row, cells);
        }
        for cells in shown {
            let cell = |name: &String| cells.get(name).cloned().unwrap_or_default();
            self.report.show(|| columns.iter().map(cell).collect());
        }
        self.report.columns = columns;
    }

    /// Counts a row; nothing when there are too many to go on reading.
    fn begin_row(&mut self) -> Option<u32> {
        self.report.rows = self.report.rows.saturating_add(1);
        (self.report.rows as usize <= MAX_ROWS).then_some(self.report.rows)
    }

    fn is_known(&self, column: &str) -> bool {
        column == MESSAGE || self.config.variables.contains_key(column)
    }

    fn undefined(&self) -> String {
        let known: Vec<_> =
            std::iter::once(MESSAGE).chain(self.config.variables.keys().map(String::as_str)).collect();
        format!("The agent has no variable of this name. Columns can be: {}.", known.join(", "))
    }

    /// Makes the input of a row, or tells what is wrong with its cells.
    fn take(&mut self, row: u32, mut cells: BTreeMap<String, String>) {
        let message = cells.remove(MESSAGE);
        // What is no variable was told already, at its column or its cell.
        cells.retain(|name, value| !value.is_empty() && self.config.variables.contains_key(name));
        let start = StartDraft { message, vars: cells, ..StartDraft::default() };
        match start.parse(self.config) {
            Ok(input) => self.inputs.push(input),
            Err(problem) => {
                for FieldError { field, message } in problem.fields {
                    self.report.tell(row, field.strip_prefix("vars.").unwrap_or(&field), message);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
