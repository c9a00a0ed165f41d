//! Whole answers: wrapped and bare, with and without zones, with fields missing or in odd forms.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use toolhouse::{AgentPatch, AgentRequest, Client, Content, Part, RunStatus, StartAgentRun};
use url::Url;

use crate::raw::{Raw, json as answer};
use crate::support::{AGENT, client, patient};

/// A client whose every request is answered with this.
async fn answered(body: &Value) -> (Client, Raw) {
    let server = Raw::start(vec![answer(200, &body.to_string())]).await;
    (client(&server.base, patient()), server)
}

fn utc(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("a time").to_utc()
}

#[tokio::test]
async fn times_are_read_with_and_without_a_zone() {
    for (written, expected) in [
        (json!("2026-01-15T01:46:23.568338"), Some(utc("2026-01-15T01:46:23.568338Z"))),
        (json!("2026-01-15T01:46:23.568338Z"), Some(utc("2026-01-15T01:46:23.568338Z"))),
        (json!("2026-01-15T02:46:23+01:00"), Some(utc("2026-01-15T01:46:23Z"))),
        (json!("2026-01-15 01:46:23"), Some(utc("2026-01-15T01:46:23Z"))),
        (json!("some day"), None),
        (json!(1_768_441_583), None),
        (Value::Null, None),
    ] {
        let (client, _server) = answered(&json!({ "data": { "id": "r", "created_at": written } })).await;
        assert_eq!(client.agent_run("r").await.expect("a run").created_at, expected, "{written}");
        let (client, _server) = answered(&json!({ "id": AGENT, "updated_at": written })).await;
        assert_eq!(client.agent(AGENT).await.expect("an agent").updated_at, expected, "{written}");
    }
}

#[tokio::test]
async fn wrapped_and_bare_answers_are_the_same() {
    let run = json!({ "id": "r1", "status": "completed", "chat_id": AGENT, "last_agent_message": "Done." });
    let agent = json!({ "id": AGENT, "title": "Helper" });
    let history = json!([{ "role": "user", "content": "hello" }]);
    for wrap in [false, true] {
        let body = |value: &Value| if wrap { json!({ "data": value }) } else { value.clone() };

        let (client, _server) = answered(&body(&run)).await;
        let read = client.agent_run("r1").await.expect("a run");
        assert_eq!((read.status.clone(), read.output().as_deref()), (RunStatus::Completed, Some("Done.")));
        assert_eq!(read.chat_id, Some(AGENT));

        let (client, _server) = answered(&body(&json!([run, { "status": "no id" }, 7]))).await;
        assert_eq!(client.agent_runs().await.expect("runs"), [read]);

        let (client, _server) = answered(&body(&agent)).await;
        assert_eq!(client.agent(AGENT).await.expect("an agent").title.as_deref(), Some("Helper"));

        let (client, _server) = answered(&body(&json!([agent]))).await;
        assert_eq!(client.agents().await.expect("agents").len(), 1);

        let (client, _server) = answered(&body(&history)).await;
        let messages = client.history(AGENT, "r1").await.expect("messages");
        assert_eq!(messages[0].content, Content::Text("hello".to_owned()));

        let (client, _server) = answered(&body(&json!({ "user_id": "u_1" }))).await;
        let me = client.me().await.expect("an account");
        assert_eq!((me.user_id.as_str(), me.tier.as_str()), ("u_1", ""));
    }
}

#[tokio::test]
async fn a_run_with_nothing_but_what_was_asked_for_is_read() {
    let (client, _server) = answered(&json!({ "data": {} })).await;
    let run = client.agent_run("r9").await.expect("a run");
    assert_eq!((run.id.as_str(), run.output(), run.results.len()), ("r9", None, 0));
    assert!(!run.status.is_final());
    let start = StartAgentRun {
        chat_id: AGENT,
        vars: std::iter::empty().collect(),
        toolhouse_id: None,
        callback_url: None,
    };
    client.start_agent_run(&start).await.expect_err("a started run needs an id");
}

#[tokio::test]
async fn a_continued_run_that_is_not_described_keeps_its_id() {
    for body in [Value::Null, json!("ok"), json!({ "data": null }), json!({})] {
        let (client, server) = answered(&body).await;
        let run = client.continue_agent_run("r1", "And then?").await.expect("accepted");
        assert_eq!((run.id.as_str(), run.status), ("r1", RunStatus::Unknown(String::new())));
        assert!(server.requests()[0].starts_with("PUT /v1/agent-runs/r1 "));
    }
}

#[tokio::test]
async fn odd_values_in_a_run_are_borne() {
    let odd = json!({ "id": 7, "status": null, "chat_id": "no uuid", "results": [7, null, { "error": "x" }],
        "last_agent_message": { "a": 1 }, "created_at": [], "brand_new": true });
    let (client, _server) = answered(&odd).await;
    let run = client.agent_run("7").await.expect("a run");
    assert_eq!((run.id.as_str(), run.chat_id, run.results.len()), ("7", None, 3));
}

#[tokio::test]
async fn an_agent_with_nothing_but_an_id_is_public_and_one_with_more_keeps_it() {
    let (client, _server) = answered(&json!({ "id": AGENT })).await;
    assert!(client.agent(AGENT).await.expect("an agent").public);
    let more = json!({ "id": AGENT, "public": null, "vars": { "n": 3, "t": "x" }, "tools": null, "mcp_servers": null,
        "bundle": "default", "price_in_cents": 5 });
    let (client, _server) = answered(&more).await;
    let agent = client.agent(AGENT).await.expect("an agent");
    assert!(agent.public && agent.tools.is_empty());
    assert_eq!((agent.vars["n"].as_str(), agent.vars["t"].as_str()), ("3", "x"));
    assert_eq!((&agent.other["bundle"], &agent.other["price_in_cents"]), (&json!("default"), &json!(5)));
}

#[tokio::test]
async fn conversations_hold_strings_and_parts() {
    let body = json!([
        { "role": "user", "content": "Find one" },
        { "role": "assistant", "content": [{ "type": "text", "text": "Looking." },
            { "type": "tool-call", "toolCallId": "t1", "toolName": "find", "args": { "q": 1 } }] },
        { "role": "tool", "content": [{ "type": "tool-result", "toolCallId": "t1", "toolName": "find", "result": { "n": 2 } }] },
        { "role": "assistant", "content": [{ "type": "brand-new" }] },
        { "content": null },
    ]);
    let (client, _server) = answered(&body).await;
    let messages = client.history(AGENT, "r1").await.expect("messages");
    let texts: Vec<_> = messages.iter().map(toolhouse::Message::text).collect();
    assert_eq!(texts, ["Find one", "Looking.", "", "", ""]);
    let result = Part::ToolResult { id: "t1".to_owned(), name: "find".to_owned(), output: json!({ "n": 2 }) };
    assert_eq!(messages[2].content, Content::Parts(vec![result]));
    assert_eq!(messages[3].content, Content::Parts(vec![Part::Unknown(json!({ "type": "brand-new" }))]));
}

#[tokio::test]
async fn what_is_sent_is_what_the_contract_says() {
    let (client, server) = answered(&json!({ "id": AGENT })).await;
    let request = AgentRequest { prompt: Some("Hello".to_owned()), ..AgentRequest::private(AGENT) };
    client.upsert_agent(&request).await.expect("stored");
    client
        .patch_agent(AGENT, &AgentPatch { public: Some(false), ..AgentPatch::default() })
        .await
        .expect("changed");
    client.delete_agent(AGENT).await.expect("deleted");
    let sent = server.requests();
    let body = |number: usize| -> Value {
        let (_, body) = sent[number].split_once("\r\n\r\n").expect("a body");
        serde_json::from_str(body).expect("JSON")
    };
    assert_eq!(
        body(0),
        json!({ "id": AGENT, "prompt": "Hello", "vars": {}, "public": false, "mcp_servers": [], "tools": [] })
    );
    assert_eq!(body(1), json!({ "public": false }));
    for (request, line) in
        sent.iter().zip(["POST /v1/agents ", "PATCH /v1/agents/6f0c", "DELETE /v1/agents/6f0c"])
    {
        assert!(request.starts_with(line), "{request}");
        let head = request.to_ascii_lowercase();
        assert!(
            head.contains("user-agent: toolhouse-rust/") && head.contains("authorization: bearer th-"),
            "{request}"
        );
    }
}

#[tokio::test]
async fn a_path_in_an_address_is_kept_as_a_prefix() {
    let server = Raw::start(vec![answer(200, "{\"user_id\":\"u\"}")]).await;
    let base: Url = server.base.join("gateway/?left=out#too").expect("an address");
    client(&base, patient()).me().await.expect("an account");
    assert!(server.requests()[0].starts_with("GET /gateway/v1/me HTTP"), "{:?}", server.requests());
}

#[tokio::test]
async fn deleting_does_not_care_what_the_answer_says() {
    for body in ["", "gone", "{}"] {
        let server = Raw::start(vec![answer(200, body)]).await;
        client(&server.base, patient()).delete_agent(AGENT).await.expect("deleted");
    }
}
