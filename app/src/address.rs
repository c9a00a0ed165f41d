//! Addresses of ours: text as the value of a query, and the one rule for where an address may send a browser.
//! The server and the pages share it: what one of them refuses, the other must not follow.

/// Text as the value of a query parameter, the same on the server and in the browser.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let digit = |half: u8| {
                char::from_digit(u32::from(half), 16).map_or('0', |digit| digit.to_ascii_uppercase())
            };
            escaped.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    escaped
}

/// The path, if it is one of ours, as it can stand in a header; `/` for everything else. Browsers drop tabs
/// and line ends from an address and read `\` as `/`, so a path with one of them may lead elsewhere.
pub fn safe_path(path: &str) -> String {
    let is_ours = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(|letter: char| letter == '\\' || letter.is_control());
    if !is_ours {
        return "/".to_owned();
    }
    // What stood escaped in `?next=` arrives unescaped: spaces, and letters outside ASCII.
    let mut safe = String::with_capacity(path.len());
    for letter in path.chars() {
        if letter.is_ascii_graphic() {
            safe.push(letter);
        } else {
            safe.push_str(&escape(letter.encode_utf8(&mut [0; 4])));
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::{escape, safe_path};

    #[test]
    fn values_survive_in_a_query() {
        assert_eq!(escape("/w/main?a=b&c=d e"), "/w/main%3Fa%3Db%26c%3Dd%20e");
        assert_eq!(escape("ä"), "%C3%A4");
    }

    #[test]
    fn only_paths_of_ours_are_gone_to() {
        for (path, safe) in [
            ("/w/main/agents?q=a%20b", "/w/main/agents?q=a%20b"),
            ("/w/main/agents?q=a b", "/w/main/agents?q=a%20b"),
            ("/ä", "/%C3%A4"),
        ] {
            assert_eq!(safe_path(path), safe);
        }
        for bad in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "\t//evil.example",
            "/\n/evil.example",
            "/\r/evil.example",
            "/a\r\nSet-Cookie: x=y",
            "/\u{85}",
            " //evil.example",
            "",
        ] {
            assert_eq!(safe_path(bad), "/", "{bad:?}");
        }
    }
}
