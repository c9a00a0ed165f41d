//! A call of an HTTP endpoint: the request is made from templates and arguments, sent through the
//! guard, and its answer cut to what the tool wants. Values of secrets exist only in what is sent;
//! everything that is shown or told is made without them, and searched for them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use domain::Problem;
use domain::ids::WorkspaceId;
use domain::secrets::SecretText;
use domain::tools::{HttpTool, Pair, Part, ToolConfig, Traffic, parts};
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use outbound::egress::{Answer, Guard, Limits, Request};
use serde_json::{Map, Value};

use super::call::{Refused, Trace};
use super::{builtin, schema};
use crate::Services;

/// The most characters of a body shown.
const SHOWN: usize = 16_000;

/// Values of secrets by name.
type Values = BTreeMap<String, SecretText>;

/// Judges what can be judged of an address before anybody calls it.
pub(super) fn check(guard: &Guard, tool: &HttpTool) -> Result<(), Problem> {
    let example = fill(&tool.url, &Map::new(), None, escape).unwrap_or_default();
    guard.check(&example).map(drop).map_err(|refusal| Problem::field("url", refusal.to_string()))
}

/// Calls the endpoint; the arguments match the schema.
pub(super) async fn call(
    services: &Services,
    workspace: WorkspaceId,
    config: &ToolConfig,
    tool: &HttpTool,
    arguments: &Value,
    trace: &mut Trace,
) -> Result<Value, Refused> {
    let none = Map::new();
    let arguments = arguments.as_object().unwrap_or(&none);
    let mut values = Values::new();
    for name in config.secrets() {
        let value = services.secrets().named(workspace, name).await.ok().flatten();
        let value = value.ok_or_else(|| {
            Refused::new("secret_missing", format!("There is no secret {name}. Ask an admin to set it."))
        })?;
        values.insert(name.to_owned(), value);
    }
    let shown = Message::of(tool, arguments, None);
    trace.request = Some(shown.traffic(tool));
    let sent = Message::of(tool, arguments, Some(&values));
    let limits = Limits {
        time: Duration::from_millis(u64::from(config.timeout_ms)),
        bytes: usize::try_from(tool.max_bytes).unwrap_or(usize::MAX),
        ..Limits::default()
    };
    let answer = services.upstream().guard.fetch(sent.request(tool)?, limits).await;
    let answer = answer.map_err(|error| Refused::new(error.code(), error.sentence()))?;
    let body = mask(&String::from_utf8_lossy(&answer.body), &values);
    trace.response = Some(Traffic {
        line: answer.status.to_string(),
        headers: headers_shown(&answer, &values),
        body: body.chars().take(SHOWN).collect(),
    });
    if answer.status >= 400 {
        let begin = domain::text::headline(&body, 500);
        return Err(Refused::new("http_status", format!("The endpoint answered {}: {begin}", answer.status)));
    }
    result(tool, &answer, body)
}

/// The part of the answer that the tool wants.
fn result(tool: &HttpTool, answer: &Answer, body: String) -> Result<Value, Refused> {
    let json = serde_json::from_str::<Value>(&body).ok();
    let Some(path) = &tool.result_path else {
        return Ok(json.unwrap_or(Value::String(body)));
    };
    let path = schema::path_of(path).map_err(|why| Refused::new("result_path", why))?;
    let json = json.ok_or_else(|| {
        let kind = builtin::content_type(answer);
        Refused::new(
            "unreadable_answer",
            format!("The endpoint answered something other than JSON ({kind})."),
        )
    })?;
    let mut found = path.query(&json).all().into_iter();
    match (found.next(), found.next()) {
        (None, _) => Err(Refused::new("result_path", "The answer has nothing at the place of the result.")),
        (Some(one), None) => Ok(one.clone()),
        (Some(one), Some(two)) => Ok([one, two].into_iter().chain(found).cloned().collect()),
    }
}

/// What is sent, or with no secrets what is shown of it.
struct Message {
    url: String,
    headers: Vec<Pair>,
    body: Option<Value>,
}

impl Message {
    fn of(tool: &HttpTool, arguments: &Map<String, Value>, values: Option<&Values>) -> Self {
        let placed = tool.placed();
        let rest = || arguments.iter().filter(|(name, _)| !placed.contains(name.as_str()));
        let mut url = fill(&tool.url, arguments, values, escape).unwrap_or_default();
        let mut query: Vec<(String, String)> = tool
            .query
            .iter()
            .filter_map(|pair| Some((pair.name.clone(), filled(&pair.value, arguments, values)?)))
            .collect();
        let body = match &tool.body {
            Some(template) => Some(within(template, arguments, values)),
            None if tool.method.has_body() => {
                let body: Map<_, _> = rest().map(|(name, value)| (name.clone(), value.clone())).collect();
                Some(Value::Object(body))
            }
            None => {
                query.extend(rest().map(|(name, value)| (name.clone(), plain(value))));
                None
            }
        };
        for (name, value) in query {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&escape(&name));
            url.push('=');
            url.push_str(&escape(&value));
        }
        let headers = tool
            .headers
            .iter()
            .filter_map(|pair| {
                Some(Pair { name: pair.name.clone(), value: filled(&pair.value, arguments, values)? })
            })
            .collect();
        Self { url, headers, body }
    }

    fn traffic(&self, tool: &HttpTool) -> Traffic {
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        Traffic {
            line: format!("{} {}", tool.method.word(), self.url),
            headers: self.headers.clone(),
            body: body.chars().take(SHOWN).collect(),
        }
    }

    fn request(self, tool: &HttpTool) -> Result<Request, Refused> {
        let unusable = |name: &str| {
            Refused::new("invalid_arguments", format!("The header {name} cannot hold this value."))
        };
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/plain;q=0.9, */*;q=0.5"));
        if self.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        for pair in &self.headers {
            let name = HeaderName::try_from(&pair.name).map_err(|_| unusable(&pair.name))?;
            let mut value = HeaderValue::try_from(&pair.value).map_err(|_| unusable(&pair.name))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let method = http::Method::from_bytes(tool.method.word().as_bytes())
            .map_err(|_| Refused::new("internal", "The method cannot be sent."))?;
        let body = self.body.map(|body| body.to_string().into());
        Ok(Request { method, url: self.url, headers, body })
    }
}

/// A text with its arguments and secrets filled in; none when it is one argument that is absent.
fn filled(template: &str, arguments: &Map<String, Value>, values: Option<&Values>) -> Option<String> {
    fill(template, arguments, values, str::to_owned)
}

fn fill(
    template: &str,
    arguments: &Map<String, Value>,
    values: Option<&Values>,
    write: impl Fn(&str) -> String,
) -> Option<String> {
    let parts = parts(template);
    if let [Part::Argument(name)] = parts.as_slice()
        && arguments.get(*name).is_none_or(Value::is_null)
    {
        return None;
    }
    let piece = |part: &Part<'_>| match part {
        Part::Text(text) => (*text).to_owned(),
        Part::Argument(name) => write(&arguments.get(*name).map(plain).unwrap_or_default()),
        Part::Secret(name) => match values.and_then(|values| values.get(*name)) {
            Some(value) => write(value.expose()),
            None => format!("${{secret.{name}}}"),
        },
    };
    Some(parts.iter().map(piece).collect())
}

/// A body's template with everything filled in; a text that is one argument becomes its value.
fn within(template: &Value, arguments: &Map<String, Value>, values: Option<&Values>) -> Value {
    match template {
        Value::String(text) => match parts(text).as_slice() {
            [Part::Argument(name)] => arguments.get(*name).cloned().unwrap_or_default(),
            _ => Value::String(filled(text, arguments, values).unwrap_or_default()),
        },
        Value::Array(items) => items.iter().map(|item| within(item, arguments, values)).collect(),
        Value::Object(map) => Value::Object(
            map.iter().map(|(name, item)| (name.clone(), within(item, arguments, values))).collect(),
        ),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other.clone(),
    }
}

/// A value as it stands in an address or a header.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => other.to_string(),
    }
}

/// Percent-encodes everything but what never needs it. Dots alone would climb up the path, and do so
/// also when they are encoded; encoded twice they are a name like any other.
fn escape(text: &str) -> String {
    let climbs = text == "." || text == "..";
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') || (byte == b'.' && !climbs) {
            escaped.push(char::from(byte));
        } else if climbs {
            escaped.push_str("%252E");
        } else {
            // Writing to a text cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// Takes the values of secrets out of a text, also as they stand in JSON and in addresses.
fn mask(text: &str, values: &Values) -> String {
    let mut masked = text.to_owned();
    for (name, value) in values {
        let plain = value.expose();
        let in_json = Value::String(plain.to_owned()).to_string();
        for form in [plain, in_json.trim_matches('"'), &escape(plain)] {
            if form.len() >= 4 {
                masked = masked.replace(form, &format!("${{secret.{name}}}"));
            }
        }
    }
    masked
}

fn headers_shown(answer: &Answer, values: &Values) -> Vec<Pair> {
    let text = |value: &HeaderValue| mask(&String::from_utf8_lossy(value.as_bytes()), values);
    answer
        .headers
        .iter()
        .filter(|(name, _)| name.as_str() != "set-cookie")
        .take(50)
        .map(|(name, value)| Pair { name: name.to_string(), value: text(value) })
        .collect()
}
