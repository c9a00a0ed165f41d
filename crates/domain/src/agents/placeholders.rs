//! `{variables}` in instructions and messages: letters, digits and underscores in braces, as in
//! Toolhouse's th files. Other braces are plain text.

use std::collections::BTreeMap;

/// True for a name that can stand in braces.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Splits a text into plain parts and names: `(part, is_name)`.
fn parts(text: &str) -> Vec<(&str, bool)> {
    let mut found = Vec::new();
    let mut plain_from = 0;
    let mut at = 0;
    while let Some(open) = text[at..].find('{').map(|i| i + at) {
        let rest = &text[open + 1..];
        match rest.find(['}', '{']) {
            Some(end) if rest.as_bytes()[end] == b'}' && is_name(&rest[..end]) => {
                found.push((&text[plain_from..open], false));
                found.push((&rest[..end], true));
                at = open + end + 2;
                plain_from = at;
            }
            _ => at = open + 1,
        }
    }
    found.push((&text[plain_from..], false));
    found
}

/// The names used in a text with the line (from 1) of each first use, in order of appearance.
pub fn placeholders(text: &str) -> Vec<(String, usize)> {
    let mut names: Vec<(String, usize)> = Vec::new();
    let mut line = 1;
    for (part, is_name) in parts(text) {
        if is_name && names.iter().all(|(name, _)| name != part) {
            names.push((part.to_owned(), line));
        }
        line += part.matches('\n').count();
    }
    names
}

/// Replaces each `{name}` that has a value; the others stay as written.
pub fn fill(text: &str, values: &BTreeMap<String, String>) -> String {
    parts(text)
        .into_iter()
        .map(|(part, is_name)| match values.get(part) {
            Some(value) if is_name => value.clone(),
            _ if is_name => format!("{{{part}}}"),
            _ => part.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn filling_with_nothing_changes_nothing(text in "[a-z{}_ \\n]{0,60}") {
            prop_assert_eq!(fill(&text, &BTreeMap::new()), text);
        }
    }

    #[test]
    fn names_are_found_with_their_lines() {
        let text = "Dear {name},\nyour {tier} of {name} {not a name} {} {{twice}} {open";
        assert_eq!(
            placeholders(text),
            [("name".to_owned(), 1), ("tier".to_owned(), 2), ("twice".to_owned(), 2)]
        );
    }

    #[test]
    fn values_are_not_filled_again() {
        let values = BTreeMap::from([("a".to_owned(), "{b}".to_owned()), ("b".to_owned(), "x".to_owned())]);
        assert_eq!(fill("{a} {b} {c}", &values), "{b} x {c}");
    }
}
