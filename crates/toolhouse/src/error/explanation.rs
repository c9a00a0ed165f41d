//! From an answer that is not success to [`Error::Status`].
//!
//! The service explains itself in several ways (`detail` as a sentence or a list, `error`,
//! `message`, plain text) and the edge in front of it in HTML. Whatever comes, one short line
//! leaves here, without the key should the server have echoed it.

use std::time::Duration;

use reqwest::{Response, header::CONTENT_TYPE};
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::{Error, retry_after};

/// An explanation is read only this far.
const READ_BYTES: usize = 64 * 1024;
const READ_TIME: Duration = Duration::from_secs(10);
const SHOWN_CHARS: usize = 300;

const HTML: &str = "the answer was an HTML page instead of an explanation";
const NOTHING: &str = "no explanation was given";
const REDIRECT: &str = "the answer was a redirect, which is not followed";
const KEY_SHOWN_AS: &str = "[key]";

/// Reads what the server has to say about its refusal; a failure to read it is no explanation.
pub(crate) async fn status_error(response: Response, key: &str) -> Error {
    let status = response.status();
    let retry_after = retry_after::read(response.headers());
    let html = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.to_ascii_lowercase().contains("html"));
    let body = beginning(response).await;
    let (detail, details) =
        if status.is_redirection() { (REDIRECT.to_owned(), None) } else { explain(&body, html, key) };
    Error::Status { status: status.as_u16(), detail, details, retry_after }
}

async fn beginning(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    let read = async {
        while let Ok(Some(bytes)) = response.chunk().await {
            body.extend_from_slice(&bytes);
            if body.len() >= READ_BYTES {
                break;
            }
        }
    };
    // Whatever came until then is explained.
    let _: Result<(), _> = timeout(READ_TIME, read).await;
    body.truncate(READ_BYTES);
    body
}

fn explain(body: &[u8], html: bool, key: &str) -> (String, Option<Map<String, Value>>) {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    let start = text.get(..14).unwrap_or(text).to_ascii_lowercase();
    if html || start.starts_with("<!doctype") || start.starts_with("<html") {
        return (HTML.to_owned(), None);
    }
    let json = serde_json::from_slice::<Value>(body).ok();
    let said = match &json {
        Some(Value::Object(object)) => {
            ["detail", "error", "message"].into_iter().find_map(|field| object.get(field).and_then(sentence))
        }
        Some(Value::String(said)) => Some(said.clone()),
        Some(_) => None,
        None => Some(text.to_owned()),
    };
    let detail = said
        .map(|said| fit(&said, key))
        .filter(|said| !said.is_empty())
        .unwrap_or_else(|| NOTHING.to_owned());
    let details = match json {
        Some(Value::Object(mut object)) => match object.remove("details") {
            Some(Value::Object(mut details)) => {
                details.values_mut().for_each(|value| hide(value, key));
                Some(details)
            }
            _ => None,
        },
        _ => None,
    };
    (detail, details)
}

/// A sentence from a string, from a list of field errors, or from an object holding a message.
fn sentence(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Array(items) => {
            let all: Vec<String> = items.iter().filter_map(field_error).collect();
            (!all.is_empty()).then(|| all.join("; "))
        }
        Value::Object(object) => ["message", "msg", "error", "detail"]
            .into_iter()
            .find_map(|field| object.get(field).and_then(Value::as_str))
            .map(str::to_owned),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn field_error(item: &Value) -> Option<String> {
    if let Value::String(text) = item {
        return Some(text.clone());
    }
    let said = item.get("msg").or_else(|| item.get("message"))?.as_str()?;
    let place: Vec<String> = item
        .get("loc")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|step| match step {
            Value::String(name) if name != "body" => Some(name.clone()),
            Value::Number(index) => Some(index.to_string()),
            _ => None,
        })
        .collect();
    Some(if place.is_empty() { said.to_owned() } else { format!("{}: {said}", place.join(".")) })
}

/// One line of at most 300 characters without the key.
pub(crate) fn fit(text: &str, key: &str) -> String {
    short(&hidden(text, key))
}

fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN_CHARS {
        return line;
    }
    let mut cut: String = line.chars().take(SHOWN_CHARS - 1).collect();
    cut.push('…');
    cut
}

fn hidden(text: &str, key: &str) -> String {
    text.replace(key, KEY_SHOWN_AS)
}

fn hide(value: &mut Value, key: &str) {
    match value {
        Value::String(text) => *text = hidden(text, key),
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, key)),
        Value::Object(object) => object.values_mut().for_each(|item| hide(item, key)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: &str) {
        assert_eq!(explain(body.as_bytes(), false, "th-key").0, expected);
    }

    #[test]
    fn every_known_shape_becomes_one_line() {
        check(r#"{"detail":"Chat not found"}"#, "Chat not found");
        check(
            r#"{"detail":[{"loc":["body","vars","x"],"msg":"must be text"},{"loc":["body","list",2],"msg":"too long"}]}"#,
            "vars.x: must be text; list.2: too long",
        );
        check(r#"{"error":"no","message":"later"}"#, "no");
        check(r#"{"error":{"message":"nested","code":3}}"#, "nested");
        check(r#"{"detail":"","message":"second"}"#, "second");
        check(r#""a bare string""#, "a bare string");
        check("plain\n  words", "plain words");
        check("{broken", "{broken");
        check("", NOTHING);
        check("{}", NOTHING);
        check("null", NOTHING);
        check("<!DOCTYPE html><title>x</title>", HTML);
        check("  <html><body>ö</body>", HTML);
    }

    #[test]
    fn the_key_is_never_repeated_and_long_texts_are_cut() {
        check(r#"{"detail":"bad key th-key"}"#, "bad key [key]");
        let (_, details) = explain(br#"{"details":{"k":["th-key"]}}"#, false, "th-key");
        assert_eq!(details.unwrap()["k"][0], KEY_SHOWN_AS);
        let (long, _) = explain("ä".repeat(5000).as_bytes(), false, "th-key");
        assert_eq!(long.chars().count(), SHOWN_CHARS);
    }
}
