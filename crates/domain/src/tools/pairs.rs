//! Headers and query parameters: typed one on a line, or sent as a JSON object.

use serde::{Deserialize, Serialize};

/// A name and the text template of its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Pair {
    /// Name.
    pub name: String,
    /// Value, with `{arguments}` and `${secret.NAME}`.
    pub value: String,
}

/// The most pairs of one kind.
const MOST: usize = 50;
/// The longest value in bytes.
const LONGEST: usize = 4_000;

/// Headers that belong to the connection and not to people.
const RESERVED: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
    "keep-alive",
    "expect",
    "proxy-authorization",
    "proxy-connection",
    "accept-encoding",
];

/// Reads `Name: value` lines, or a JSON object of texts.
pub(super) fn headers(text: &str) -> Result<Vec<Pair>, String> {
    let headers = read(text, ':', "Content-Type: application/json")?;
    for Pair { name, .. } in &headers {
        let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if !name.bytes().all(token) {
            return Err(format!("\"{name}\" is no name of a header."));
        }
        if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(format!("The header {name} is set by the server and cannot be given."));
        }
    }
    Ok(headers)
}

/// Reads `name=value` lines, or a JSON object of texts.
pub(super) fn query(text: &str) -> Result<Vec<Pair>, String> {
    read(text, '=', "limit={limit}")
}

/// The text that reads back as these pairs.
pub(super) fn text(pairs: &[Pair], between: &str) -> String {
    let lines = pairs.iter().map(|pair| format!("{}{between}{}", pair.name, pair.value));
    lines.collect::<Vec<_>>().join("\n")
}

fn read(text: &str, between: char, example: &str) -> Result<Vec<Pair>, String> {
    let text = text.trim();
    let pairs: Vec<Pair> = if text.starts_with('{') {
        let map: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(text).map_err(|_| "The JSON object cannot be read.".to_owned())?;
        let pair = |(name, value): (String, serde_json::Value)| match value {
            serde_json::Value::String(value) => Ok(Pair { name, value }),
            _ => Err(format!("Give {name} as a text.")),
        };
        map.into_iter().map(pair).collect::<Result<_, String>>()?
    } else {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let pair = |line: &str| {
            let (name, value) = line
                .split_once(between)
                .ok_or_else(|| format!("Write one on each line, such as {example}."))?;
            Ok(Pair { name: name.trim().to_owned(), value: value.trim().to_owned() })
        };
        lines.map(pair).collect::<Result<_, String>>()?
    };
    if pairs.len() > MOST {
        return Err(format!("Give at most {MOST}."));
    }
    for pair in &pairs {
        if pair.name.is_empty() || pair.name.len() > 100 || pair.value.len() > LONGEST {
            return Err(format!("Names have 1 to 100 characters, values at most {LONGEST}."));
        }
        if pair.name.chars().chain(pair.value.chars()).any(char::is_control) {
            return Err("Leave control characters out.".to_owned());
        }
    }
    Ok(pairs)
}
