//! Streams that end well, whatever form they come in.

use futures::StreamExt as _;
use serde_json::json;
use toolhouse::{Chunk, Format};

use crate::raw::{Raw, Script, chunked};
use crate::support::{AGENT, client, collect, patient, run, say, text, words};

async fn read(response: Vec<u8>, format: Format) -> Vec<Chunk> {
    let server = Raw::start(vec![Script::say(response)]).await;
    let run = run(&client(&server.base, patient()), "hello", format).await.expect("begins");
    let (chunks, end) = collect(run).await;
    end.expect("ends well");
    chunks
}

#[tokio::test]
async fn a_character_split_between_pieces_stays_whole() {
    let whole = "Grüße, 東京 🦊!";
    for at in 0..=whole.len() {
        let (left, right) = whole.as_bytes().split_at(at);
        let pieces: Vec<&[u8]> = [left, right].into_iter().filter(|piece| !piece.is_empty()).collect();
        let chunks = read(chunked("", &pieces), Format::Text).await;
        assert_eq!(text(&chunks), whole);
        assert!(chunks.iter().all(|chunk| *chunk != Chunk::Text(String::new())));
    }
}

#[tokio::test]
async fn a_first_byte_never_decides_the_format() {
    let body = "{\"type\":\"error\",\"error\":\"an answer in JSON\"}\n";
    for content_type in ["", "content-type: application/json\r\n", "content-type: text/plain\r\n"] {
        assert_eq!(text(&read(chunked(content_type, &[body.as_bytes()]), Format::Text).await), body);
    }
}

#[tokio::test]
async fn unknown_types_blank_lines_and_other_spellings_are_borne() {
    let body = concat!(
        "{\"type\":\"step_begin\"}\n\n   \r\n",
        "{\"type\":\"text_delta\",\"delta\":\"One \"}\n",
        "{\"type\":\"text\",\"content\":\"two\"}\n",
        "{\"type\":\"tool_call\",\"id\":\"c\",\"name\":\"find\",\"arguments\":\"{}\"}\n",
        "{\"type\":\"tool-result\",\"tool_call_id\":\"c\",\"tool_name\":\"find\",\"content\":\"ok\"}\n",
        "[1,2]\nhello\n",
        "{\"type\":\"finish\",\"reason\":\"stop\"}",
    );
    let chunks = read(chunked("", &[body.as_bytes()]), Format::Ndjson).await;
    let (id, name) = ("c".to_owned(), "find".to_owned());
    assert_eq!(
        chunks,
        [
            Chunk::Raw("{\"type\":\"step_begin\"}".to_owned()),
            Chunk::Text("One ".to_owned()),
            Chunk::Text("two".to_owned()),
            Chunk::ToolCall { id: id.clone(), name: name.clone(), input: json!("{}") },
            Chunk::ToolResult { id, name, output: json!("ok") },
            Chunk::Raw("[1,2]".to_owned()),
            Chunk::Raw("hello".to_owned()),
            Chunk::Finish { reason: Some("stop".to_owned()) },
        ]
    );
}

#[tokio::test]
async fn events_end_at_done_even_when_the_connection_stays_open() {
    let mut response = chunked(
        "content-type: text/event-stream; charset=utf-8\r\n",
        &[b"event: x\ndata: Hello\ndata: you\n\n: note\n\ndata: [DONE]\n\n"],
    );
    response.truncate(response.len() - b"0\r\n\r\n".len());
    let server = Raw::start(vec![Script::then_silence(response)]).await;
    let run = run(&client(&server.base, patient()), "hello", Format::Text).await.expect("begins");
    let (said, end) = words(run).await;
    assert!(end.is_ok());
    assert_eq!(said, "Hello\nyou");
}

#[tokio::test]
async fn a_run_is_given_before_any_byte_of_its_answer() {
    let mut begun = chunked("", &[]);
    begun.truncate(begun.len() - b"0\r\n\r\n".len());
    let server = Raw::start(vec![Script::then_silence(begun)]).await;
    let run = run(&client(&server.base, patient()), "hello", Format::Text).await.expect("begins");
    assert_eq!(run.run_id.as_deref(), Some("run-1"));
    assert!(format!("{run:?}").contains("run-1"));
}

#[tokio::test]
async fn a_continued_run_keeps_its_id_when_none_is_repeated() {
    let server =
        Raw::start(vec![Script::say("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")])
            .await;
    let client = client(&server.base, patient());
    let mut run = client.continue_run(AGENT, "run-7", &say("more"), Format::Ndjson).await.expect("begins");
    assert_eq!(run.run_id.as_deref(), Some("run-7"));
    assert!(matches!(run.chunks.next().await, Some(Ok(Chunk::Raw(line))) if line == "ok"));
    assert!(server.requests()[0].starts_with(&format!("PUT /ndjson/{AGENT}/run-7 HTTP")));
}

#[tokio::test]
async fn an_id_that_cannot_stand_in_a_path_is_no_id() {
    for id in ["a/b", "", "  "] {
        let response = format!(
            "HTTP/1.1 200 OK\r\nx-toolhouse-run-id: {id}\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"
        );
        let server = Raw::start(vec![Script::say(response)]).await;
        let run = run(&client(&server.base, patient()), "hello", Format::Text).await.expect("begins");
        assert_eq!(run.run_id, None);
    }
}
