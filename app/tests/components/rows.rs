//! What pages of schedules and batches are made of: next times, outcomes, progress, problems of a
//! file.

use app::pages::batches::report::{ProblemTable, ReportPanel, of_refusal};
use app::pages::batches::shown::{BatchBadge, BatchProgress};
use app::pages::schedules::preview::NextTimes;
use app::pages::schedules::shown::{Outcome, StateBadge};
use domain::Timestamp;
use domain::batches::{BatchState, Counts, Report, RowProblem};
use domain::problem::Fields;
use domain::schedules::{DueTime, Firing, FiringOutcome, Preview, ScheduleState, SkipReason};
use leptos::prelude::*;

use super::page::{has, html, lacks, tag};

const NINE: Timestamp = Timestamp::from_millis(1_800_000_000_000);

#[test]
fn next_times_are_a_named_list_in_a_live_region() {
    let preview = Preview {
        words: "At 09:00. Time zone Europe/Berlin.".to_owned(),
        next: vec![DueTime::of(NINE, "Europe/Berlin")],
    };
    let page = html(|| view! { <NextTimes preview=Signal::stored(Some(preview)) /> });
    has(tag(&page, "<div"), &["role=\"status\"", "aria-live=\"polite\""]);
    has(&page, &["aria-label=\"Next due times\"", "Fri 15 Jan 2027, 09:00 CET", "At 09:00."]);
    let none = html(|| view! { <NextTimes preview=Signal::stored(None) /> });
    has(&none, &["Nothing is due"]);
}

#[test]
fn what_became_of_a_due_time_is_a_word() {
    let firing = |outcome, status| Firing {
        due: DueTime::of(NINE, "UTC"),
        at: NINE,
        outcome,
        reason: Some(SkipReason::Missed),
        message: None,
        execution: None,
        asked_by: None,
        status,
    };
    let failed = firing(FiringOutcome::Started, Some(domain::executions::Status::Failed));
    has(&html(|| view! { <Outcome firing=failed /> }), &[">Failed<"]);
    let skipped = firing(FiringOutcome::Skipped, None);
    has(&html(|| view! { <Outcome firing=skipped /> }), &["Skipped"]);
    let waiting = firing(FiringOutcome::Waiting, None);
    has(&html(|| view! { <Outcome firing=waiting /> }), &["Waiting"]);
    has(&html(|| view! { <StateBadge state=ScheduleState::Paused /> }), &["Paused"]);
}

#[test]
fn progress_is_geometry_with_a_name_and_a_value() {
    let counts = Counts { pending: 1, succeeded: 3, ..Counts::default() };
    let page = html(|| view! { <BatchProgress counts=Signal::stored(counts) /> });
    has(tag(&page, "<svg"), &["role=\"progressbar\"", "aria-label=\"Rows ended\"", "aria-valuenow=\"75\""]);
    has(&page, &["width=\"75%\""]);
    lacks(&page, &["style="]);
    has(&html(|| view! { <BatchBadge state=BatchState::Cancelling /> }), &["Cancelling"]);
}

#[test]
fn a_report_names_rows_and_columns_and_escapes_what_it_shows() {
    let report = Report {
        rows: 2,
        columns: vec!["city".to_owned()],
        sample: vec![vec!["<script>alert(1)</script>".to_owned()]],
        problem_count: 40,
        problems: vec![RowProblem { row: 2, column: "city".to_owned(), message: "Too long.".to_owned() }],
    };
    let page = html(|| view! { <ReportPanel report=report /> });
    has(
        &page,
        &["40 problems", "Row 2, column city", "Too long.", "&lt;script&gt;", "The first 1 are listed."],
    );
    lacks(&page, &["<script>"]);
    let mut fields = Fields::default();
    fields.add("columns.town", "No such variable.");
    fields.add("data", "Not a row.");
    let wrong = of_refusal(&fields.problem());
    assert_eq!(wrong.len(), 1, "what is not about a row stands at its field");
    has(
        &html(|| view! { <ProblemTable wrong=wrong /> }),
        &["Line of names, column town", "No such variable."],
    );
}
