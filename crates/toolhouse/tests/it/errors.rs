//! Every class of error, and what each says about whether the request was sent and acted on.

use std::time::Duration;

use secrecy::SecretString;
use tokio::net::TcpListener;
use toolhouse::{Client, Endpoints, Error, Format, Limit, Timeouts};
use url::Url;

use crate::raw::{Raw, Script, chunked, json, response};
use crate::support::{AGENT, KEY, client, collect, patient, run, say, text};

const SHORT: Duration = Duration::from_millis(60);

/// The error that a run ends with, at its beginning or in its stream.
async fn failure(script: Script, timeouts: Timeouts, format: Format) -> Error {
    let server = Raw::start(vec![script]).await;
    match run(&client(&server.base, timeouts), "hello", format).await {
        Ok(run) => collect(run).await.1.expect_err("the stream fails"),
        Err(error) => error,
    }
}

/// The error of a request that is answered whole.
async fn unary_failure(script: Script, timeouts: Timeouts) -> Error {
    let server = Raw::start(vec![script]).await;
    client(&server.base, timeouts).me().await.expect_err("the request fails")
}

fn check(error: &Error, sent: bool, in_doubt: bool) {
    assert_eq!((error.sent(), error.in_doubt()), (sent, in_doubt), "{error:?}");
    assert_eq!(error.status(), None);
    assert_eq!(error.retry_after(), None);
}

#[tokio::test]
async fn a_key_no_header_can_carry_is_refused_before_anything_is_sent() {
    for key in ["", "th-with space", "th-line\nbreak", "th-ü"] {
        let error =
            Client::new(Endpoints::default(), SecretString::from(key), patient()).expect_err("refused");
        assert!(matches!(error, Error::BadKey), "{error:?}");
        check(&error, false, false);
    }
}

#[tokio::test]
async fn an_address_that_is_not_http_is_refused_by_name() {
    let file: Url = "file:///etc".parse().expect("an address");
    let endpoints = Endpoints { tools: file, ..Endpoints::default() };
    let error = Client::new(endpoints, SecretString::from(KEY), patient()).expect_err("refused");
    assert!(matches!(error, Error::BadEndpoint("tools")), "{error:?}");
    check(&error, false, false);
}

#[tokio::test]
async fn a_run_id_that_would_leave_its_path_segment_is_refused() {
    let server = Raw::start(vec![json(200, "[]")]).await;
    let client = client(&server.base, patient());
    for id in ["", "a/b", "..", "a?b", "ä", &"x".repeat(200)] {
        let error = client.continue_run(AGENT, id, &say("more"), Format::Text).await.expect_err("refused");
        assert!(matches!(error, Error::BadRunId), "{error:?}");
        check(&error, false, false);
        check(&client.history(AGENT, id).await.expect_err("refused"), false, false);
        check(&client.agent_run(id).await.expect_err("refused"), false, false);
        check(&client.continue_agent_run(id, "more").await.expect_err("refused"), false, false);
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn no_connection_means_nothing_was_sent() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let base: Url = format!("http://{address}").parse().expect("a valid address");
    let error = run(&client(&base, patient()), "hello", Format::Text).await.expect_err("nobody listens");
    assert!(matches!(error, Error::Connect(_)), "{error:?}");
    check(&error, false, false);
}

#[tokio::test]
async fn headers_that_never_come_are_a_silence() {
    let timeouts = Timeouts { first_byte: SHORT, ..patient() };
    let error =
        failure(Script::then_silence("HTTP/1.1 200 OK\r\nx-toolhouse-run"), timeouts, Format::Text).await;
    assert!(matches!(error, Error::Silence { limit: Limit::FirstByte, waited: SHORT }), "{error:?}");
    check(&error, true, true);

    let timeouts = Timeouts { unary: SHORT, ..patient() };
    let error = unary_failure(Script::then_silence(""), timeouts).await;
    assert!(matches!(error, Error::Silence { limit: Limit::Unary, waited: SHORT }), "{error:?}");
    check(&error, true, true);
}

#[tokio::test]
async fn headers_later_than_the_whole_run_may_take_are_a_deadline() {
    let timeouts = Timeouts { total: Some(SHORT), ..patient() };
    let error = failure(Script::then_silence(""), timeouts, Format::Text).await;
    assert!(matches!(error, Error::Deadline { limit: SHORT }), "{error:?}");
    check(&error, true, true);
}

#[tokio::test]
async fn a_connection_closed_before_headers_is_lost() {
    for bytes in ["", "HTTP/1.1 200", "not http at all\r\n\r\n"] {
        let error = failure(Script::say(bytes), patient(), Format::Text).await;
        assert!(matches!(error, Error::Lost(_)), "{bytes:?}: {error:?}");
        check(&error, true, true);
    }
}

#[tokio::test]
async fn a_whole_answer_that_breaks_off_is_cut() {
    let script =
        Script::say("HTTP/1.1 200 OK\r\ncontent-length: 50\r\nconnection: close\r\n\r\n{\"user_id\":");
    let error = unary_failure(script, patient()).await;
    assert!(matches!(error, Error::Cut(_)), "{error:?}");
    check(&error, true, true);
}

#[tokio::test]
async fn a_stream_that_falls_silent_is_idle_and_keeps_what_came() {
    let mut begun = chunked("", &[b"so far"]);
    begun.truncate(begun.len() - b"0\r\n\r\n".len());
    let server = Raw::start(vec![Script::then_silence(begun)]).await;
    let client = client(&server.base, Timeouts { idle: SHORT, ..patient() });
    let (chunks, end) = collect(run(&client, "hello", Format::Text).await.expect("begins")).await;
    assert_eq!(text(&chunks), "so far");
    let error = end.expect_err("falls silent");
    assert!(matches!(error, Error::Idle { waited: SHORT }), "{error:?}");
    check(&error, true, true);
}

#[tokio::test]
async fn a_trickle_under_the_idle_limit_ends_at_the_total_limit() {
    let limit = Duration::from_millis(250);
    let mut begun = chunked("", &[]);
    begun.truncate(begun.len() - b"0\r\n\r\n".len());
    let mut pieces = vec![begun];
    pieces.resize(100_000, b"1\r\n.\r\n".to_vec());
    let script = Script { pieces, pause: Duration::from_millis(5), hold: true };
    let timeouts = Timeouts { total: Some(limit), ..patient() };
    let server = Raw::start(vec![script]).await;
    let (chunks, end) =
        collect(run(&client(&server.base, timeouts), "hello", Format::Text).await.expect("begins")).await;
    assert!(!chunks.is_empty());
    let error = end.expect_err("is never whole");
    assert!(matches!(error, Error::Deadline { limit: given } if given == limit), "{error:?}");
    check(&error, true, true);
}

#[tokio::test]
async fn a_trickle_that_ends_within_the_total_limit_is_whole() {
    let whole = chunked("", &["Grüße, 東京 🦊".as_bytes()]);
    let pieces = whole.iter().map(|byte| vec![*byte]).collect();
    let script = Script { pieces, pause: Duration::from_millis(1), hold: true };
    let server = Raw::start(vec![script]).await;
    let (chunks, end) =
        collect(run(&client(&server.base, patient()), "hello", Format::Text).await.expect("begins")).await;
    assert!(end.is_ok(), "{end:?}");
    assert_eq!(text(&chunks), "Grüße, 東京 🦊");
}

#[tokio::test]
async fn an_error_in_the_stream_is_reported_and_not_in_doubt() {
    let body = format!("{}\n", serde_json::json!({ "type": "error", "error": "x".repeat(1000) }));
    let script = Script::say(chunked("", &[body.as_bytes()]));
    let error = failure(script, patient(), Format::Ndjson).await;
    assert!(matches!(&error, Error::Reported { detail } if detail.chars().count() == 300), "{error:?}");
    check(&error, true, false);
}

#[tokio::test]
async fn a_line_without_end_is_too_large() {
    let script = Script::say(chunked("", &[&vec![b'x'; 1_100_000]]));
    let error = failure(script, patient(), Format::Ndjson).await;
    assert!(matches!(error, Error::TooLarge { .. }), "{error:?}");
    check(&error, true, true);
}

#[tokio::test]
async fn answers_that_are_not_the_contract_are_not_understood() {
    for body in ["{broken", "[]", "{}", "7", ""] {
        let error = unary_failure(json(200, body), patient()).await;
        assert!(matches!(error, Error::Decode { what: "the account", .. }), "{body}: {error:?}");
        check(&error, true, true);
    }
}

#[tokio::test]
async fn a_page_in_place_of_an_answer_is_not_what_the_agent_said() {
    let page = response(200, "content-type: text/html\r\n", "<html>Sign in</html>");
    let error = failure(page, patient(), Format::Text).await;
    assert!(matches!(error, Error::Decode { .. }), "{error:?}");
}
