//! Tools that are part of the server.

use std::time::Duration;

use domain::tools::{Builtin, Pair, Traffic, calculate, tell_time};
use outbound::egress::{Answer, Limits, Request};
use serde_json::{Value, json};

use super::call::{Refused, Trace};
use super::schema;
use crate::Services;

/// The most bytes fetched, and the most characters of text given.
const MAX_FETCH: usize = 1024 * 1024;
const MAX_TEXT: usize = 100_000;

/// Calls one; the arguments match its schema.
pub(super) async fn call(
    services: &Services,
    builtin: Builtin,
    timeout_ms: u32,
    arguments: &Value,
    trace: &mut Trace,
) -> Result<Value, Refused> {
    let text = |name: &str| arguments[name].as_str().unwrap_or_default();
    match builtin {
        Builtin::CurrentTime => {
            tell_time(services.now(), text("zone")).map_err(|why| Refused::new("invalid_arguments", why))
        }
        Builtin::Arithmetic => {
            let value =
                calculate(text("expression")).map_err(|why| Refused::new("invalid_arguments", why))?;
            Ok(json!({ "value": value }))
        }
        Builtin::JsonQuery => query(&arguments["document"], text("path")),
        Builtin::FetchText => fetch(services, text("url"), timeout_ms, trace).await,
        Builtin::AskPerson => Err(Refused::new(
            "needs_execution",
            "A person can be asked only while an execution runs: give the tool to an agent and run it.",
        )),
    }
}

fn query(document: &Value, path: &str) -> Result<Value, Refused> {
    let path = schema::path_of(path).map_err(|why| Refused::new("invalid_arguments", why))?;
    let parsed = document.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let found = path.query(parsed.as_ref().unwrap_or(document)).all();
    Ok(json!({ "found": found }))
}

async fn fetch(services: &Services, url: &str, timeout_ms: u32, trace: &mut Trace) -> Result<Value, Refused> {
    trace.request = Some(Traffic { line: format!("GET {url}"), ..Traffic::default() });
    let limits =
        Limits { time: Duration::from_millis(u64::from(timeout_ms)), bytes: MAX_FETCH, ..Limits::default() };
    let answer = services.upstream().guard.fetch(Request::get(url), limits).await;
    let answer = answer.map_err(|error| Refused::new(error.code(), error.sentence()))?;
    let kind = content_type(&answer);
    let text = String::from_utf8_lossy(&answer.body);
    let plain = if kind.contains("html") { without_markup(&text) } else { text.into_owned() };
    let shown: String = plain.chars().take(MAX_TEXT).collect();
    trace.response = Some(Traffic {
        line: answer.status.to_string(),
        headers: vec![Pair { name: "content-type".to_owned(), value: kind.clone() }],
        body: shown.chars().take(4_000).collect(),
    });
    if answer.status >= 400 {
        return Err(Refused::new("http_status", format!("The address answered {}.", answer.status)));
    }
    Ok(json!({ "url": answer.url.as_str(), "content_type": kind, "text": shown }))
}

pub(super) fn content_type(answer: &Answer) -> String {
    let value = answer.headers.get("content-type").and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// The text of a page, a line for each block.
fn without_markup(html: &str) -> String {
    let broken = html.replace("</p>", "\n</p>").replace("<br", "\n<br").replace("</li>", "\n</li>");
    let bare =
        ammonia::Builder::empty().clean_content_tags(["script", "style"].into()).clean(&broken).to_string();
    let plain = bare
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&");
    let lines = plain.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_scripts_are_left_out() {
        let html =
            "<html><style>p{}</style><p>One &amp; two</p><script>alert(1)</script><ul><li>three</li></ul>";
        assert_eq!(without_markup(html), "One & two\nthree");
    }

    #[test]
    fn documents_are_queried_also_as_text() {
        let found = query(&json!("{\"a\":[1,2]}"), "$.a[*]").expect("finds");
        assert_eq!(found, json!({"found": [1, 2]}));
        assert_eq!(query(&json!({}), "a[").expect_err("no path").code, "invalid_arguments");
    }
}
