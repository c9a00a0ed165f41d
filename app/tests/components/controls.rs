//! What a person presses: buttons, copy, boxes, tabs.

use app::components::{
    button::{Button, ButtonKind, ButtonSize, ButtonVariant, LinkButton},
    checkbox::{Checkbox, Radio},
    copy::{CopyButton, CopyStyle},
    icon::Mark,
    kbd::{Kbd, RowKeys},
    segmented::{Segment, Segmented},
    tabs::{PageTab, PageTabs},
};
use leptos::prelude::*;

use super::page::{has, html, lacks, tag, tag_with};

#[test]
fn button_at_rest_is_a_plain_secondary_button() {
    let page = html(|| view! { <Button>"Edit"</Button> });
    has(tag(&page, "<button"), &["type=\"button\"", "class=\"btn btn-secondary\""]);
    lacks(&page, &["aria-busy", "aria-disabled", "aria-pressed", "<svg"]);
    has(&page, &["Edit</button>"]);
}

#[test]
fn a_button_that_only_the_script_answers_is_marked_for_an_early_press() {
    let marked = |kind| {
        html(move || {
            let pressed = RwSignal::new(false);
            view! { <Button kind=kind on_press=move |()| pressed.set(true)>"Add"</Button> }
        })
    };
    has(tag(&marked(ButtonKind::Button), "<button"), &["data-press=\"true\""]);
    lacks(&marked(ButtonKind::Submit), &["data-press"]);
    lacks(&html(|| view! { <Button>"Add"</Button> }), &["data-press"]);
}

#[test]
fn button_variants_and_sizes_have_their_classes() {
    for (variant, class) in [
        (ButtonVariant::Primary, "btn-primary"),
        (ButtonVariant::Ghost, "btn-ghost"),
        (ButtonVariant::Danger, "btn-danger"),
        (ButtonVariant::DangerSolid, "btn-danger-solid"),
    ] {
        let page = html(|| view! { <Button variant=variant size=ButtonSize::Small>"Go"</Button> });
        has(tag(&page, "<button"), &[&format!("class=\"btn {class} btn-sm\"")]);
    }
}

#[test]
fn busy_button_says_so_and_turns() {
    let page = html(|| {
        view! { <Button icon="play" busy=true kind=ButtonKind::Submit>"Publishing"</Button> }
    });
    has(tag(&page, "<button"), &["type=\"submit\"", "aria-busy=\"true\""]);
    has(&page, &["#i-loader-circle", "spin", "Publishing"]);
    lacks(&page, &["#i-play", " disabled"]);
}

#[test]
fn disabled_button_stays_focusable_and_says_why() {
    let page = html(|| view! { <Button disabled_reason="Two leave requests wait">"Delete"</Button> });
    has(tag(&page, "<button"), &["aria-disabled=\"true\"", "title=\"Two leave requests wait\""]);
    lacks(&page, &[" disabled "]);
}

#[test]
fn icon_button_has_a_name_and_a_tooltip_with_its_key() {
    let page = html(|| {
        view! { <Button size=ButtonSize::IconSmall icon="x" label="Close" shortcut="Esc" pressed=true /> }
    });
    has(
        tag(&page, "<button"),
        &[
            "aria-label=\"Close\"",
            "title=\"Close  Esc\"",
            "aria-keyshortcuts=\"Esc\"",
            "aria-pressed=\"true\"",
        ],
    );
    has(tag(&page, "<svg"), &["aria-hidden=\"true\""]);
}

#[test]
fn link_button_is_a_link() {
    let page = html(|| {
        view! { <LinkButton href="/w/halden/agents/new" variant=ButtonVariant::Primary icon="plus">"New agent"</LinkButton> }
    });
    has(tag(&page, "<a"), &["href=\"/w/halden/agents/new\"", "class=\"btn btn-primary\""]);
}

#[test]
fn copy_button_names_what_it_copies() {
    let inline = html(|| view! { <CopyButton text="exe_7f3k9q" what="execution id" /> });
    has(&inline, &["aria-label=\"Copy execution id exe_7f3k9q\"", "exe_7f3k9q<svg", "#i-copy"]);
    let icon = html(|| view! { <CopyButton text="secret" what="code" style=CopyStyle::Icon /> });
    has(&icon, &["aria-label=\"Copy code\""]);
    lacks(&icon, &["secret"]);
}

#[test]
fn keys_are_keys() {
    let page = html(|| view! { <Kbd keys="Ctrl K" /> });
    has(&page, &["<kbd class=\"kbd\">Ctrl</kbd>", "<kbd class=\"kbd\">K</kbd>"]);
}

#[test]
fn boxes_have_labels_and_their_roles() {
    let page = html(|| {
        view! {
            <Checkbox label="Keep me signed in" name="keep" checked=true hint="On this device only" />
            <Radio label="Simulator" name="runtime" value="simulator" />
            <Radio label="Toolhouse" name="runtime" value="toolhouse" disabled=true />
        }
    });
    let check = tag_with(&page, "<input", "name=\"keep\"");
    has(check, &["class=\"check\"", "name=\"keep\"", "aria-describedby=\"keep-hint\"", " checked"]);
    has(&page, &["<label class=\"checkline\"", "id=\"keep-hint\"", "Keep me signed in"]);
    has(tag_with(&page, "<input", "type=\"radio\""), &["value=\"simulator\""]);
    let off = tag_with(&page, "<input", "value=\"toolhouse\"");
    has(off, &["type=\"radio\"", " disabled"]);
    lacks(off, &[" checked"]);
}

#[test]
fn segments_are_toggles_or_links() {
    let toggles = html(|| {
        let options = vec![Segment::new("text", "Text"), Segment::new("raw", "Raw")];
        view! { <Segmented label="Output format" options=options selected="raw" /> }
    });
    has(tag(&toggles, "<div"), &["role=\"group\"", "aria-label=\"Output format\""]);
    has(&toggles, &["aria-pressed=\"false\">Text", "aria-pressed=\"true\">Raw"]);
    let links = html(|| {
        let options =
            vec![Segment::link("24h", "24 h", "?range=24h"), Segment::link("7d", "7 d", "?range=7d")];
        view! { <Segmented label="Range" options=options selected="24h" /> }
    });
    has(&links, &["<a href=\"?range=24h\" aria-current=\"true\">24 h</a>", "<a href=\"?range=7d\">7 d</a>"]);
}

#[test]
fn page_tabs_are_links_with_one_current() {
    let page = html(|| {
        let tabs = vec![
            PageTab::new("All", "?", true).with_count("1,284"),
            PageTab::new("Failed", "?status=failed", false),
        ];
        view! { <PageTabs label="Views" tabs=tabs /> }
    });
    has(tag(&page, "<nav"), &["aria-label=\"Views\""]);
    assert_eq!(page.matches("aria-current=\"page\"").count(), 1);
    has(&page, &["<span class=\"n\">1,284</span>", "href=\"?status=failed\""]);
}

#[test]
fn the_mark_stands_beside_a_name_and_has_none() {
    let page = html(|| view! { <Mark /> });
    has(tag(&page, "<svg"), &["aria-hidden=\"true\"", "viewBox=\"0 0 20 20\""]);
    assert_eq!(page.matches("class=\"mark-bar\"").count(), 3);
}

#[test]
fn keys_that_walk_through_rows_are_named_where_there_is_a_script() {
    let page = html(|| view! { <RowKeys /> });
    has(tag(&page, "<p"), &["needs-script"]);
    for (key, what) in [("J", "move"), ("K", "move"), ("Enter", "open"), ("/", "search")] {
        has(&page, &[&format!("<kbd class=\"kbd\">{key}</kbd>"), what]);
    }
}
