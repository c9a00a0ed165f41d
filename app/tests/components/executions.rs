//! What the page of an execution is made of: questions to people, waits, the comparison, the search.

use std::collections::BTreeMap;

use app::components::waterfall::{SpanKind, SpanState};
use app::live::Line;
use app::pages::executions::approval::fields::AnswerFields;
use app::pages::executions::approval::form::AnswerForm;
use app::pages::executions::approval::{Question, is_asked, who_may};
use app::pages::executions::compare::facts::FactsTable;
use app::pages::executions::compare::texts::{TextPanel, output_text};
use app::pages::executions::events::is_match;
use app::pages::executions::phases::{WaitFor, waited_ms, waits};
use app::pages::executions::table::ExecutionsTable;
use app::pages::executions::timeline::{Times, spans};
use app::server_fns::executions::AnswerApproval;
use domain::approvals::{Approval, FieldSchema, Outcome};
use domain::events::{Event, EventBody};
use domain::executions::{
    AgentRef, Attempt, ExecutionDetail, ExecutionRow, Input, Priority, Reason, Status, Step, StepState,
    Trigger,
};
use domain::ids::{ExecutionId, Id as _};
use domain::problem::Fields;
use domain::workspaces::Role;
use domain::{Problem, Timestamp};
use leptos::prelude::*;
use serde_json::json;

use super::page::{has, html, lacks, tag_with};

const ZERO: i64 = 1_800_000_000_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ZERO + ms)
}

fn attempt(number: u32, status: Status, from: i64, to: i64) -> Attempt {
    let (started_at, finished_at) = (at(from), Some(at(to)));
    Attempt { number, status, reason: None, message: None, started_at, finished_at }
}

fn step(number: u32, attempt: u32, kind: &str, state: StepState, from: i64, to: Option<i64>) -> Step {
    let (kind, name) = (kind.to_owned(), format!("Step {number}"));
    Step {
        number,
        attempt,
        kind,
        name,
        state,
        run_id: None,
        place: None,
        input: None,
        result: None,
        usage: None,
        started_at: at(from),
        finished_at: to.map(at),
    }
}

/// Asked at 100, approved at 5100, taken again at 5200, failed at 6000, tried again from 8000 on, done at 9000.
fn detail() -> ExecutionDetail {
    ExecutionDetail {
        row: ExecutionRow {
            id: ExecutionId::from_bytes([1; 16]),
            status: Status::Succeeded,
            reason: None,
            message: None,
            title: Some("Refund it".to_owned()),
            agent: AgentRef {
                id: domain::ids::AgentId::from_bytes([2; 16]),
                slug: "refunds".to_owned(),
                title: "Refunds".to_owned(),
            },
            version: Some(3),
            trigger: Trigger::Person,
            created_by: "Ada".to_owned(),
            priority: Priority::Normal,
            simulated: false,
            attempt: 3,
            max_attempts: 4,
            created_at: at(0),
            started_at: Some(at(50)),
            finished_at: Some(at(9_000)),
            not_before: None,
            cancelling: false,
            rerun_of: None,
            cache: None,
            copied_from: None,
        },
        input: Some(Input { message: "Refund it".to_owned(), vars: BTreeMap::new() }),
        output: Some("Done".to_owned()),
        tries: vec![
            attempt(1, Status::Waiting, 50, 100),
            attempt(2, Status::Failed, 5_200, 6_000),
            attempt(3, Status::Succeeded, 8_000, 9_000),
        ],
        steps: vec![
            step(1, 1, "approval", StepState::Finished, 100, Some(5_100)),
            step(2, 2, "toolhouse_run", StepState::Failed, 5_250, Some(5_900)),
            step(3, 3, "toolhouse_run", StepState::Finished, 8_010, Some(8_900)),
        ],
        approvals: Vec::new(),
        last_event: 9,
        runtime: "toolhouse".to_owned(),
        run_deadline_s: 900,
        conversation: None,
        turns: Vec::new(),
        reruns: Vec::new(),
        payloads_visible: true,
    }
}

fn question() -> Approval {
    Approval {
        execution: ExecutionId::from_bytes([1; 16]),
        step: 1,
        question: Some("Refund <it>?".to_owned()),
        data: Some(json!({"amount": 12})),
        fields: schema(),
        roles: vec![Role::Admin, Role::Owner],
        asked_at: at(0),
        expires_at: at(60_000),
        outcome: None,
        answer: None,
        note: None,
        closed_at: None,
        closed_by: None,
    }
}

fn schema() -> FieldSchema {
    FieldSchema::parse(
        r#"{"properties": {
            "amount": {"type": "integer", "title": "Amount", "minimum": 1, "maximum": 9},
            "how": {"type": "string", "enum": ["card", "cash"]},
            "sure": {"type": "boolean"},
            "why": {"type": "string"}
        }, "required": ["amount", "sure"]}"#,
    )
    .expect("a schema")
}

#[test]
fn an_open_question_shows_what_is_asked_and_who_may_answer() {
    let page = html(|| view! { <Question question=question()>"form"</Question> });
    has(
        &page,
        &[
            "Approval needed",
            "Refund &lt;it&gt;?",
            "amount",
            "Only admins and owners can answer.",
            "Expires",
            "form",
        ],
    );
    let blind = question().without_payload();
    let page = html(|| view! { <Question question=blind /> });
    has(&page, &["You may not see inputs and outputs here"]);
    lacks(&page, &["Refund", "amount"]);
    assert!(is_asked(&[], Role::Member) && !is_asked(&[Role::Owner], Role::Admin));
    assert_eq!(who_may(&[]), "Everyone who may run agents can answer.");
}

#[test]
fn a_closed_question_says_who_answered_what() {
    let answered = Approval {
        outcome: Some(Outcome::Approved),
        answer: json!({"amount": 7}).as_object().cloned(),
        note: Some("Fine by me".to_owned()),
        closed_at: Some(at(9)),
        closed_by: Some("Grace".to_owned()),
        ..question()
    };
    let page = html(|| view! { <Question question=answered.clone() /> });
    has(&page, &["Grace approved", "Approved", "Amount", ">7<", "Fine by me"]);
    lacks(&page, &["Expires", "can answer"]);
    let expired = Approval { outcome: Some(Outcome::Expired), closed_by: None, answer: None, ..answered };
    has(&html(|| view! { <Question question=expired /> }), &["Nobody answered in time"]);
}

#[test]
fn fields_of_an_answer_follow_the_schema() {
    let mut wrong = Fields::default();
    wrong.add("fields.amount", "Give a number from 1 to 9.");
    let problem: Option<Problem> = Some(wrong.problem());
    let typed = BTreeMap::from([("amount".to_owned(), "12".to_owned())]);
    let page =
        html(|| view! { <AnswerFields schema=schema() typed=typed problem=Signal::stored(problem) /> });
    let amount = tag_with(&page, "<input", "name=\"answer[fields][amount]\"");
    has(amount, &["inputmode=\"numeric\"", "value=\"12\"", "aria-invalid=\"true\""]);
    has(&page, &["1 to 9", "Give a number from 1 to 9.", "optional"]);
    tag_with(&page, "<select", "name=\"answer[fields][how]\"");
    has(&page, &["<option value=\"cash\"", "<option value=\"true\"", ">Yes<"]);
    tag_with(&page, "<textarea", "name=\"answer[fields][why]\"");
}

#[test]
fn yes_and_no_are_buttons_of_one_form() {
    let page = html(|| {
        let answer = ServerAction::<AnswerApproval>::new();
        view! { <AnswerForm question=question() workspace="main" answer=answer problem=Signal::stored(None) /> }
    });
    has(tag_with(&page, "<form", "method=\"post\""), &["action=\"/fn/executions/answer_approval\""]);
    for answer in ["approve", "decline"] {
        let button = tag_with(&page, "<button", &format!("value=\"{answer}\""));
        has(button, &["type=\"submit\"", "name=\"answer[decision]\""]);
    }
}

#[test]
fn waits_are_told_apart_and_add_up() {
    let waits = waits(&detail(), &[(2, at(7_000))]);
    let told: Vec<_> = waits.iter().map(|wait| (wait.what, wait.from, wait.to)).collect();
    assert_eq!(
        told,
        [
            (WaitFor::Worker, at(0), Some(at(50))),
            (WaitFor::Person, at(100), Some(at(5_100))),
            (WaitFor::Worker, at(5_100), Some(at(5_200))),
            (WaitFor::Attempt, at(6_000), Some(at(7_000))),
            (WaitFor::Worker, at(7_000), Some(at(8_000))),
        ]
    );
    assert_eq!(waited_ms(&waits, WaitFor::Worker), 1_150);
    let open = ExecutionDetail {
        row: ExecutionRow { status: Status::Waiting, finished_at: None, ..detail().row },
        tries: vec![attempt(1, Status::Waiting, 50, 100)],
        steps: vec![step(1, 1, "approval", StepState::Started, 100, None)],
        ..detail()
    };
    let open = app::pages::executions::phases::waits(&open, &[]);
    assert_eq!(open.last().map(|wait| (wait.what, wait.to)), Some((WaitFor::Person, None)), "{open:?}");
}

#[test]
fn the_timeline_tells_every_attempt_step_and_wait_in_order() {
    let times = Times { detail: detail(), retries: vec![(2, at(7_000))], end: at(9_000) };
    let spans = spans(&times);
    let names: Vec<_> = spans.iter().map(|span| (span.name.as_str(), span.depth)).collect();
    assert_eq!(
        names,
        [
            ("Refunds", 0),
            ("Waits for a worker", 1),
            ("Attempt 1", 1),
            ("Waits for a person", 1),
            ("Waits for a worker", 1),
            ("Attempt 2", 1),
            ("Step 2", 2),
            ("Waits before the next attempt", 1),
            ("Waits for a worker", 1),
            ("Attempt 3", 1),
            ("Step 3", 2),
        ]
    );
    let failed: Vec<_> =
        spans.iter().filter(|span| span.state == SpanState::Failed).map(|span| span.name.as_str()).collect();
    assert_eq!(failed, ["Attempt 2", "Step 2"]);
    assert_eq!((spans[3].kind, spans[3].duration_ms), (SpanKind::Wait, 5_000));
    assert_eq!(spans[10].meta.as_deref(), Some("try 3"));
}

#[test]
fn a_row_says_that_an_earlier_result_was_used() {
    let shown = |copied_from| {
        html(move || {
            let rows = RwSignal::new(vec![ExecutionRow { copied_from, ..detail().row }]);
            view! { <ExecutionsTable workspace="main" rows=rows choice=None /> }
        })
    };
    has(&shown(Some(ExecutionId::from_bytes([8; 16]))), &["From cache", "Refund it"]);
    lacks(&shown(None), &["From cache"]);
}

#[test]
fn a_comparison_says_what_differs() {
    let failed = ExecutionDetail {
        row: ExecutionRow {
            id: ExecutionId::from_bytes([9; 16]),
            status: Status::Failed,
            reason: Some(Reason::UpstreamStatus),
            finished_at: Some(at(11_000)),
            version: Some(4),
            ..detail().row
        },
        ..detail()
    };
    let page = html(|| view! { <FactsTable workspace="main" a=detail() b=failed /> });
    has(
        &page,
        &[
            "Facts of both executions",
            "/w/main/executions/exe_",
            "2.0\u{a0}s longer",
            "v3",
            "v4",
            "differs",
            "same",
        ],
    );
    let page = html(|| {
        view! { <TextPanel id="output" title="Output" label="from a to b".to_owned() sees=true a="one\ntwo".to_owned() b="one\nthree".to_owned() /> }
    });
    has(&page, &["diff-del", "diff-add", "aria-label=\"Output from a to b\""]);
    let json = ExecutionDetail { output: Some(r#"{"b":1,"a":[2]}"#.to_owned()), ..detail() };
    assert!(output_text(&json).contains("\n  \"a\": ["), "JSON is written one value a line");
}

#[test]
fn events_are_found_by_kind_and_by_what_is_shown() {
    let line = |body| Line { pieces: 1, event: Event { number: 1, at: at(0), body } };
    let failed = line(EventBody::StepFinished { step: 2, ok: false });
    let asked = line(EventBody::CancelRequested { by: "Grace".to_owned() });
    assert!(
        is_match(&failed, "error", "")
            && is_match(&failed, "", "FAILED")
            && is_match(&failed, "error", " step 2 ")
    );
    assert!(
        !is_match(&failed, "step", "") && !is_match(&asked, "", "failed") && is_match(&asked, "", "grace")
    );
}
