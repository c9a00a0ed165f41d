//! Agents on a model that call tools.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use domain::agents::Agent;
use domain::approvals::AnswerDraft;
use domain::events::EventBody;
use domain::executions::{ExecutionDetail, Reason, Status, StepState};
use domain::tools::{Tool, ToolDraft};
use serde_json::{Value, json};
use storage::queue::{Begin, Job, StepEnd, Versions, Yield};

use super::support::{Floor, gone};

both!(
    tools_are_called_round_by_round_and_each_call_is_a_step,
    what_goes_wrong_in_a_call_is_told_to_the_model_and_ends_nothing,
    a_tool_that_needs_it_waits_for_a_person_and_finished_steps_are_not_repeated,
    after_a_crash_an_idempotent_call_is_repeated_and_another_is_in_doubt,
    budget_and_steps_stop_before_the_call_that_would_go_past_them,
);

/// An endpoint that counts how often it was called.
async fn counter() -> (String, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let app = Router::new().route(
        "/",
        post(move |body: String| {
            counted.fetch_add(1, Ordering::SeqCst);
            std::future::ready(format!("{{\"saw\":{body}}}"))
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    #[expect(clippy::disallowed_methods, reason = "ends with the test")]
    tokio::spawn(async move { axum::serve(listener, app).await });
    (format!("http://{address}/"), calls)
}

async fn tool(floor: &Floor, draft: Value) -> Tool {
    let draft: ToolDraft = serde_json::from_value(draft).expect("a draft");
    floor.services.tools().create(&floor.actor, &draft).await.expect("a tool")
}

async fn builtin(floor: &Floor, name: &str) -> Tool {
    tool(floor, json!({"kind": "builtin", "builtin": name})).await
}

/// A tool that has an effect each time.
async fn sender(floor: &Floor, url: &str, approval: &str) -> Tool {
    let schema = json!({"type": "object", "properties": {"to": {"type": "string"}}, "required": ["to"]});
    let draft = json!({
        "name": "send", "description": "Sends.", "kind": "http", "method": "POST", "url": url,
        "approval": approval, "input_schema": schema
    });
    tool(floor, draft).await
}

async fn agent(floor: &Floor, tools: &[&Tool], limit: impl FnOnce(&mut domain::agents::AgentDraft)) -> Agent {
    let ids: Vec<_> = tools.iter().map(|tool| tool.id.to_string()).collect();
    floor
        .agent(|draft| {
            "model".clone_into(&mut draft.runtime);
            "simulator-small".clone_into(&mut draft.model);
            draft.tools = ids.join("\n");
            limit(draft);
        })
        .await
}

fn steps(detail: &ExecutionDetail) -> Vec<(&str, StepState)> {
    detail.steps.iter().map(|step| (step.place.as_deref().unwrap_or("-"), step.state)).collect()
}

fn result<'a>(detail: &'a ExecutionDetail, place: &str) -> &'a Value {
    let found = detail.steps.iter().rev().find(|step| step.place.as_deref() == Some(place));
    found.expect(place).result.as_ref().expect("a result")
}

async fn tools_are_called_round_by_round_and_each_call_is_a_step() {
    let floor = Floor::new().await;
    let (url, calls) = counter().await;
    let (sum, time) = (builtin(&floor, "arithmetic").await, builtin(&floor, "current_time").await);
    let send = sender(&floor, &url, "never").await;
    let agent = agent(&floor, &[&sum, &time, &send], |_| {}).await;
    let engine = floor.engine().await;
    let rounds = json!([
        [["arithmetic", {"expression": "6*7"}], ["current_time", {"zone": "Europe/Berlin"}]],
        [["send", {"to": "Ada"}]]
    ]);
    let id = floor.start(&agent, &format!("/calls {rounds}")).await;
    let detail = floor.ended(id).await;
    assert_eq!(detail.row.status, Status::Succeeded, "{:?}", detail.row.message);
    let mut places = steps(&detail);
    places.sort_unstable_by_key(|(place, _)| *place);
    let done = StepState::Finished;
    assert_eq!(
        places,
        [
            ("model:1", done),
            ("model:2", done),
            ("model:3", done),
            ("tool:1:0", done),
            ("tool:1:1", done),
            ("tool:2:0", done)
        ]
    );
    assert_eq!(result(&detail, "tool:1:0"), &json!({"value": 42.0}));
    assert_eq!(result(&detail, "tool:2:0"), &json!({"saw": {"to": "Ada"}}));
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    let models = detail.steps.iter().filter(|step| step.kind == "model_call");
    assert!(models.into_iter().all(|step| step.usage.is_some_and(|usage| usage.output_tokens > 0)));
    let output = detail.output.expect("output");
    assert!(!output.is_empty() && output == floor.streamed(id).await);
    engine.shutdown().await;
}

async fn what_goes_wrong_in_a_call_is_told_to_the_model_and_ends_nothing() {
    let floor = Floor::new().await;
    let sum = builtin(&floor, "arithmetic").await;
    let agent = agent(&floor, &[&sum], |_| {}).await;
    let engine = floor.engine().await;
    let rounds = json!([[
        ["arithmetic", "{broken"],
        ["arithmetic", {"expression": 7}],
        ["arithmetic", {"expression": "1/0"}],
        ["made_up", {}]
    ]]);
    let id = floor.start(&agent, &format!("/calls {rounds}")).await;
    let detail = floor.ended(id).await;
    assert_eq!(detail.row.status, Status::Succeeded, "{:?}", detail.row.message);
    for (place, code) in [
        ("tool:1:0", "invalid_arguments"),
        ("tool:1:1", "invalid_arguments"),
        ("tool:1:2", "invalid_arguments"),
        ("tool:1:3", "unknown_tool"),
    ] {
        assert_eq!(result(&detail, place)["error"]["code"], code, "{place}");
    }
    let failed = detail.steps.iter().filter(|step| step.state == StepState::Failed).count();
    assert_eq!(failed, 4);
    engine.shutdown().await;
}

async fn a_tool_that_needs_it_waits_for_a_person_and_finished_steps_are_not_repeated() {
    let floor = Floor::new().await;
    let (url, calls) = counter().await;
    let send = sender(&floor, &url, "always").await;
    let ask = builtin(&floor, "ask_person").await;
    let agent = agent(&floor, &[&send, &ask], |draft| "1".clone_into(&mut draft.limits.attempts)).await;
    let engine = floor.engine().await;
    let rounds = json!([[["send", {"to": "Ada"}]], [["ask_person", {"question": "Which colour?"}]]]);
    let id = floor.start(&agent, &format!("/calls {rounds}")).await;
    floor.until(id, |body| matches!(body, EventBody::ApprovalRequested { .. })).await;
    let asked = floor.get(id).await;
    assert_eq!((asked.row.status, calls.load(Ordering::SeqCst)), (Status::Waiting, 0));
    let shown = asked.approvals[0].data.as_ref().expect("data");
    assert_eq!(shown, &json!({"tool": "send", "arguments": {"to": "Ada"}}));
    engine.shutdown().await;
    let engine = floor.engine().await;
    let answer = |value: Value| serde_json::from_value::<AnswerDraft>(value).expect("an answer");
    let approvals = floor.services.approvals();
    approvals.answer(&floor.actor, id, &answer(json!({"decision": "approve"}))).await.expect("answers");
    let second = |story: Vec<EventBody>| {
        story.iter().filter(|body| matches!(body, EventBody::ApprovalRequested { .. })).count() == 2
    };
    for _ in 0..400 {
        if second(floor.story(id).await) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let blue = answer(json!({"decision": "approve", "fields": {"answer": "Blue"}}));
    approvals.answer(&floor.actor, id, &blue).await.expect("answers");
    let detail = floor.ended(id).await;
    assert_eq!(detail.row.status, Status::Succeeded, "{:?}", detail.row.message);
    assert_eq!(result(&detail, "tool:2:0"), &json!({"answer": "Blue"}));
    assert_eq!(calls.load(Ordering::SeqCst), 1, "called once");
    let models = detail.steps.iter().filter(|step| step.kind == "model_call").count();
    assert_eq!(models, 3, "no call of the model was made twice");
    engine.shutdown().await;
}

/// Takes the execution as a worker that is gone after its first call of the model, and after it began
/// the call of a tool that the model asked for.
async fn gone_in_a_tool(floor: &Floor, name: &str, arguments: Value) {
    let asking = gone(&floor.services);
    let now = asking.now;
    let tx = floor.services.store().begin().await.expect("begin");
    let taken = storage::queue::claim(&tx, asking, &Versions::default()).await.expect("claim");
    let job: Job = taken.jobs.into_iter().next().expect("a job");
    let place = |place: &str| Some(place.to_owned());
    let begin = Begin { place: place("model:1"), ..Begin::plain("model_call", "Model call") };
    let step = storage::queue::start_step(&tx, job.claim, &begin, &[], now).await.expect("step");
    let call = json!({"id": "call_1", "name": name, "arguments": arguments.to_string()});
    let turn = json!({"text": "", "calls": [call], "stop": "tool_calls"});
    let gave = Yield { result: Some(turn), usage: None };
    storage::queue::end_step(&tx, job.claim, step, StepEnd::Finished, &gave, now).await.expect("step");
    let begin = Begin { place: place("tool:1:0"), input: Some(arguments), ..Begin::plain("tool_call", name) };
    storage::queue::start_step(&tx, job.claim, &begin, &[], now).await.expect("step");
    tx.commit().await.expect("commit");
}

async fn after_a_crash_an_idempotent_call_is_repeated_and_another_is_in_doubt() {
    let floor = Floor::new().await;
    let (url, calls) = counter().await;
    let (sum, send) = (builtin(&floor, "arithmetic").await, sender(&floor, &url, "never").await);
    let agent = agent(&floor, &[&sum, &send], |_| {}).await;
    let rounds = json!([[["arithmetic", {"expression": "1+1"}]]]);
    let repeated = floor.start(&agent, &format!("/calls {rounds}")).await;
    gone_in_a_tool(&floor, "arithmetic", json!({"expression": "1+1"})).await;
    let engine = floor.engine().await;
    let detail = floor.ended(repeated).await;
    assert_eq!(detail.row.status, Status::Succeeded, "{:?}", detail.row.message);
    let states: Vec<_> = steps(&detail);
    assert_eq!(
        states,
        [
            ("model:1", StepState::Finished),
            ("tool:1:0", StepState::Failed),
            ("tool:1:0", StepState::Finished),
            ("model:2", StepState::Finished)
        ]
    );
    engine.shutdown().await;

    let doubtful = floor.start(&agent, "/calls [[[\"send\", {\"to\": \"Ada\"}]]]").await;
    gone_in_a_tool(&floor, "send", json!({"to": "Ada"})).await;
    let engine = floor.engine().await;
    let detail = floor.ended(doubtful).await;
    assert_eq!((detail.row.status, detail.row.reason), (Status::Crashed, Some(Reason::StepInDoubt)));
    assert!(detail.row.message.is_some_and(|message| message.contains("send")));
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    engine.shutdown().await;
}

async fn budget_and_steps_stop_before_the_call_that_would_go_past_them() {
    let floor = Floor::new().await;
    let sum = builtin(&floor, "arithmetic").await;
    let rounds: Vec<_> = (0..20).map(|_| json!([["arithmetic", {"expression": "1"}]])).collect();
    let message = format!("/calls {}", Value::from(rounds));
    let poor = agent(&floor, &[&sum], |draft| {
        "Poor".clone_into(&mut draft.title);
        "4000".clone_into(&mut draft.limits.budget_tokens);
        "100".clone_into(&mut draft.parameters.max_output_tokens);
    })
    .await;
    let short = agent(&floor, &[&sum], |draft| "5".clone_into(&mut draft.limits.steps)).await;
    let engine = floor.engine().await;
    let (poor, short) = (floor.start(&poor, &message).await, floor.start(&short, &message).await);
    let detail = floor.ended(poor).await;
    assert_eq!((detail.row.status, detail.row.reason), (Status::TimedOut, Some(Reason::BudgetReached)));
    let spent: u64 = detail
        .steps
        .iter()
        .filter_map(|step| step.usage)
        .map(|usage| usage.input_tokens + usage.output_tokens)
        .sum();
    assert!(spent > 0 && spent <= 4_000, "{spent}");
    let detail = floor.ended(short).await;
    assert_eq!((detail.row.status, detail.row.reason), (Status::TimedOut, Some(Reason::StepLimit)));
    assert_eq!(detail.steps.len(), 5);
    engine.shutdown().await;
}
