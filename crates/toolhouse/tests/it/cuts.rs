//! A stream cut at any byte: a clean result or an error, never a panic, and what was said until
//! then is true.

use toolhouse::{Chunk, Error, Format};

use crate::raw::{Raw, Script, chunked};
use crate::support::{client, collect, patient, run, text};

/// Cuts the response at every place and checks what comes of it.
async fn check(response: Vec<u8>, format: Format) {
    let head = response.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    let scripts = (0..=response.len()).map(|at| Script::say(&response[..at])).collect();
    let server = Raw::start(scripts).await;
    let client = client(&server.base, patient());
    let mut outcomes = Vec::new();
    for at in 0..=response.len() {
        match run(&client, "hello", format).await {
            Ok(run) => {
                assert!(at >= head, "headers were not complete at {at}");
                assert_eq!(run.run_id.as_deref(), Some("run-1"));
                outcomes.push((at, collect(run).await));
            }
            Err(error) => {
                assert!(at < head, "cut at {at} of {}: {error:?}", response.len());
                assert!(matches!(error, Error::Lost(_)), "cut at {at}: {error:?}");
                assert!(error.sent() && error.in_doubt());
            }
        }
    }
    let (_, (whole, end)) = outcomes.pop().expect("the last is whole");
    assert!(end.is_ok() && !whole.is_empty(), "{end:?}");
    let calls = |chunks: &[Chunk]| {
        chunks.iter().filter(|chunk| !matches!(chunk, Chunk::Text(_))).cloned().collect::<Vec<_>>()
    };
    let mut partial = 0;
    for (at, (chunks, end)) in outcomes {
        assert!(text(&whole).starts_with(&text(&chunks)), "cut at {at}: {chunks:?}");
        assert!(calls(&whole).starts_with(&calls(&chunks)), "cut at {at}: {chunks:?}");
        match end {
            Ok(()) => assert_eq!(text(&chunks), text(&whole), "a cut at {at} passed for an end"),
            Err(error) => {
                assert!(matches!(error, Error::Cut(_)) && error.in_doubt(), "cut at {at}: {error:?}");
                partial += 1;
            }
        }
    }
    assert!(partial > 0);
}

#[tokio::test]
async fn a_text_cut_at_any_byte_is_a_prefix_or_whole() {
    let pieces: [&[u8]; 4] = ["Grü".as_bytes(), b"\xc3", b"\x9fe, ", "東京 🦊.".as_bytes()];
    check(chunked("content-type: text/plain; charset=utf-8\r\n", &pieces), Format::Text).await;
}

#[tokio::test]
async fn lines_cut_at_any_byte_are_whole_lines() {
    let lines = "{\"type\":\"text-delta\",\"textDelta\":\"Hé\"}\n\n{\"type\":\"tool-call\",\"toolCallId\":\"c\",\"toolName\":\"t\",\"args\":{}}\n{\"type\":\"finish\"}\n";
    let (left, right) = lines.as_bytes().split_at(33);
    check(chunked("content-type: application/x-ndjson\r\n", &[left, right]), Format::Ndjson).await;
}

#[tokio::test]
async fn events_cut_at_any_byte_are_whole_events() {
    let events = "data: Grüße\n\ndata: und\ndata: mehr\n\ndata: [DONE]\n\n";
    let (left, right) = events.as_bytes().split_at(9);
    check(chunked("content-type: text/event-stream\r\n", &[left, right]), Format::Text).await;
}

#[tokio::test]
async fn an_answer_with_a_length_cut_at_any_byte_is_cut() {
    let body = "Grüße, 東京";
    let head = format!(
        "HTTP/1.1 200 OK\r\nX-Toolhouse-Run-Id: run-1\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    check([head.as_bytes(), body.as_bytes()].concat(), Format::Text).await;
}

#[tokio::test]
async fn an_answer_without_a_length_ends_with_its_connection() {
    let server =
        Raw::start(vec![Script::say("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nall there is")]).await;
    let run = run(&client(&server.base, patient()), "hello", Format::Text).await.expect("begins");
    assert_eq!(run.run_id, None);
    let (chunks, end) = collect(run).await;
    assert!(end.is_ok());
    assert_eq!(text(&chunks), "all there is");
}
