//! Executions that wait for a person.

use std::time::Duration;

use domain::access::Grants;
use domain::approvals::{AnswerDraft, Outcome};
use domain::events::EventBody;
use domain::executions::{Reason, Status};
use domain::ids::{ExecutionId, Id as _, SessionId, UserId};
use domain::workspaces::Role;
use domain::{Actor, Kind, Principal};
use serde_json::json;

use super::support::Floor;

both!(
    an_approved_execution_goes_on_with_what_was_filled_in,
    a_question_that_nobody_answers_has_an_end_of_its_own,
    a_waiting_execution_survives_its_process_and_can_be_cancelled,
    time_spent_waiting_for_a_person_is_no_time_to_run,
);

fn answer(value: serde_json::Value) -> AnswerDraft {
    serde_json::from_value(value).expect("an answer")
}

/// An execution that waits for its question.
async fn waiting(floor: &Floor, expires_s: &str) -> ExecutionId {
    waiting_in_queue(floor, expires_s, "3600").await
}

/// The same with a limit of its own to the wait for a worker.
async fn waiting_in_queue(floor: &Floor, expires_s: &str, queue_deadline_s: &str) -> ExecutionId {
    let agent = floor
        .agent(|draft| {
            queue_deadline_s.clone_into(&mut draft.limits.queue_deadline_s);
            "Write to the customer?".clone_into(&mut draft.ask_before_start.question);
            "admin".clone_into(&mut draft.ask_before_start.roles);
            expires_s.clone_into(&mut draft.ask_before_start.expires_s);
            r#"{"properties": {"limit": {"type": "integer", "minimum": 1}}, "required": ["limit"]}"#
                .clone_into(&mut draft.ask_before_start.fields);
            draft.variables.insert("limit".to_owned(), "5".to_owned());
            "Refund at most {limit}.".clone_into(&mut draft.instructions);
            "1".clone_into(&mut draft.limits.attempts);
        })
        .await;
    let id = floor.start(&agent, "Where is my parcel?").await;
    floor.until(id, |body| matches!(body, EventBody::ApprovalRequested { .. })).await;
    id
}

fn person(floor: &Floor, role: Role) -> Actor {
    Actor {
        principal: Principal::Person {
            user: UserId::from_bytes([1; 16]),
            session: SessionId::from_bytes([2; 16]),
            role,
        },
        grants: Grants::of_role(role, true),
        name: role.word().to_owned(),
        ..floor.actor.clone()
    }
}

async fn an_approved_execution_goes_on_with_what_was_filled_in() {
    let floor = Floor::new().await;
    let engine = floor.engine().await;
    let id = waiting(&floor, "60").await;
    let asked = floor.get(id).await;
    assert_eq!((asked.row.status, engine.busy()), (Status::Waiting, 0), "the wait holds no worker");
    assert_eq!(asked.approvals[0].data.as_ref().expect("data")["message"], "Where is my parcel?");
    assert_eq!(floor.upstream_runs(), 0);
    let approvals = floor.services.approvals();
    let wrong = answer(json!({"decision": "approve", "fields": {"limit": 0}}));
    let admin = person(&floor, Role::Admin);
    let refused = approvals.answer(&admin, id, &wrong).await.expect_err("does not fit");
    assert!(refused.for_field("fields.limit").is_some());
    let yes = answer(json!({"decision": "approve", "fields": {"limit": 12}}));
    let open = approvals.waiting_for(&admin, 8).await.expect("lists");
    assert_eq!(open.iter().map(|question| question.execution).collect::<Vec<_>>(), [id]);
    for role in [Role::Viewer, Role::Member, Role::Owner] {
        let open = approvals.waiting_for(&person(&floor, role), 8).await.expect("lists");
        assert!(open.is_empty(), "{role} is not waited for");
        let refused = approvals.answer(&person(&floor, role), id, &yes).await.expect_err("may not");
        assert_eq!(refused.kind, Kind::Forbidden, "{role}");
    }
    assert_eq!(floor.get(id).await.row.status, Status::Waiting, "a refusal changes nothing");
    let no = answer(json!({"decision": "decline"}));
    let (first, second) = tokio::join!(approvals.answer(&admin, id, &yes), approvals.answer(&admin, id, &no));
    assert!(first.is_ok() != second.is_ok(), "one of two answers wins");
    assert!(
        approvals.waiting_for(&admin, 8).await.expect("lists").is_empty(),
        "nobody is waited for any more"
    );
    let late = first.err().or(second.err()).expect("one lost");
    assert_eq!(late.kind, Kind::Conflict);
    assert!(late.message.contains("already"), "{}", late.message);
    let ended = floor.ended(id).await;
    match ended.approvals[0].outcome {
        Some(Outcome::Approved) => {
            assert_eq!(ended.row.status, Status::Succeeded, "{:?}", ended.row.message);
            assert_eq!(floor.upstream_runs(), 1);
        }
        _ => assert_eq!((ended.row.status, ended.row.reason), (Status::Cancelled, Some(Reason::Declined))),
    }
    engine.shutdown().await;
}

async fn a_question_that_nobody_answers_has_an_end_of_its_own() {
    let floor = Floor::new().await;
    let engine = floor.engine().await;
    let id = waiting(&floor, "1").await;
    let ended = floor.ended(id).await;
    assert_eq!((ended.row.status, ended.row.reason), (Status::TimedOut, Some(Reason::ApprovalExpired)));
    assert_eq!(ended.approvals[0].outcome, Some(Outcome::Expired));
    let late = answer(json!({"decision": "decline"}));
    let late = floor.services.approvals().answer(&floor.actor, id, &late).await.expect_err("too late");
    assert_eq!(late.kind, Kind::Conflict);
    assert_eq!(floor.upstream_runs(), 0);
    engine.shutdown().await;
}

async fn a_waiting_execution_survives_its_process_and_can_be_cancelled() {
    let floor = Floor::new().await;
    let engine = floor.engine().await;
    let (first, second) = (waiting(&floor, "60").await, waiting(&floor, "60").await);
    engine.shutdown().await;
    let engine = floor.engine().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(floor.get(first).await.row.status, Status::Waiting);
    let cancelled = floor.services.executions().cancel(&floor.actor, second).await.expect("cancels");
    assert_eq!(cancelled.row.status, Status::Cancelled);
    assert_eq!(cancelled.approvals[0].outcome, Some(Outcome::Withdrawn));
    assert!(cancelled.steps.iter().all(|step| step.finished_at.is_some()));
    let yes = answer(json!({"decision": "approve", "fields": {"limit": 1}}));
    floor.services.approvals().answer(&person(&floor, Role::Admin), first, &yes).await.expect("answers");
    assert_eq!(floor.ended(first).await.row.status, Status::Succeeded);
    engine.shutdown().await;
}

async fn time_spent_waiting_for_a_person_is_no_time_to_run() {
    let floor = Floor::new().await;
    let engine = floor.engine().await;
    let id = waiting_in_queue(&floor, "60", "1").await;
    engine.shutdown().await;
    let yes = answer(json!({"decision": "approve", "fields": {"limit": 1}}));
    floor.services.approvals().answer(&person(&floor, Role::Admin), id, &yes).await.expect("answers");
    // Approved, and then there is no worker for longer than the agent lets it queue.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let engine = floor.engine().await;
    let ended = floor.ended(id).await;
    assert_eq!((ended.row.status, ended.row.reason), (Status::TimedOut, Some(Reason::QueueDeadline)));
    engine.shutdown().await;
}
