//! Markdown from models, rendered and sanitised on the server.
//!
//! What models write is data: no raw HTML, no scripts, no images (a link instead, so that opening a
//! page fetches nothing from elsewhere), links open without a referrer.

use std::collections::HashSet;

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// Renders a text to HTML that is safe to place in a page.
pub fn render(text: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let events = Parser::new_ext(text, options).map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        Event::Start(Tag::Image { dest_url, title, id, link_type }) => {
            Event::Start(Tag::Link { link_type, dest_url, title, id })
        }
        Event::End(TagEnd::Image) => Event::End(TagEnd::Link),
        Event::TaskListMarker(done) => Event::Text(CowStr::Borrowed(if done { "☑ " } else { "☐ " })),
        // Headings of an answer stand below the page's own.
        Event::Start(Tag::Heading { id, classes, attrs, .. }) => {
            Event::Start(Tag::Heading { level: pulldown_cmark::HeadingLevel::H3, id, classes, attrs })
        }
        Event::End(TagEnd::Heading(_)) => Event::End(TagEnd::Heading(pulldown_cmark::HeadingLevel::H3)),
        other => other,
    });
    let mut rendered = String::with_capacity(text.len() * 2);
    html::push_html(&mut rendered, events);
    ammonia::Builder::default()
        .rm_tags(["img", "map", "area", "bdo"])
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(Some("noopener noreferrer nofollow"))
        .clean(&rendered)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_markdown_is_rendered() {
        let html = render("# Plan\n\n1. **Read** `x`\n\n| a | b |\n|---|---|\n| 1 | 2 |");
        for part in ["<h3>Plan</h3>", "<strong>Read</strong>", "<code>x</code>", "<td>1</td>"] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn hostile_text_stays_text() {
        for hostile in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "![x](https://evil.example/pixel.png)",
            "<svg onload=alert(1)>",
            "<a href=\"data:text/html,x\">x</a>",
            "</div><style>*{display:none}</style>",
        ] {
            let html = render(hostile).to_lowercase();
            for bad in
                ["<script", "<img", "<svg", "<style", "<a href=\"javascript", "<a href=\"data:", "</div>"]
            {
                assert!(!html.contains(bad), "{hostile} became {html}");
            }
        }
    }
}
