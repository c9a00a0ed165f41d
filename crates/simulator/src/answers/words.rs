//! Picking a message apart: a short form to quote and the words it is about.

const QUOTED_WORDS: usize = 14;
const QUOTED_CHARS: usize = 90;
const TOPICS: usize = 3;

const COMMON: &[&str] = &[
    "about",
    "after",
    "again",
    "also",
    "answer",
    "because",
    "been",
    "before",
    "could",
    "does",
    "done",
    "each",
    "every",
    "find",
    "from",
    "give",
    "have",
    "help",
    "here",
    "into",
    "just",
    "like",
    "make",
    "more",
    "most",
    "much",
    "need",
    "only",
    "other",
    "over",
    "please",
    "show",
    "should",
    "some",
    "such",
    "tell",
    "than",
    "that",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "this",
    "those",
    "very",
    "want",
    "were",
    "what",
    "when",
    "where",
    "which",
    "while",
    "will",
    "with",
    "would",
    "write",
    "your",
    "summarise",
    "summarize",
    "explain",
    "describe",
];

/// The first sentence, or as much of it as reads well in quotation marks.
pub(super) fn short(text: &str) -> String {
    let line = text
        .lines()
        .map(|line| line.trim_matches(|c: char| c.is_whitespace() || "#*_`>“”\"".contains(c)))
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let end = ["! ", "? ", ". "].iter().filter_map(|stop| line.find(stop)).min().unwrap_or(line.len());
    let words: Vec<&str> = line[..end].split_whitespace().collect();
    let mut quoted = String::new();
    let mut cut = words.len() > QUOTED_WORDS;
    for word in words.into_iter().take(QUOTED_WORDS) {
        if !quoted.is_empty() && quoted.chars().count() + word.chars().count() >= QUOTED_CHARS {
            cut = true;
            break;
        }
        if !quoted.is_empty() {
            quoted.push(' ');
        }
        quoted.extend(word.chars().take(QUOTED_CHARS));
    }
    if cut {
        quoted.push('…');
        return quoted;
    }
    quoted.trim_end_matches(['.', '!', '?', ':', ';', ',']).to_owned()
}

/// Up to three words the message seems to be about, in its order.
pub(super) fn topics(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '-') {
        let word = word.trim_matches('-');
        let lower = word.to_lowercase();
        let length = word.chars().count();
        if (4..=24).contains(&length)
            && !COMMON.contains(&lower.as_str())
            && !found.iter().any(|known| known.to_lowercase() == lower)
        {
            found.push(word.to_owned());
        }
    }
    // The longest say most; the reading order is kept.
    while found.len() > TOPICS {
        let shortest = found
            .iter()
            .enumerate()
            .min_by_key(|(at, word)| (word.chars().count(), usize::MAX - at))
            .map_or(0, |(at, _)| at);
        found.remove(shortest);
    }
    found
}
