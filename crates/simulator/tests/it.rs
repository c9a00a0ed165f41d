//! The simulator over HTTP, spoken to in plain bytes: what no client of Toolhouse would see.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Handle, Options, Simulator, Tier};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const AGENT: &str = "6f0c6a6e-6a55-4b0e-9a52-0d0f2d3f5a11";

async fn start(options: Options) -> Handle {
    Simulator::start(options).await.expect("a free port")
}

/// Sends one request and gives back the head and the body as they came, chunk marks included.
async fn send(simulator: &Handle, method: &str, path: &str, key: &str, body: &Value) -> (String, String) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: simulator\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(simulator.address()).await.expect("connects");
    stream.write_all(request.as_bytes()).await.expect("sends");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("answers");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head.to_owned(), body.to_owned())
}

fn status(head: &str) -> u16 {
    head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
}

async fn store_agent(simulator: &Handle, public: bool) -> u16 {
    let agent = json!({ "id": AGENT, "title": "Helper", "system_prompt": "You help.", "public": public, "unknown": 1 });
    status(&send(simulator, "POST", "/v1/agents", "th-owner", &agent).await.0)
}

async fn say(simulator: &Handle, message: &str) -> (String, String) {
    send(simulator, "POST", &format!("/{AGENT}"), "th-owner", &json!({ "message": message })).await
}

/// One answer of a simulator of its own.
async fn answer(seed: u64) -> (String, String) {
    let simulator = start(Options { seed, ..Options::instant() }).await;
    assert_eq!(store_agent(&simulator, false).await, 200);
    let (head, body) = say(&simulator, "/json-fenced Plan the winter market").await;
    let id =
        head.lines().find_map(|line| line.strip_prefix("x-toolhouse-run-id: ")).expect("an id").to_owned();
    simulator.shutdown().await;
    (id, body)
}

#[tokio::test]
async fn the_same_seed_gives_the_same_ids_and_words() {
    assert_eq!(answer(7).await, answer(7).await);
    assert_ne!(answer(7).await.0, answer(8).await.0);
}

#[tokio::test]
async fn a_private_agent_is_its_owners_alone() {
    let simulator = start(Options::instant()).await;
    assert_eq!(store_agent(&simulator, false).await, 200);
    let path = format!("/{AGENT}");
    for (key, expected) in [("th-owner", 200), ("th-other", 403), ("sk-wrong", 401), ("th-", 401)] {
        let (head, _) = send(&simulator, "POST", &path, key, &json!({ "message": "hello" })).await;
        assert_eq!(status(&head), expected, "{key}");
    }
    assert_eq!(simulator.runs(), 1);
}

#[tokio::test]
async fn a_run_outlives_the_process_when_there_is_a_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = Some(folder.path().join("deep/simulator.jsonl"));
    let options = Options { journal, chunk_delay: Duration::from_millis(10), ..Options::default() };
    let first = start(options.clone()).await;
    store_agent(&first, false).await;
    say(&first, "hello").await;
    let mut stream = TcpStream::connect(first.address()).await.expect("connects");
    let body = json!({ "message": "/slow 1 Write a song" }).to_string();
    let request = format!(
        "POST /{AGENT} HTTP/1.1\r\nhost: simulator\r\nauthorization: Bearer th-owner\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("sends");
    let mut head = [0; 400];
    let read = stream.read(&mut head).await.expect("a head");
    let head = String::from_utf8_lossy(&head[..read]).into_owned();
    let run =
        head.lines().find_map(|line| line.strip_prefix("x-toolhouse-run-id: ")).expect("an id").to_owned();
    drop(first);

    let second = start(options.clone()).await;
    assert_eq!(second.runs(), 2, "the numbering goes on");
    let path = format!("/v1/agent-runs/{run}");
    let ended = loop {
        let (_, body) = send(&second, "GET", &path, "th-owner", &Value::Null).await;
        let read: Value = serde_json::from_str(&body).expect("JSON");
        match read["data"]["status"].as_str().expect("a status") {
            "in_progress" => tokio::time::sleep(Duration::from_millis(50)).await,
            _ => break read,
        }
    };
    assert_eq!(ended["data"]["status"], "completed");
    let said = ended["data"]["last_agent_message"].as_str().expect("words").to_owned();
    assert!(said.contains("Write a song"), "{said}");

    second.shutdown().await;
    let third = start(options).await;
    let (_, body) = send(&third, "GET", &path, "th-owner", &Value::Null).await;
    let read: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(read["data"]["last_agent_message"].as_str(), Some(said.as_str()));
    let (head, _) = say(&third, "hello again").await;
    assert!(!head.contains(&run), "an id is never given twice");
    assert_eq!(third.runs(), 3);
}

#[tokio::test]
async fn a_sandbox_has_no_private_agents() {
    let simulator = start(Options { tier: Tier::Sandbox, ..Options::instant() }).await;
    assert_eq!(store_agent(&simulator, false).await, 400);
    assert_eq!(store_agent(&simulator, true).await, 200);
}

#[tokio::test]
async fn every_refusal_a_message_can_ask_for_begins_no_run() {
    let simulator = start(Options::instant()).await;
    store_agent(&simulator, false).await;
    for refused in [401, 402, 403, 404, 408, 422, 425, 429, 500, 502, 503] {
        assert_eq!(status(&say(&simulator, &format!("/{refused} hello")).await.0), refused);
    }
    let (head, body) = say(&simulator, "/error500-html").await;
    assert_eq!(status(&head), 500);
    assert!(head.contains("text/html") && body.contains("<html>"), "{head}");
    assert!(say(&simulator, "/429 1").await.0.contains("retry-after: 1"));
    assert_eq!(simulator.runs(), 0);
}

#[tokio::test]
async fn a_message_is_refused_as_often_as_it_asks_and_another_on_its_own_account() {
    let simulator = start(Options::instant()).await;
    store_agent(&simulator, false).await;
    let mut seen = Vec::new();
    for message in
        ["/429-then-ok 2 a", "/429-then-ok 2 a", "/429-then-ok 1 b", "/429-then-ok 2 a", "/429-then-ok 1 b"]
    {
        seen.push(status(&say(&simulator, message).await.0));
    }
    assert_eq!(seen, [429, 429, 429, 200, 200]);
}

#[tokio::test]
async fn chat_answers_whole_and_in_pieces_with_the_same_words() {
    let simulator = start(Options::instant()).await;
    let path = "/v1/chat/completions";
    let messages =
        json!([{ "role": "system", "content": "You help." }, { "role": "user", "content": "Plan a picnic" }]);
    let asked = json!({ "model": "any", "messages": messages });
    let (head, body) = send(&simulator, "POST", path, "sk-any", &asked).await;
    assert_eq!(status(&head), 200);
    let whole: Value = serde_json::from_str(&body).expect("JSON");
    let said = whole["choices"][0]["message"]["content"].as_str().expect("words");
    assert!(said.contains("Plan a picnic"), "{said}");
    assert_eq!(whole["choices"][0]["finish_reason"], "stop");

    let asked = json!({ "model": "any", "messages": messages, "stream": true, "stream_options": { "include_usage": true } });
    let (head, body) = send(&simulator, "POST", path, "sk-any", &asked).await;
    assert!(head.contains("text/event-stream"), "{head}");
    let events: Vec<&str> = body.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    assert_eq!(events.last(), Some(&"[DONE]"));
    let chunks: Vec<Value> =
        events[..events.len() - 1].iter().map(|event| serde_json::from_str(event).expect("JSON")).collect();
    let streamed: String =
        chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(streamed, said);
    assert!(chunks.last().is_some_and(|chunk| chunk["usage"]["total_tokens"].is_u64()));
    assert_eq!(simulator.runs(), 0, "a chat is no run");
}

#[tokio::test]
async fn chat_asks_for_a_tool_and_answers_its_result() {
    let simulator = start(Options::instant()).await;
    let path = "/v1/chat/completions";
    let user = json!({ "role": "user", "content": "/tool find {\"q\":1}" });
    let asked = json!({ "model": "any", "messages": [user] });
    let (_, body) = send(&simulator, "POST", path, "sk-any", &asked).await;
    let whole: Value = serde_json::from_str(&body).expect("JSON");
    let call = whole["choices"][0]["message"]["tool_calls"][0].clone();
    assert_eq!(
        (call["function"]["name"].as_str(), call["function"]["arguments"].as_str()),
        (Some("find"), Some("{\"q\":1}"))
    );
    let messages = json!([user, { "role": "assistant", "tool_calls": [call] }, { "role": "tool", "content": "three found" }]);
    let (_, body) =
        send(&simulator, "POST", path, "sk-any", &json!({ "model": "any", "messages": messages })).await;
    assert!(body.contains("three found"), "{body}");
}

#[tokio::test]
async fn chat_refuses_in_its_own_words() {
    let simulator = start(Options::instant()).await;
    for refused in [401, 402, 404, 422, 429, 500, 503] {
        let message = json!({ "role": "user", "content": format!("/{refused}") });
        let asked = json!({ "model": "any", "messages": [message], "stream": true });
        let (head, body) = send(&simulator, "POST", "/v1/chat/completions", "sk-any", &asked).await;
        assert_eq!(status(&head), refused);
        let said: Value = serde_json::from_str(&body).expect("JSON");
        assert!(said["error"]["message"].is_string(), "{body}");
    }
}

#[tokio::test]
async fn models_are_listed() {
    let simulator = start(Options::instant()).await;
    let (head, body) = send(&simulator, "GET", "/v1/models", "sk-any", &Value::Null).await;
    assert_eq!(status(&head), 200);
    let listed: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(listed["object"], "list");
    assert!(listed["data"].as_array().is_some_and(|models| !models.is_empty()));
}
