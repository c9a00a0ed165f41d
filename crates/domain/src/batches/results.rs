//! What came out, as CSV and as JSON Lines, in the order of the input.
//!
//! Spreadsheets run cells that begin like a formula, and an output is written by a model from text
//! of strangers; such cells get an apostrophe in front in CSV. JSON Lines is exact.

use serde::Serialize;

use super::view::RowState;
use crate::clock::Timestamp;
use crate::executions::{Input, Reason};
use crate::ids::ExecutionId;

/// A row with what came out of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResultRow {
    /// From 1.
    pub row: u32,
    /// Where it stands.
    pub status: RowState,
    /// What went in.
    pub input: Input,
    /// What came out.
    pub output: Option<String>,
    /// Why it ended other than well.
    pub reason: Option<Reason>,
    /// One sentence about that.
    pub message: Option<String>,
    /// Its execution.
    pub execution: Option<ExecutionId>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// A cell that no spreadsheet takes for a formula. Plain numbers stay as they are.
pub fn safe_cell(text: &str) -> String {
    let is_formula = text
        .trim_start_matches([' ', '\u{a0}'])
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let is_number =
        text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) && text.parse::<f64>().is_ok();
    if is_formula && !is_number { format!("'{text}") } else { text.to_owned() }
}

/// One line of CSV.
fn line<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let safe = cells.map(safe_cell).collect::<Vec<_>>();
    // Writing into memory does not fail; a line that is lost would be seen in the tests.
    let written = writer.write_record(&safe).is_ok();
    writer.into_inner().ok().filter(|_| written).unwrap_or_default()
}

/// The line of names.
pub fn csv_header(columns: &[String]) -> Vec<u8> {
    let own = ["row", "status"].into_iter();
    let rest = ["output", "reason", "error", "execution", "finished_at"];
    line(own.chain(columns.iter().map(String::as_str)).chain(rest))
}

/// The line of a row.
pub fn csv_row(columns: &[String], row: &ResultRow) -> Vec<u8> {
    let number = row.row.to_string();
    let execution = row.execution.map(|id| id.to_string()).unwrap_or_default();
    let finished = row.finished_at.map(|at| at.to_string()).unwrap_or_default();
    let cell = |name: &String| match name.as_str() {
        "message" => row.input.message.as_str(),
        name => row.input.vars.get(name).map_or("", String::as_str),
    };
    let rest = [
        row.output.as_deref().unwrap_or_default(),
        row.reason.map_or("", Reason::word),
        row.message.as_deref().unwrap_or_default(),
        &execution,
        &finished,
    ];
    line([number.as_str(), row.status.word()].into_iter().chain(columns.iter().map(cell)).chain(rest))
}

/// The line of a row as JSON.
pub fn jsonl_row(row: &ResultRow) -> Vec<u8> {
    // A row is plain data, so it can always be written.
    let mut line = serde_json::to_vec(row).unwrap_or_default();
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(output: &str) -> ResultRow {
        ResultRow {
            row: 1,
            status: RowState::Succeeded,
            input: Input { message: "Hi".to_owned(), vars: [("name".to_owned(), "Ada".to_owned())].into() },
            output: Some(output.to_owned()),
            reason: None,
            message: None,
            execution: None,
            finished_at: None,
        }
    }

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn formulas_are_made_harmless_and_numbers_kept() {
        let cases = [
            ("=HYPERLINK(\"http://evil.example\")", true),
            ("+1-555-cmd|' /C calc'!A0", true),
            ("-1+1|cmd", true),
            ("@SUM(A1)", true),
            ("  =1+1", true),
            ("\t=1", true),
            ("＝1+1", true),
            ("-12.5", false),
            ("+4", false),
            ("plain", false),
            ("", false),
        ];
        for (cell, changed) in cases {
            assert_eq!(safe_cell(cell) != cell, changed, "{cell:?}");
            assert_eq!(safe_cell(cell).trim_start_matches('\''), cell, "{cell:?}");
        }
    }

    #[test]
    fn a_row_is_one_record_whatever_it_holds() {
        let columns = ["name".to_owned(), "city".to_owned(), "message".to_owned()];
        assert_eq!(
            text(csv_header(&columns)),
            "row,status,name,city,message,output,reason,error,execution,finished_at\r\n"
        );
        assert_eq!(
            text(csv_row(&columns, &row("=1\n\"x\""))),
            "1,succeeded,Ada,,Hi,\"'=1\n\"\"x\"\"\",,,,\r\n"
        );
        let json: serde_json::Value = serde_json::from_slice(&jsonl_row(&row("=1"))).expect("JSON");
        assert_eq!((json["output"].as_str(), json["status"].as_str()), (Some("=1"), Some("succeeded")));
    }
}
