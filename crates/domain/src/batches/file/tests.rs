//! Files that are right, and files that are wrong in every way a person makes them wrong.

use proptest::prelude::*;

use super::*;
use crate::agents::AgentDraft;

fn config() -> AgentConfig {
    let draft = AgentDraft {
        title: "Greeter".to_owned(),
        message: "Greet {name}.".to_owned(),
        variables: [("name", "nobody"), ("city", "")].map(|(n, v)| (n.to_owned(), v.to_owned())).into(),
        runtime: "toolhouse".to_owned(),
        ..AgentDraft::default()
    };
    draft.parse().expect("an agent")
}

fn csv(data: &str) -> Result<Checked, Problem> {
    check(data, Format::Csv, &config())
}

/// Row, column and a part of the message of each problem.
fn problems(checked: &Checked) -> Vec<(u32, &str)> {
    checked.report.problems.iter().map(|problem| (problem.row, problem.column.as_str())).collect()
}

#[test]
fn rows_become_inputs_in_order() {
    let checked = csv("name,message\nAda,Hello\n\"Bob, the builder\",\"two\nlines\"\nEve,\n").expect("reads");
    assert_eq!(checked.refusal(), None);
    let messages: Vec<_> = checked.inputs.iter().map(|input| input.message.as_str()).collect();
    assert_eq!(messages, ["Hello", "two\nlines", "Greet Eve."]);
    assert_eq!(checked.inputs[1].vars["name"], "Bob, the builder");
    assert_eq!(checked.report.columns, ["name", "message"]);
    assert_eq!(checked.report.sample[1], ["Bob, the builder", "two"]);
}

#[test]
fn other_separators_a_byte_order_mark_and_windows_line_ends_are_read() {
    for data in ["\u{feff}name;city\r\nAda;Oslo\r\n", "name\tcity\nAda\tOslo\n", "name,city\n\nAda,Oslo\n\n"]
    {
        let checked = csv(data).expect("reads");
        assert_eq!((checked.refusal(), checked.inputs.len()), (None, 1), "{data:?}");
        assert_eq!(checked.inputs[0].vars["city"], "Oslo");
    }
}

#[test]
fn every_problem_is_told_with_its_row_and_column() {
    let long = "x".repeat(10_001);
    let data = format!("name,town,city,city\nAda,a,b,c\nBob,a\nEve,a,b,c,d\n{long},a,b,c\n");
    let checked = csv(&data).expect("a table");
    assert_eq!(problems(&checked), [(0, "town"), (0, "city"), (2, ""), (3, ""), (4, "name")]);
    let refusal = checked.refusal().expect("refused");
    let fields: Vec<_> = refusal.fields.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["columns.town", "columns.city", "rows[2]", "rows[3]", "rows[4].name"]);
    assert!(refusal.message.starts_with("5 problems in 4 rows. Nothing was started."), "{refusal}");
    assert!(checked.report.problems[2].message.contains("Line 3 has 2 cells"), "{checked:?}");
}

#[test]
fn sixty_thousand_rows_are_refused_and_fifty_thousand_are_not() {
    let rows = |count: usize| format!("name\n{}", "Ada\n".repeat(count));
    let problem = csv(&rows(60_000)).expect_err("too many");
    assert!(problem.for_field("data").is_some_and(|text| text.contains("60000 rows")), "{problem}");
    assert_eq!(csv(&rows(MAX_ROWS)).expect("fits").inputs.len(), MAX_ROWS);
    assert!(csv(&rows(MAX_ROWS + 1)).is_err());
}

#[test]
fn files_without_rows_are_refused() {
    for empty in ["", "\n\n", "name\n", "name,city\n\n", ",,\na,b,c\n"] {
        assert!(csv(empty).expect_err(empty).for_field("data").is_some());
    }
    assert!(check("\n", Format::Jsonl, &config()).is_err());
    assert!(csv(&"x".repeat(MAX_BYTES + 1)).expect_err("large").for_field("data").is_some());
}

#[test]
fn many_problems_are_counted_and_the_first_are_told() {
    let checked = csv(&format!("name,city\n{}", "a\n".repeat(400))).expect("a table");
    assert_eq!((checked.report.problem_count, checked.report.problems.len()), (400, MAX_TOLD));
    assert!(checked.refusal().is_some_and(|refusal| refusal.message.ends_with("The first 25 are listed.")));
}

#[test]
fn lines_of_json_are_read_and_refused_alike() {
    let data = "{\"name\": \"Ada\", \"city\": 7}\n\n{\"message\": \"Hi\", \"name\": null}\n";
    let checked = check(data, Format::Jsonl, &config()).expect("reads");
    assert_eq!(checked.refusal(), None);
    assert_eq!(checked.inputs[0].vars["city"], "7");
    assert_eq!(checked.inputs[1].message, "Hi");
    let data = "{\"town\": \"a\"}\n[1]\n{\"name\": {\"a\": 1}}\n{\"name\":\n";
    let checked = check(data, Format::Jsonl, &config()).expect("lines");
    assert_eq!(problems(&checked), [(1, "town"), (2, ""), (3, "name"), (4, "")]);
}

#[test]
fn the_format_is_recognised() {
    assert_eq!(Format::read("", " {\"a\": 1}"), Ok(Format::Jsonl));
    assert_eq!(Format::read("", "name\nAda"), Ok(Format::Csv));
    assert!(Format::read("xlsx", "").is_err());
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(data in "(?s).{0,200}") {
        let _ = csv(&data);
        let _ = check(&data, Format::Jsonl, &config());
    }

    #[test]
    fn what_is_accepted_has_an_input_for_each_row(cells in proptest::collection::vec("[a-z\",;\n =]{0,12}", 1..20)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["name", "city"]).expect("writes");
        for cell in &cells {
            writer.write_record([cell, "x"]).expect("writes");
        }
        let data = String::from_utf8(writer.into_inner().expect("flushes")).expect("text");
        let checked = csv(&data).expect("a table");
        prop_assert_eq!(checked.refusal(), None);
        let names: Vec<_> = checked.inputs.iter().map(|i| i.vars.get("name").cloned().unwrap_or_default()).collect();
        prop_assert_eq!(names, cells);
    }
}
