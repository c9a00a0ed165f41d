//! The key is shown nowhere: not in `Debug`, not in an error, not by a server that repeats it.

use std::error::Error as _;
use std::time::Duration;

use secrecy::SecretString;
use toolhouse::{Client, Endpoints, Error, Format, Timeouts};

use crate::raw::{Raw, Script, chunked, json, response};
use crate::support::{KEY, client, collect, patient, run};

/// Everything an error can be made to say.
fn told(error: &Error) -> String {
    let mut all = vec![format!("{error} {error:?} {error:#?}")];
    let mut source = error.source();
    while let Some(error) = source {
        all.push(format!("{error} {error:?}"));
        source = error.source();
    }
    all.join(" ")
}

fn check(error: &Error) {
    let told = told(error);
    assert!(!told.contains(KEY) && !told.contains("secret"), "{told}");
}

#[tokio::test]
async fn debug_of_a_client_shows_no_key() {
    let server = Raw::start(vec![json(200, "{}")]).await;
    let client = client(&server.base, patient());
    let shown = format!("{client:?} {client:#?} {:?}", client.endpoints());
    assert!(shown.contains("Client") && !shown.contains(KEY), "{shown}");
}

#[tokio::test]
async fn a_bad_key_is_not_repeated() {
    let error = Client::new(Endpoints::default(), SecretString::from("th-secret key"), patient());
    check(&error.expect_err("refused"));
}

#[tokio::test]
async fn a_server_that_repeats_the_key_is_not_repeated() {
    for script in [
        json(401, &format!("{{\"detail\":\"Unknown key {KEY}\"}}")),
        json(
            400,
            &format!(
                "{{\"error\":\"no\",\"details\":{{\"key\":[\"{KEY}\"],\"deep\":{{\"k\":\"Bearer {KEY}\"}}}}}}"
            ),
        ),
        json(422, &format!("{{\"detail\":[{{\"loc\":[\"header\"],\"msg\":\"bad {KEY}\"}}]}}")),
        response(500, "", &format!("Bearer {KEY}")),
        response(200, "content-type: text/html\r\n", &format!("<html>{KEY}</html>")),
        Script::say(format!("{KEY}\r\n\r\n")),
    ] {
        let server = Raw::start(vec![script]).await;
        check(&run(&client(&server.base, patient()), "hello", Format::Text).await.expect_err("refused"));
    }
    for body in
        [format!("{{\"api_key\":\"{KEY}\"}}"), format!("{{\"api_key\":\"{KEY}\""), format!("\"{KEY}\"")]
    {
        let server = Raw::start(vec![json(200, &body)]).await;
        let client = client(&server.base, patient());
        check(&client.me().await.expect_err("no account"));
        check(&client.agent(crate::support::AGENT).await.expect_err("no agent"));
        check(&client.agent_runs().await.expect_err("no runs"));
    }
}

#[tokio::test]
async fn a_stream_that_repeats_the_key_in_its_error_is_not_repeated() {
    let line = format!("{{\"type\":\"error\",\"error\":\"bad key {KEY}\"}}\n");
    let server = Raw::start(vec![Script::say(chunked("", &[line.as_bytes()]))]).await;
    let run = run(&client(&server.base, patient()), "hello", Format::Ndjson).await.expect("begins");
    check(&collect(run).await.1.expect_err("the stream fails"));
}

#[tokio::test]
async fn failures_below_http_show_no_key() {
    let short = Duration::from_millis(50);
    for script in [
        Script::say(""),
        Script::then_silence(""),
        Script::say("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx"),
    ] {
        let server = Raw::start(vec![script]).await;
        let client = client(&server.base, Timeouts { first_byte: short, unary: short, ..patient() });
        check(&client.me().await.expect_err("fails"));
        match run(&client, "hello", Format::Text).await {
            Ok(run) => check(&collect(run).await.1.expect_err("fails")),
            Err(error) => check(&error),
        }
    }
}
