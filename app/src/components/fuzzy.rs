//! Fuzzy matching: every typed letter must occur, in order. Hits at the start of a word and in a
//! row count more, late hits less.

/// Points for `typed` in `text`; nothing when it does not match. An empty search matches all.
pub fn score(typed: &str, text: &str) -> Option<i32> {
    let mut points = 0;
    let mut letters =
        text.char_indices().flat_map(|(at, letter)| letter.to_lowercase().map(move |letter| (at, letter)));
    let mut previous_end = None;
    for wanted in typed.chars().flat_map(char::to_lowercase) {
        if wanted.is_whitespace() {
            continue;
        }
        let (at, letter) = letters.find(|(_, letter)| *letter == wanted)?;
        let starts_word = text
            .get(..at)
            .and_then(|before| before.chars().next_back())
            .is_none_or(|before| !before.is_alphanumeric());
        let gap = previous_end.map_or(at, |end| at.saturating_sub(end));
        points += 10 - i32::try_from(gap.min(8)).unwrap_or(8);
        if starts_word {
            points += 8;
        }
        if previous_end == Some(at) {
            points += 6;
        }
        previous_end = Some(at + letter.len_utf8());
    }
    Some(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_must_occur_in_order() {
        assert!(score("sup", "Support triage").is_some());
        assert!(score("st", "Support triage").is_some());
        assert!(score("tsx", "Support triage").is_none());
        assert_eq!(score("", "anything"), Some(0));
    }

    #[test]
    fn word_starts_and_runs_win() {
        assert!(score("st", "Support triage") > score("st", "Latest"));
        assert!(score("exe", "Executions") > score("exe", "e-mail extractor"));
    }

    #[test]
    fn letters_that_grow_in_lower_case_do_no_harm() {
        assert!(score("i", "İstanbul").is_some());
        assert!(score("ß", "straße").is_some());
    }
}
