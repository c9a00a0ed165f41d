//! The reference page: every operation with its parameters, bodies, answers and a `curl` line.

use std::fmt::Write as _;

use domain::Kind;
use serde_json::Value;

use super::example::of_content;

/// An operation and where it lives.
struct Operation<'a> {
    method: String,
    path: &'a str,
    about: &'a Value,
}

impl Operation<'_> {
    fn id(&self) -> &str {
        self.about["operationId"].as_str().unwrap_or_default()
    }
}

/// Writes the page for a document.
pub(super) fn render(document: &Value) -> String {
    let operations = operations(document);
    let mut html = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>API reference · Shopfloor</title>\n<link rel=\"stylesheet\" href=\"/api/docs.css\">\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#reference\">Skip to the reference</a>\n",
    );
    contents(&mut html, document, &operations);
    html.push_str("<main id=\"reference\">\n");
    let (version, about) = (text(&document["info"]["version"]), prose(&document["info"]["description"]));
    put(
        &mut html,
        format_args!(
            "<h1>API reference</h1>\n<p>Version {version}. <a href=\"/api/openapi.json\">OpenAPI 3.1 document</a></p>\n<p>{about}</p>\n"
        ),
    );
    for tag in document["tags"].as_array().into_iter().flatten() {
        let name = text(&tag["name"]);
        put(
            &mut html,
            format_args!("<h2 id=\"{}\">{name}</h2>\n<p>{}</p>\n", anchor(&name), prose(&tag["description"])),
        );
        for operation in operations.iter().filter(|operation| operation.about["tags"][0] == tag["name"]) {
            section(&mut html, document, operation);
        }
    }
    codes(&mut html);
    html.push_str("</main>\n</body>\n</html>\n");
    html
}

/// Every operation, in the order of paths.
fn operations(document: &Value) -> Vec<Operation<'_>> {
    let items = document["paths"].as_object().into_iter().flatten();
    items
        .flat_map(|(path, item)| {
            item.as_object().into_iter().flatten().map(move |(method, about)| Operation {
                method: method.to_uppercase(),
                path,
                about,
            })
        })
        .collect()
}

fn contents(html: &mut String, document: &Value, operations: &[Operation<'_>]) {
    html.push_str("<nav aria-label=\"Contents\">\n<p class=\"brand\"><a href=\"/\">Shopfloor</a></p>\n");
    for tag in document["tags"].as_array().into_iter().flatten() {
        let name = text(&tag["name"]);
        put(html, format_args!("<p><a href=\"#{}\">{name}</a></p>\n<ul>\n", anchor(&name)));
        for operation in operations.iter().filter(|operation| operation.about["tags"][0] == tag["name"]) {
            let summary = text(&operation.about["summary"]);
            put(html, format_args!("<li><a href=\"#{}\">{summary}</a></li>\n", operation.id()));
        }
        html.push_str("</ul>\n");
    }
    html.push_str("<p><a href=\"#codes\">Problem codes</a></p>\n</nav>\n");
}

fn section(html: &mut String, document: &Value, operation: &Operation<'_>) {
    let (id, about) = (operation.id(), operation.about);
    put(
        html,
        format_args!(
            "<section aria-labelledby=\"{id}\">\n<h3 id=\"{id}\">{}</h3>\n",
            text(&about["summary"])
        ),
    );
    put(
        html,
        format_args!(
            "<p class=\"address\"><strong>{}</strong> <code>{}</code></p>\n",
            operation.method,
            escape(operation.path)
        ),
    );
    put(html, format_args!("<p>{}</p>\n", prose(&about["description"])));
    parameters(html, &about["parameters"]);
    let body = &about["requestBody"];
    for (media, content) in body["content"].as_object().into_iter().flatten() {
        let optional = if body["required"] == true { "" } else { ", may be left out" };
        put(html, format_args!("<h4>Body <small>{}{optional}</small></h4>\n", escape(media)));
        sample(html, &of_content(document, content));
    }
    answers(html, document, &about["responses"]);
    html.push_str("<h4>curl</h4>\n");
    put(
        html,
        format_args!(
            "<pre tabindex=\"0\"><code>{}</code></pre>\n</section>\n",
            escape(&curl(document, operation))
        ),
    );
}

fn parameters(html: &mut String, parameters: &Value) {
    let Some(parameters) = parameters.as_array().filter(|all| !all.is_empty()) else { return };
    html.push_str("<h4>Parameters</h4>\n<table>\n<thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Where</th><th scope=\"col\">What</th></tr></thead>\n<tbody>\n");
    for parameter in parameters {
        let (name, place) = (text(&parameter["name"]), text(&parameter["in"]));
        let must = if parameter["required"] == true { "" } else { ", optional" };
        let what = prose(&parameter["description"]);
        put(
            html,
            format_args!(
                "<tr><th scope=\"row\"><code>{name}</code></th><td>{place}{must}</td><td>{what}</td></tr>\n"
            ),
        );
    }
    html.push_str("</tbody>\n</table>\n");
}

/// Answers that went well with an example each, then the refusals as links.
fn answers(html: &mut String, document: &Value, responses: &Value) {
    let mut refusals = Vec::new();
    html.push_str("<h4>Answers</h4>\n");
    for (status, response) in responses.as_object().into_iter().flatten() {
        if response["$ref"].is_string() {
            refusals.push(format!("<a href=\"#status-{status}\">{status}</a>"));
            continue;
        }
        put(html, format_args!("<p><strong>{status}</strong> {}</p>\n", prose(&response["description"])));
        for (media, content) in response["content"].as_object().into_iter().flatten() {
            put(html, format_args!("<p class=\"media\">{}</p>\n", escape(media)));
            sample(html, &of_content(document, content));
        }
    }
    put(html, format_args!("<p>Problems: {}.</p>\n", refusals.join(", ")));
}

fn sample(html: &mut String, value: &Value) {
    let shown = match value {
        Value::String(text) => text.clone(),
        other => format!("{other:#}"),
    };
    put(html, format_args!("<pre tabindex=\"0\"><code>{}</code></pre>\n", escape(shown.trim_end())));
}

/// A line for the shell.
fn curl(document: &Value, operation: &Operation<'_>) -> String {
    let about = operation.about;
    let open =
        about["security"].as_array().is_some_and(|all| all.iter().all(|one| one == &serde_json::json!({})));
    let mut line = String::from("curl -s");
    if operation.method != "GET" {
        put(&mut line, format_args!(" -X {}", operation.method));
    }
    put(&mut line, format_args!(" \"$SHOPFLOOR_URL{}\"", operation.path));
    if !open {
        let token = if operation.path.starts_with("/auth/") { "ACCESS_TOKEN" } else { "SHOPFLOOR_KEY" };
        put(&mut line, format_args!(" \\\n  -H \"Authorization: Bearer ${token}\""));
    }
    if let Some(content) = about["requestBody"]["content"].get("application/json") {
        let body = of_content(document, content).to_string().replace('\'', "'\\''");
        put(&mut line, format_args!(" \\\n  -H \"Content-Type: application/json\" \\\n  -d '{body}'"));
    }
    line
}

/// Every code, by status.
fn codes(html: &mut String) {
    html.push_str("<h2 id=\"codes\">Problem codes</h2>\n<p>Errors are <code>application/problem+json</code>: <code>type</code>, <code>title</code>, <code>status</code>, <code>code</code>, <code>detail</code>, <code>errors</code> and <code>request_id</code>. Programs decide by <code>code</code>.</p>\n<table>\n<thead><tr><th scope=\"col\">Code</th><th scope=\"col\">Status</th><th scope=\"col\">Meaning</th></tr></thead>\n<tbody>\n");
    let mut before = 0;
    for kind in Kind::ALL {
        let (code, status) = (kind.code(), kind.status());
        let first = if status == before { String::new() } else { format!(" id=\"status-{status}\"") };
        before = status;
        put(
            html,
            format_args!(
                "<tr id=\"code-{code}\"><th scope=\"row\"><code>{code}</code></th><td{first}>{status}</td><td>{}</td></tr>\n",
                escape(kind.title())
            ),
        );
    }
    html.push_str("</tbody>\n</table>\n");
}

fn put(html: &mut String, piece: std::fmt::Arguments<'_>) {
    // Writing into a text cannot fail.
    let _ = html.write_fmt(piece);
}

fn anchor(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

fn text(value: &Value) -> String {
    escape(value.as_str().unwrap_or_default())
}

/// A description: `code` between backticks becomes code.
fn prose(value: &Value) -> String {
    let mut html = String::new();
    for (place, piece) in value.as_str().unwrap_or_default().split('`').enumerate() {
        let piece = escape(piece);
        if place % 2 == 1 {
            put(&mut html, format_args!("<code>{piece}</code>"));
        } else {
            html.push_str(&piece);
        }
    }
    html
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_and_code_is_on_the_page() {
        let document = serde_json::to_value(crate::api::open_api()).expect("a document is JSON");
        let html = render(&document);
        for operation in operations(&document) {
            assert!(html.contains(&format!("<h3 id=\"{}\">", operation.id())), "{}", operation.id());
        }
        for kind in Kind::ALL {
            assert!(html.contains(&format!("id=\"code-{}\"", kind.code())), "{kind:?}");
        }
        for forbidden in ["<script", "style=", "src=", "href=\"http", "url(", ">null</code></pre>"] {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
    }

    #[test]
    fn text_is_escaped_and_backticks_are_code() {
        assert_eq!(prose(&Value::from("a < `b`")), "a &lt; <code>b</code>");
    }
}
