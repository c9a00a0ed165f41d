//! The waterfall: what happened when, one row for each span. A grid of rows; the bars are SVG, so
//! their places are attributes and the server can draw them.

use leptos::attr::custom::custom_attribute;
use leptos::{ev, html, prelude::*};

use super::{
    icon::{Icon, IconSize},
    text,
    time_scale::{Scale, ticks},
};
use crate::browser::{self, Step};

/// What a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    Agent,
    Model,
    Tool,
    Http,
    Wait,
}

impl SpanKind {
    /// The kind in a word.
    pub const fn word(self) -> &'static str {
        self.parts().1
    }

    const fn parts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Agent => ("bot", "agent", "wf-bar"),
            Self::Model => ("sparkles", "model", "wf-bar model"),
            Self::Tool => ("wrench", "tool", "wf-bar tool"),
            Self::Http => ("globe", "HTTP", "wf-bar tool"),
            Self::Wait => ("hourglass", "wait", "wf-bar wait"),
        }
    }
}

/// How a span ended, or that it has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanState {
    Done,
    Failed,
    Live,
}

impl SpanState {
    /// The state in a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Live => "running",
        }
    }
}

/// One row. Times are milliseconds since the start of the execution.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Span {
    /// Unique on the page.
    pub id: String,
    pub name: String,
    pub kind: SpanKind,
    pub state: SpanState,
    /// 0 for the agent itself.
    pub depth: u8,
    pub start_ms: u64,
    pub duration_ms: u64,
    /// Grey words at the right of the label: tokens, "try 2", a status code.
    pub meta: Option<String>,
    /// The address that selects it.
    pub href: Option<String>,
}

const fn indent(depth: u8) -> &'static str {
    match depth {
        0 => "wf-label",
        1 => "wf-label wf-d1",
        2 => "wf-label wf-d2",
        3 => "wf-label wf-d3",
        4 => "wf-label wf-d4",
        _ => "wf-label wf-d5",
    }
}

fn bar(span: &Span, scale: Scale, now_ms: Option<u64>) -> impl IntoView + use<> {
    let (_, _, class) = span.kind.parts();
    let state = match span.state {
        SpanState::Done => "",
        SpanState::Failed => " fail",
        SpanState::Live => " live",
    };
    let (start, end) = (span.start_ms, span.start_ms + span.duration_ms);
    let is_agent = span.kind == SpanKind::Agent;
    let is_hatched = span.kind == SpanKind::Wait && span.state != SpanState::Failed;
    let fits_after = scale.share(end) < 82.0;
    let (anchor, at, shift) =
        if fits_after { ("start", scale.percent(end), "6") } else { ("end", scale.percent(start), "-6") };
    let edge = (span.state == SpanState::Live).then(|| {
        let x = scale.percent(end);
        view! { <line class="wf-edge" x1=x.clone() x2=x y1="8" y2="20"></line> }
    });
    let now = now_ms.map(|now| {
        let x = scale.percent(now);
        view! { <line class="wf-now" x1=x.clone() x2=x y1="0" y2="28"></line> }
    });
    let took = (!is_agent || fits_after).then(|| {
        view! {
            <text class="wf-dur" x=at y="18" dx=shift text-anchor=anchor>
                {text::duration(span.duration_ms)}
            </text>
        }
    });
    view! {
        <svg aria-hidden="true">
            <rect
                class=format!("{class}{state}")
                x=scale.percent(start)
                y=if is_agent { "11" } else { "8" }
                width=scale.width(span.duration_ms)
                height=if is_agent { "6" } else { "12" }
                rx="3"
                fill=is_hatched.then_some("url(#wf-hatch)")
            ></rect>
            {edge}
            {took}
            {now}
        </svg>
    }
}

fn label(span: &Span) -> impl IntoView + use<> {
    let (icon, word, _) = span.kind.parts();
    let mark = match span.state {
        SpanState::Done => view! { <Icon name=icon label=word size=IconSize::Small class="text-subtle" /> },
        SpanState::Failed => {
            view! { <Icon name="circle-x" label="failed" size=IconSize::Small class="text-danger-text" /> }
        }
        SpanState::Live => {
            view! { <Icon name="loader-circle" label="running" spin=true size=IconSize::Small class="text-accent" /> }
        }
    };
    let class = match span.state {
        SpanState::Failed => "name text-danger-text font-medium",
        SpanState::Done | SpanState::Live if span.depth == 0 => "name font-medium",
        SpanState::Done | SpanState::Live => "name",
    };
    let name = span.name.clone();
    let name = match span.href.clone() {
        Some(href) => view! { <a class=class href=href tabindex="-1">{name}</a> }.into_any(),
        None => view! { <span class=class>{name}</span> }.into_any(),
    };
    let meta = span.meta.clone().map(|meta| view! { <span class="meta max-md:hidden">{meta}</span> });
    view! {
        {mark}
        {name}
        {meta}
    }
}

/// A row for those who do not see the bar.
fn spoken(span: &Span) -> String {
    let meta = span.meta.as_ref().map(|meta| format!(", {meta}")).unwrap_or_default();
    format!(
        "{}{meta}, {}, begins at {}, takes {}",
        span.name,
        span.state.word(),
        text::duration(span.start_ms),
        text::duration(span.duration_ms)
    )
}

/// The spans of one execution. Arrow keys move, `E` goes to the next failure, Enter selects.
#[component]
pub fn Waterfall(
    #[prop(into)] spans: Signal<Vec<Span>>,
    /// The length of the time axis; at least the end of the last span.
    #[prop(into)]
    total_ms: Signal<u64>,
    /// Where the dashed line of a live execution stands.
    #[prop(optional, into)]
    now_ms: MaybeProp<u64>,
    #[prop(optional, into)] selected: MaybeProp<String>,
    #[prop(optional, into)] on_select: Option<Callback<String>>,
    #[prop(default = "Steps of this execution")] label_text: &'static str,
) -> impl IntoView {
    let grid = NodeRef::<html::Div>::new();
    let scale = Memo::new(move |_| Scale::new(total_ms.get()));
    let key = move |event: ev::KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowDown" => Step::Next,
            "ArrowUp" => Step::Previous,
            "Home" => Step::First,
            "End" => Step::Last,
            "e" | "E" => {
                event.prevent_default();
                if let Some(grid) = grid.get_untracked() {
                    browser::focus_step(&grid, "[data-span][data-failed]", Step::Next);
                }
                return;
            }
            _ => return,
        };
        event.prevent_default();
        if let Some(grid) = grid.get_untracked() {
            browser::focus_step(&grid, "[data-span]", step);
        }
    };
    let row = move |(index, span): (usize, Span)| {
        let own = span.id.clone();
        let is_on = Memo::new(move |_| selected.read().as_ref() == Some(&own));
        let is_entry = move || {
            if selected.read().is_some() { is_on.get() } else { index == 0 }
        };
        let id = StoredValue::new(span.id.clone());
        let choose = move || {
            if let Some(on_select) = on_select {
                on_select.run(id.get_value());
            }
        };
        let drawn = bar(&span, scale.get(), now_ms.get());
        let level = custom_attribute("aria-level", (span.depth + 1).to_string());
        let named = label(&span);
        let told = spoken(&span);
        view! {
            <div
                {..level}
                class="wf-row"
                role="row"
                data-span=span.id.clone()
                data-failed=(span.state == SpanState::Failed).then_some("true")
                aria-label=told
                aria-selected=move || if is_on.get() { "true" } else { "false" }
                tabindex=move || if is_entry() { "0" } else { "-1" }
                on:click=move |_| choose()
                on:keydown=move |event| {
                    if event.key() == "Enter" {
                        choose();
                    }
                }
            >
                <div role="gridcell" class=indent(span.depth)>{named}</div>
                <div role="gridcell" class="wf-track" aria-label=text::duration(span.duration_ms)>
                    {drawn}
                </div>
            </div>
        }
    };
    let axis =
        move || ticks(scale.get()).into_iter().map(|tick| view! { <span>{tick}</span> }).collect_view();
    view! {
        <div class="wf" role="treegrid" aria-label=label_text node_ref=grid on:keydown=key>
            <svg width="0" height="0" class="absolute" aria-hidden="true">
                <defs>
                    <pattern id="wf-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                        <line class="wf-hatch" x1="0" x2="0" y1="0" y2="6"></line>
                    </pattern>
                </defs>
            </svg>
            <div class="wf-axis" role="row">
                <span role="columnheader" class="pl-3.5">"Step"</span>
                <span role="columnheader" class="wf-scale num">{axis}</span>
            </div>
            {move || spans.get().into_iter().enumerate().map(row).collect_view()}
        </div>
    }
}
