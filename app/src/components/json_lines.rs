//! A JSON value as lines of coloured pieces. Pure, so that it is tested without a page.

use serde_json::Value;

const STRING_CHARS: usize = 2_048;
const LINES: usize = 5_000;

/// Text of one kind: `k` key, `s` string, `n` number, `a` atom, `p` punctuation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub class: &'static str,
    pub text: String,
}

/// The pieces of one line.
pub type Line = Vec<Piece>;

fn piece(class: &'static str, text: impl Into<String>) -> Piece {
    Piece { class, text: text.into() }
}

fn quoted(text: &str) -> String {
    let cut: String = text.chars().take(STRING_CHARS).collect();
    let rest = text.chars().count().saturating_sub(STRING_CHARS);
    let quoted = Value::String(cut).to_string();
    if rest == 0 { quoted } else { format!("{quoted} … {rest} more characters, copy to see all") }
}

struct Writer {
    lines: Vec<Line>,
    current: Line,
    depth: usize,
}

impl Writer {
    fn push(&mut self, class: &'static str, text: impl Into<String>) {
        self.current.push(piece(class, text));
    }

    fn line_break(&mut self) {
        self.lines.push(std::mem::take(&mut self.current));
        if self.depth > 0 {
            self.push("p", "  ".repeat(self.depth));
        }
    }

    fn is_full(&self) -> bool {
        self.lines.len() >= LINES
    }

    fn group<T>(
        &mut self,
        (open, close): (&'static str, &'static str),
        items: impl ExactSizeIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        let count = items.len();
        self.push("p", open);
        if count == 0 {
            self.push("p", close);
            return;
        }
        self.depth += 1;
        for (index, item) in items.enumerate() {
            if self.is_full() {
                self.line_break();
                self.push("p", "… copy to see all");
                break;
            }
            self.line_break();
            write(self, item);
            if index + 1 < count {
                self.push("p", ",");
            }
        }
        self.depth -= 1;
        self.line_break();
        self.push("p", close);
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null | Value::Bool(_) => self.push("a", value.to_string()),
            Value::Number(number) => self.push("n", number.to_string()),
            Value::String(text) => self.push("s", quoted(text)),
            Value::Array(items) => self.group(("[", "]"), items.iter(), Self::value),
            Value::Object(map) => {
                self.group(("{", "}"), map.iter(), |writer, (key, value)| {
                    writer.push("k", quoted(key));
                    writer.push("p", ": ");
                    writer.value(value);
                });
            }
        }
    }
}

/// The lines of a value, two spaces deep for each level.
pub fn lines(value: &Value) -> Vec<Line> {
    let mut writer = Writer { lines: Vec::new(), current: Vec::new(), depth: 0 };
    writer.value(value);
    let Writer { mut lines, current, .. } = writer;
    lines.push(current);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &Value) -> String {
        let line = |line: Line| line.into_iter().map(|piece| piece.text).collect::<String>();
        lines(value).into_iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn text_is_what_pretty_printing_gives() {
        let value = serde_json::json!({
            "empty": {}, "list": [], "nested": {"a": [1, 2.5, null], "b": "x\"y\n"}, "yes": true
        });
        assert_eq!(text(&value), serde_json::to_string_pretty(&value).expect("a value prints"));
    }

    #[test]
    fn kinds_have_their_class() {
        let value = serde_json::json!({"k": "s"});
        let second = lines(&value).remove(1);
        let classes: Vec<_> = second.iter().map(|piece| piece.class).collect();
        assert_eq!(classes, ["p", "k", "p", "s"]);
    }

    #[test]
    fn long_strings_and_lists_are_cut() {
        let long = Value::String("x".repeat(STRING_CHARS + 7));
        assert!(text(&long).ends_with("… 7 more characters, copy to see all"));
        let list = Value::Array(vec![Value::Null; LINES * 2]);
        assert!(lines(&list).len() < LINES + 5);
    }
}
