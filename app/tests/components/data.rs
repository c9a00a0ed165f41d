//! Pictures of data: text stays text, sizes are geometry, moments are exact.

use app::components::{
    code_block::CodeText,
    countdown::Countdown,
    diff_view::{DiffKind, DiffLine, DiffView},
    json_view::JsonView,
    kpi::{Delta, Fact, Kpi, KpiStrip, Progress},
    live_output::{LiveOutput, StreamingBadge},
    markdown::{Markdown, SanitisedHtml},
    run_strip::RunStrip,
    span_table::SpanTable,
    status::Status,
    table::{Pager, SortOrder, Table, Th},
    time::{Elapsed, Time, TimeStyle},
    waterfall::{Span, SpanKind, SpanState, Waterfall},
};
use leptos::prelude::*;

use super::page::{has, html, lacks, tag, tag_with};

const NOON: i64 = 1_778_587_471_000;

#[test]
fn moments_are_absolute_until_the_page_is_alive() {
    let page = html(|| view! { <Time at_ms=NOON /> });
    has(
        &page,
        &[
            "datetime=\"2026-05-12T12:04:31Z\"",
            "title=\"2026-05-12 12:04:31 UTC\"",
            ">12 May 2026, 12:04 UTC</time>",
        ],
    );
    let clock = html(|| view! { <Time at_ms=NOON style=TimeStyle::Clock /> });
    has(&clock, &[">12:04:31</time>"]);
}

#[test]
fn elapsed_prints_what_the_server_knew_or_what_it_took() {
    let ended = html(|| view! { <Elapsed started_ms=NOON ended_ms=Some(NOON + 8_300) /> });
    has(&ended, &["8.3\u{a0}s"]);
    let live = html(|| {
        let going_on: Option<i64> = None;
        view! { <Elapsed started_ms=NOON ended_ms=going_on known_ms=64_000 /> }
    });
    has(&live, &["1\u{a0}m 04\u{a0}s"]);
}

#[test]
fn json_is_numbered_coloured_and_escaped() {
    let page = html(|| {
        let value = serde_json::json!({"note": "<script>", "amount": 38.9, "ok": false});
        view! { <JsonView value=value label="Input" /> }
    });
    has(&page, &["role=\"region\"", "aria-label=\"Input\"", "tabindex=\"0\"", "aria-label=\"Copy JSON\""]);
    has(&page, &["<span class=\"n\">38.9</span>", "<span class=\"a\">false</span>", "&lt;script&gt;"]);
    assert_eq!(page.matches("class=\"ln\"").count(), 5);
    lacks(&page, &["<script"]);
}

#[test]
fn diff_lines_carry_signs() {
    let line = |kind, number, text: &str| DiffLine { kind, number: Some(number), text: text.to_owned() };
    let page = html(|| {
        let lines = vec![
            line(DiffKind::Same, 4, "temperature: 0.2"),
            line(DiffKind::Del, 5, "steps: 16"),
            line(DiffKind::Add, 5, "steps: <24>"),
        ];
        view! { <DiffView lines=lines label="Diff from version 13 to version 14" /> }
    });
    has(&page, &["ln diff-del", "ln diff-add", ">- </span>", ">+ </span>", "steps: &lt;24&gt;"]);
}

#[test]
fn code_is_a_named_region_that_takes_the_focus_and_stays_text() {
    let page =
        html(|| view! { <CodeText label="curl example" code=Signal::stored("curl <x>".to_owned()) /> });
    has(
        tag(&page, "<pre"),
        &["class=\"code", "role=\"region\"", "aria-label=\"curl example\"", "tabindex=\"0\""],
    );
    has(&page, &["curl &lt;x&gt;"]);
}

#[test]
fn a_countdown_names_the_moment_until_the_page_is_alive() {
    let page = html(|| view! { <Countdown until_ms=NOON /> });
    let moment = html(|| view! { <Time at_ms=NOON /> });
    let time = tag(&moment, "<time").split("datetime=\"").nth(1).and_then(|rest| rest.split('"').next());
    has(tag(&page, "<time"), &[&format!("datetime=\"{}\"", time.expect("a moment")), "title=\""]);
    lacks(&page, &[">now<", ">in "]);
}

#[test]
fn the_spans_of_a_waterfall_are_a_table_folded_away() {
    let span = |id: &str, state, duration_ms| Span {
        id: id.to_owned(),
        name: format!("Step <{id}>"),
        kind: SpanKind::Tool,
        state,
        depth: 1,
        start_ms: 0,
        duration_ms,
        meta: Some("try 2".to_owned()),
        href: None,
    };
    let page = html(|| {
        let spans = vec![span("a", SpanState::Done, 1_500), span("b", SpanState::Failed, 20)];
        view! { <SpanTable spans=Signal::stored(spans) /> }
    });
    lacks(tag(&page, "<details"), &[" open"]);
    has(&page, &["<caption class=\"sr-only\">Steps and waits</caption>"]);
    has(&page, &["Step &lt;a&gt;", "Step &lt;b&gt;", ">tool<", ">done<", ">failed<", "try 2"]);
    assert_eq!(page.matches("<tr").count(), 3, "a head and two rows");
}

#[test]
fn a_line_needs_two_values_and_is_red_only_where_the_news_is_bad() {
    let kpi = |spark: Vec<f64>, is_good: Option<bool>| {
        html(move || {
            let delta = Delta { text: "2".to_owned(), is_up: true, is_good };
            view! { <Kpi name="Failures" value="3" delta=delta spark=spark /> }
        })
    };
    lacks(&kpi(Vec::new(), None), &["class=\"spark"]);
    lacks(&kpi(vec![4.0], None), &["class=\"spark"]);
    for (is_good, is_bad) in [(None, false), (Some(true), false), (Some(false), true)] {
        let page = kpi(vec![0.0, 0.0], is_good);
        has(&page, &["spark-line", "aria-hidden=\"true\"", "M0.00 100.00L100.00 100.00"]);
        assert_eq!(page.contains("spark-bad"), is_bad, "{is_good:?}");
    }
}

#[test]
fn markdown_prints_what_the_sanitiser_gave() {
    let page = html(|| {
        let html = SanitisedHtml::from_sanitiser("<p><strong>high</strong></p>".to_owned());
        view! { <Markdown html=html /> }
    });
    assert_eq!(page, "<div class=\"prose\"><p><strong>high</strong></p></div>");
}

#[test]
fn strip_has_a_text() {
    let page = html(|| {
        let statuses = vec![Status::Succeeded, Status::Failed, Status::TimedOut, Status::Running];
        view! { <RunStrip name="Support triage" statuses=statuses /> }
    });
    has(&page, &["role=\"img\"", "Support triage: 1 failed of the last 4 executions"]);
    has(&page, &["<i class=\"f\">", "<i class=\"t\">", "<i class=\"l\">"]);
}

#[test]
fn figures_say_the_change_in_words() {
    let page = html(|| {
        let delta = Delta { text: "1.2 pt".to_owned(), is_up: false, is_good: Some(false) };
        view! {
            <KpiStrip>
                <Kpi name="Success rate" value="96.4" unit="%" delta=delta href="/x" spark=vec![1.0, 3.0, 2.0] />
                <Fact name="Cost" note="of €0.20" progress=85>"€0.17"</Fact>
            </KpiStrip>
        }
    });
    has(
        &page,
        &["<dl", "96.4", "<small>%</small>", "delta-bad", "aria-label=\"down\"", "1.2 pt", "href=\"/x\""],
    );
    has(&page, &["class=\"spark-line\"", "M0.00", "spark-bad"]);
    has(&page, &["€0.17", "role=\"progressbar\"", "aria-label=\"Cost used\"", "progress-warn"]);
    lacks(&page, &["style="]);
}

#[test]
fn progress_is_geometry_and_stops_at_the_limit() {
    let page = html(|| view! { <Progress label="Budget used" percent=140 /> });
    has(&page, &["aria-valuenow=\"100\"", "width=\"100%\"", "progress-full"]);
    lacks(&page, &["progress-warn", "style="]);
}

#[test]
fn live_output_is_a_silent_log_of_plain_text() {
    let page = html(|| view! { <LiveOutput text="<b>until" live=true /> <StreamingBadge live=true /> });
    has(
        &page,
        &[
            "role=\"log\"",
            "aria-live=\"off\"",
            "tabindex=\"0\"",
            "&lt;b&gt;until",
            "class=\"caret\"",
            "Streaming",
        ],
    );
    let done = html(|| view! { <LiveOutput text="done" live=false /> <StreamingBadge live=false /> });
    lacks(&done, &["caret", "Streaming", "Jump to newest"]);
}

#[test]
fn table_headers_sort_by_address() {
    let page = html(|| {
        view! {
            <Table label="Executions">
                <thead>
                    <tr>
                        <Th label="Started" sort_href="?sort=started" order=SortOrder::Descending />
                        <Th label="Cost" numeric=true />
                    </tr>
                </thead>
            </Table>
        }
    });
    has(&page, &["role=\"region\"", "aria-label=\"Executions table\"", "<caption", "scope=\"col\""]);
    has(&page, &["aria-sort=\"descending\"", "href=\"?sort=started\"", "#i-arrow-down"]);
    assert_eq!(page.matches("aria-sort").count(), 1);
}

#[test]
fn pager_explains_a_missing_page() {
    let page = html(|| view! { <Pager text="1 to 50 of about 1,284" older="?cursor=abc" /> });
    has(&page, &["aria-label=\"Pages\"", "1 to 50 of about 1,284", "href=\"?cursor=abc\"", "rel=\"next\""]);
    has(&page, &["aria-disabled=\"true\"", "This is the newest page"]);
    lacks(&page, &["rel=\"prev\""]);
}

fn span(id: &str, kind: SpanKind, state: SpanState, start_ms: u64, duration_ms: u64) -> Span {
    Span {
        id: id.to_owned(),
        name: format!("<{id}>"),
        kind,
        state,
        depth: u8::from(kind != SpanKind::Agent),
        start_ms,
        duration_ms,
        meta: None,
        href: Some(format!("?span={id}")),
    }
}

#[test]
fn waterfall_is_a_grid_with_geometry() {
    let page = html(|| {
        let spans = vec![
            span("agent", SpanKind::Agent, SpanState::Live, 0, 14_200),
            span("model", SpanKind::Model, SpanState::Done, 0, 4_000),
            span("tool", SpanKind::Tool, SpanState::Failed, 4_000, 2_000),
            span("wait", SpanKind::Wait, SpanState::Done, 6_000, 1_200),
        ];
        view! { <Waterfall spans=spans total_ms=14_200 now_ms=14_200 selected="tool" /> }
    });
    has(&page, &["role=\"treegrid\"", "role=\"columnheader\"", "aria-level=\"2\"", "0\u{a0}s", "16\u{a0}s"]);
    has(
        &page,
        &["wf-bar model", "width=\"25.00%\"", "wf-bar tool fail", "x=\"25.00%\"", "url(#wf-hatch)", "wf-now"],
    );
    has(&page, &["aria-label=\"failed\"", "aria-label=\"running\"", "href=\"?span=tool\"", "&lt;tool&gt;"]);
    assert_eq!(page.matches("aria-selected=\"true\"").count(), 1);
    assert_eq!(page.matches("tabindex=\"0\"").count(), 1);
    lacks(&page, &["style=", "<tool>"]);
    has(tag_with(&page, "<div", "data-span=\"tool\""), &["tabindex=\"0\""]);
}
