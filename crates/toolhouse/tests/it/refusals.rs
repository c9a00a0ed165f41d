//! Answers that say no: their status, their explanation and their wait.

use std::time::Duration;

use toolhouse::{Error, Format};

use crate::raw::{Raw, Script, json, response};
use crate::support::{client, patient, run};

async fn refused(script: Script) -> Error {
    let server = Raw::start(vec![script]).await;
    let error = run(&client(&server.base, patient()), "hello", Format::Text).await.expect_err("refused");
    assert_eq!(server.requests().len(), 1, "nothing is sent twice");
    error
}

fn detail(error: &Error) -> &str {
    match error {
        Error::Status { detail, .. } => detail,
        other => panic!("not a status: {other:?}"),
    }
}

#[tokio::test]
async fn each_status_tells_what_it_means_with_and_without_a_wait() {
    for status in [400, 401, 402, 403, 404, 406, 408, 413, 422, 425, 429, 500, 501, 502, 503, 504, 529] {
        for (header, wait) in [("", None), ("retry-after: 7\r\n", Some(7)), ("Retry-After: soon\r\n", None)] {
            let error = refused(response(status, header, "{\"detail\":\"No, thank you\"}")).await;
            assert_eq!(error.status(), Some(status));
            assert_eq!(error.retry_after(), wait.map(Duration::from_secs), "{status} {header}");
            assert_eq!(detail(&error), "No, thank you");
            assert!(error.sent());
            assert_eq!(error.in_doubt(), matches!(status, 500 | 502 | 504 | 529), "{status}");
            assert_eq!(error.is_out_of_credits(), status == 402);
            assert_eq!(error.is_unauthorised(), status == 401);
            assert_eq!(error.to_string(), format!("Toolhouse answered {status}: No, thank you"));
        }
    }
}

#[tokio::test]
async fn a_date_to_wait_for_is_read_against_the_servers_own_clock() {
    let headers = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:50:07 GMT\r\n";
    let error = refused(response(429, headers, "")).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
}

#[tokio::test]
async fn the_403_of_a_missing_key_is_about_the_key() {
    assert!(refused(json(403, "{\"detail\":\"Not authenticated\"}")).await.is_unauthorised());
    assert!(!refused(json(403, "{\"detail\":\"You don't have permission\"}")).await.is_unauthorised());
}

#[tokio::test]
async fn field_errors_become_one_sentence() {
    let body = r#"{"detail":[{"loc":["body","vars","x"],"msg":"must be text","type":"string_type"},{"loc":["body","chat_id"],"msg":"field required","type":"missing"}]}"#;
    assert_eq!(detail(&refused(json(422, body)).await), "vars.x: must be text; chat_id: field required");
}

#[tokio::test]
async fn explanations_are_found_wherever_they_stand() {
    for (body, expected) in [
        (r#"{"error":"Chat is archived"}"#, "Chat is archived"),
        (r#"{"message":"Slow down"}"#, "Slow down"),
        (r#"{"detail":{"message":"Nested"}}"#, "Nested"),
        ("just words\nand more", "just words and more"),
        ("{}", "no explanation was given"),
        ("", "no explanation was given"),
    ] {
        assert_eq!(detail(&refused(json(400, body)).await), expected, "{body}");
    }
}

#[tokio::test]
async fn the_details_of_an_answer_are_kept() {
    let error = refused(json(400, r#"{"error":"Invalid","details":{"model":"unknown"}}"#)).await;
    let Error::Status { details: Some(details), .. } = error else { panic!("no details: {error:?}") };
    assert_eq!(details["model"], "unknown");
}

#[tokio::test]
async fn pages_are_named_and_never_quoted() {
    let page = "<!DOCTYPE html><html><body><h1>502 Bad gateway</h1>secret internals</body></html>";
    for (status, headers) in [
        (500, "content-type: text/html; charset=utf-8\r\n"),
        (502, "content-type: TEXT/HTML\r\n"),
        (503, ""),
        (403, "content-type: application/json\r\n"),
    ] {
        let error = refused(response(status, headers, page)).await;
        assert_eq!(error.status(), Some(status));
        assert_eq!(detail(&error), "the answer was an HTML page instead of an explanation");
        assert!(!format!("{error:?}").contains("secret internals"));
    }
}

#[tokio::test]
async fn an_explanation_that_breaks_off_is_still_a_status() {
    let script = Script::say(
        "HTTP/1.1 503 Busy\r\ncontent-length: 90\r\nretry-after: 2\r\nconnection: close\r\n\r\nonly the beg",
    );
    let error = refused(script).await;
    assert_eq!((error.status(), detail(&error)), (Some(503), "only the beg"));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(2)));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Raw::start(vec![json(200, "{}")]).await;
    let error = refused(response(307, &format!("location: {}\r\n", elsewhere.base), "")).await;
    assert_eq!(error.status(), Some(307));
    assert!(!error.in_doubt());
    assert!(elsewhere.requests().is_empty(), "the key went elsewhere");
}
