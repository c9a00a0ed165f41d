//! What a check of a file found: its rows and columns, a look at the first rows, and every problem
//! with its place.

use domain::Problem;
use domain::batches::Report;
use leptos::prelude::*;

use crate::components::note::{Note, NoteTone};
use crate::components::panel::Panel;
use crate::components::table::{Table, Th};
use crate::components::text::{count, plural};

/// A place in the file and what is wrong there.
type Wrong = (String, String);

/// `rows[12].city` as "Row 12, column city".
fn place(field: &str) -> Option<String> {
    let (place, column) =
        field.split_once('.').map_or((field, None), |(place, column)| (place, Some(column)));
    let place = match place.strip_prefix("rows[").and_then(|rest| rest.strip_suffix(']')) {
        Some(row) => format!("Row {row}"),
        None if place == "columns" => "Line of names".to_owned(),
        None => return None,
    };
    Some(column.map_or_else(|| place.clone(), |column| format!("{place}, column {column}")))
}

/// The problems of rows and columns that a refusal names.
pub fn of_refusal(problem: &Problem) -> Vec<Wrong> {
    let named = problem.fields.iter();
    named.filter_map(|error| Some((place(&error.field)?, error.message.clone()))).collect()
}

fn of_report(report: &Report) -> Vec<Wrong> {
    let told = report.problems.iter();
    let place = |row: u32, column: &str| match (row, column) {
        (0, column) => format!("Line of names, column {column}"),
        (row, "") => format!("Row {row}"),
        (row, column) => format!("Row {row}, column {column}"),
    };
    told.map(|problem| (place(problem.row, &problem.column), problem.message.clone())).collect()
}

/// Problems one under the other, each with its place.
#[component]
pub fn ProblemTable(wrong: Vec<Wrong>) -> impl IntoView {
    let rows = wrong
        .into_iter()
        .map(|(place, message)| {
            view! {
                <tr>
                    <td class="whitespace-nowrap num">{place}</td>
                    <td class="w-full">{message}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table label="Problems">
            <thead>
                <tr>
                    <Th label="Place" />
                    <Th label="What is wrong" />
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
}

/// The whole report.
#[component]
pub fn ReportPanel(report: Report) -> impl IntoView {
    let size = format!(
        "{} with {}: {}",
        plural(u64::from(report.rows), "row", "rows"),
        plural(report.columns.len() as u64, "column", "columns"),
        report.columns.join(", ")
    );
    let verdict = if report.problem_count == 0 {
        view! {
            <Note title="Every row can run">
                {size}
            </Note>
        }
        .into_any()
    } else {
        let wrong = of_report(&report);
        let title = plural(u64::from(report.problem_count), "problem", "problems");
        let rest = (wrong.len() < report.problem_count as usize)
            .then(|| format!(" The first {} are listed.", count(wrong.len() as u64)));
        view! {
            <Note tone=NoteTone::Danger title=title>
                {size} "." {rest}
            </Note>
            <ProblemTable wrong=wrong />
        }
        .into_any()
    };
    let heads = report.columns.into_iter().map(|column| view! { <Th label=column /> }).collect_view();
    let sample = report
        .sample
        .into_iter()
        .map(|cells| {
            let cells = cells.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view();
            view! { <tr>{cells}</tr> }
        })
        .collect_view();
    view! {
        <Panel id="report" title="Report" class="mb-4">
            <div class="p-3.5 grid gap-3" role="status">
                {verdict}
                <h3 class="font-medium">"First rows"</h3>
                <Table label="First rows">
                    <thead><tr>{heads}</tr></thead>
                    <tbody>{sample}</tbody>
                </Table>
            </div>
        </Panel>
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn fields_of_a_refusal_become_places() {
        assert_eq!(place("rows[12].city").as_deref(), Some("Row 12, column city"));
        assert_eq!(place("rows[3]").as_deref(), Some("Row 3"));
        assert_eq!(place("columns.town").as_deref(), Some("Line of names, column town"));
        assert_eq!(place("data"), None);
    }
}
