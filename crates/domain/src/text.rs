//! Bounded texts and slugs: the small parsers that larger drafts are made of.
//! Each returns the cleaned text or one sentence that says what to do.

/// A single line between 1 and `max` characters, trimmed.
pub fn line(text: &str, what: &str, max: usize) -> Result<String, String> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(format!("Give a {what}."));
    }
    optional_line(trimmed, what, max)
}

/// A single line of at most `max` characters, trimmed; may be empty.
pub fn optional_line(text: &str, what: &str, max: usize) -> Result<String, String> {
    let trimmed = text.trim();
    if trimmed.chars().count() > max {
        return Err(format!("Shorten the {what} to at most {max} characters."));
    }
    if trimmed.chars().any(char::is_control) {
        return Err(format!("Write the {what} on one line, without control characters."));
    }
    Ok(trimmed.to_owned())
}

/// Several lines of at most `max` characters; may be empty. Line ends become `\n`.
pub fn paragraphs(text: &str, what: &str, max: usize) -> Result<String, String> {
    let text = text.replace("\r\n", "\n");
    if text.chars().count() > max {
        return Err(format!("Shorten the {what} to at most {max} characters."));
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(format!("Remove control characters from the {what}."));
    }
    Ok(text)
}

/// A whole number between two bounds.
pub fn number<T>(text: &str, what: &str, min: T, max: T) -> Result<T, String>
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display + Copy,
{
    match text.trim().parse::<T>() {
        Ok(value) if value >= min && value <= max => Ok(value),
        _ => Err(format!("Set the {what} to a number from {min} to {max}.")),
    }
}

/// Makes an address part from a title: lower case ASCII letters, digits and dashes, at most 48
/// characters; `fallback` when nothing is left.
pub fn slugify(title: &str, fallback: &str) -> String {
    let mut slug = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= 48 {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { fallback.to_owned() } else { slug.to_owned() }
}

/// An address part as typed: 2 to 48 lower case letters, digits and inner dashes.
pub fn slug(text: &str) -> Result<String, String> {
    let text = text.trim();
    let fits = (2..=48).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    if fits {
        Ok(text.to_owned())
    } else {
        Err("Use 2 to 48 lower case letters, digits and dashes, not at the ends.".to_owned())
    }
}

/// The first line of a text, cut to `max` characters with an ellipsis.
pub fn headline(text: &str, max: usize) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("");
    if line.chars().count() <= max {
        line.to_owned()
    } else {
        let cut: String = line.chars().take(max.saturating_sub(1)).collect();
        format!("{}…", cut.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn made_slugs_are_accepted(title in "\\PC{0,80}") {
            let made = slugify(&title, "agent");
            prop_assert!(slug(&made).is_ok() || made.len() < 2, "{made}");
        }

        #[test]
        fn headlines_are_short_single_lines(text in "(?s).{0,200}") {
            let line = headline(&text, 40);
            prop_assert!(line.chars().count() <= 40 && !line.contains('\n'));
        }
    }

    #[test]
    fn bounds_are_kept() {
        assert!(line("  ", "title", 10).is_err());
        assert!(line(&"x".repeat(1_000_000), "title", 120).is_err());
        assert_eq!(line(" Hello ", "title", 10).as_deref(), Ok("Hello"));
        assert!(number::<u32>("0", "attempts", 1, 10).is_err());
        assert_eq!(number::<u32>(" 3 ", "attempts", 1, 10), Ok(3));
    }
}
