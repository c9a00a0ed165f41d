//! Renders a view to the HTML a server sends, and looks into it.

use leptos::prelude::*;

/// The HTML of a view, without the marks that only hydration needs.
pub(crate) fn html<V: IntoView>(view: impl FnOnce() -> V) -> String {
    Owner::new().with(|| view().into_view().to_html()).replace("<!>", "").replace("<!---->", "")
}

/// The opening tag that starts with `start`, so that the order of attributes does not matter.
#[track_caller]
pub(crate) fn tag<'a>(html: &'a str, start: &str) -> &'a str {
    let Some(at) = html.find(start) else { panic!("no {start} in {html}") };
    let rest = &html[at..];
    &rest[..=rest.find('>').expect("a tag ends")]
}

/// The opening tag of the first such element that has this attribute.
#[track_caller]
pub(crate) fn tag_with<'a>(html: &'a str, start: &str, attribute: &str) -> &'a str {
    let found = html.match_indices(start).map(|(at, _)| {
        let rest = &html[at..];
        &rest[..=rest.find('>').expect("a tag ends")]
    });
    let mut found = found.filter(|tag| tag.contains(attribute));
    let Some(tag) = found.next() else { panic!("no {start} with {attribute} in {html}") };
    tag
}

/// Fails unless every piece occurs.
#[track_caller]
pub(crate) fn has(html: &str, pieces: &[&str]) {
    for piece in pieces {
        assert!(html.contains(piece), "no {piece} in {html}");
    }
}

/// Fails when a piece occurs.
#[track_caller]
pub(crate) fn lacks(html: &str, pieces: &[&str]) {
    for piece in pieces {
        assert!(!html.contains(piece), "{piece} in {html}");
    }
}
