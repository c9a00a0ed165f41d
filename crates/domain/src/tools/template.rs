//! Texts with `{argument}` and `${secret.NAME}` in them. A brace that begins neither is a brace.

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'a> {
    /// As it stands.
    Text(&'a str),
    /// The value of an argument.
    Argument(&'a str),
    /// The value of a secret.
    Secret(&'a str),
}

/// The pieces of a text in order.
pub fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut plain, mut at) = (0, 0);
    while let Some(found) = text[at..].find('{').map(|place| at + place) {
        let begins_secret = text[..found].ends_with('$') && text[found..].starts_with("{secret.");
        let name_at = if begins_secret { found + "{secret.".len() } else { found + 1 };
        let name = text[name_at..].split('}').next().filter(|name| name_at + name.len() < text.len());
        let Some(name) = name.filter(|name| is_name(name)) else {
            at = found + 1;
            continue;
        };
        let begin = if begins_secret { found - 1 } else { found };
        if begin > plain {
            parts.push(Part::Text(&text[plain..begin]));
        }
        parts.push(if begins_secret { Part::Secret(name) } else { Part::Argument(name) });
        plain = name_at + name.len() + 1;
        at = plain;
    }
    if plain < text.len() {
        parts.push(Part::Text(&text[plain..]));
    }
    parts
}

/// Names of arguments in a text.
pub fn arguments(text: &str) -> impl Iterator<Item = &str> {
    parts(text).into_iter().filter_map(|part| match part {
        Part::Argument(name) => Some(name),
        Part::Text(_) | Part::Secret(_) => None,
    })
}

/// Names of secrets in a text.
pub fn secrets(text: &str) -> impl Iterator<Item = &str> {
    parts(text).into_iter().filter_map(|part| match part {
        Part::Secret(name) => Some(name),
        Part::Text(_) | Part::Argument(_) => None,
    })
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn arguments_and_secrets_are_found_between_text() {
        use Part::{Argument, Secret, Text};
        for (text, expected) in [
            ("a{b}c", vec![Text("a"), Argument("b"), Text("c")]),
            ("Bearer ${secret.KEY}", vec![Text("Bearer "), Secret("KEY")]),
            ("${b}", vec![Text("$"), Argument("b")]),
            ("{} {a b} {\"x\": 1}", vec![Text("{} {a b} {\"x\": 1}")]),
            ("{a}{b}", vec![Argument("a"), Argument("b")]),
            ("{open", vec![Text("{open")]),
            ("${secret.}", vec![Text("${secret.}")]),
            ("{{a}}", vec![Text("{"), Argument("a"), Text("}")]),
            ("", vec![]),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "[a{}$.secret é]{0,40}") {
            let whole: String = parts(&text).into_iter().map(|part| match part {
                Part::Text(text) => text.to_owned(),
                Part::Argument(name) => format!("{{{name}}}"),
                Part::Secret(name) => format!("${{secret.{name}}}"),
            }).collect();
            prop_assert_eq!(whole, text);
        }
    }
}
