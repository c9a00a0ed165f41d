//! Key figures in one panel, facts about one thing, and progress towards a limit.
//! Sizes that come from data are geometry attributes of SVG, never styles.

use leptos::prelude::*;

use super::icon::Icon;

/// A change against the period before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    pub text: String,
    pub is_up: bool,
    /// Whether it is good news; nothing when it has no good direction.
    pub is_good: Option<bool>,
}

/// How many columns the strip has on a wide screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KpiColumns {
    Two,
    Three,
    Four,
    #[default]
    Five,
    Six,
}

impl KpiColumns {
    const fn class(self) -> &'static str {
        match self {
            Self::Two => "panel kpis kpis-2",
            Self::Three => "panel kpis kpis-3",
            Self::Four => "panel kpis kpis-4",
            Self::Five => "panel kpis",
            Self::Six => "panel kpis kpis-6",
        }
    }
}

/// The panel round [`Kpi`] and [`Fact`].
#[component]
pub fn KpiStrip(
    #[prop(optional)] columns: KpiColumns,
    #[prop(optional)] class: &'static str,
    children: Children,
) -> impl IntoView {
    view! { <dl class=format!("{} {class}", columns.class())>{children()}</dl> }
}

/// One figure: name, value and unit, change, sparkline.
#[component]
pub fn Kpi(
    #[prop(into)] name: String,
    #[prop(into)] value: Signal<String>,
    #[prop(optional, into)] unit: Option<String>,
    #[prop(optional, into)] delta: MaybeProp<Delta>,
    /// Grey words after the value: "oldest 11 s".
    #[prop(optional, into)]
    note: MaybeProp<String>,
    /// The filtered list behind the figure.
    #[prop(optional, into)]
    href: Option<String>,
    /// A line of values, oldest first.
    #[prop(optional, into)]
    spark: Signal<Vec<f64>>,
) -> impl IntoView {
    let is_bad = Signal::derive(move || delta.read().as_ref().is_some_and(|d| d.is_good == Some(false)));
    let change = move || {
        delta.get().map(|delta| {
            let class = match delta.is_good {
                Some(true) => "delta delta-good",
                Some(false) => "delta delta-bad",
                None => "delta",
            };
            let (icon, word) = if delta.is_up { ("arrow-up", "up") } else { ("arrow-down", "down") };
            view! {
                <span class=class>
                    <Icon name=icon label=word class="size-3" />
                    {delta.text}
                </span>
            }
        })
    };
    let name = match href {
        Some(href) => view! { <a class="hover:underline underline-offset-3" href=href>{name}</a> }.into_any(),
        None => name.into_any(),
    };
    view! {
        <div class="kpi">
            <dt>{name}</dt>
            <dd>
                <div class="flex flex-wrap items-baseline gap-x-2">
                    <span class="val">{move || value.get()} {unit.map(|unit| view! { <small>{unit}</small> })}</span>
                    {change}
                    {move || note.get().map(|note| view! { <span class="text-xs text-subtle">{note}</span> })}
                </div>
                {move || {
                    let values = spark.get();
                    (values.len() > 1).then(|| view! { <Sparkline values=values bad=is_bad.get() /> })
                }}
            </dd>
        </div>
    }
}

/// A small fact: name, value, a grey word, and progress when it has a limit.
#[component]
pub fn Fact(
    #[prop(into)] name: String,
    #[prop(optional, into)] note: MaybeProp<String>,
    /// Percent of the limit.
    #[prop(optional, into)]
    progress: MaybeProp<u8>,
    /// The value; may be a component, such as the elapsed time.
    children: Children,
) -> impl IntoView {
    let label = format!("{name} used");
    view! {
        <div class="kpi fact">
            <dt>{name}</dt>
            <dd>
                <div class="flex items-baseline gap-1.5 min-w-0">
                    <span class="val">{children()}</span>
                    {move || note.get().map(|note| view! { <span class="text-xs text-subtle truncate">{note}</span> })}
                </div>
                {move || {
                    let label = label.clone();
                    progress.get().map(|percent| view! { <Progress label=label percent=percent thin=true /> })
                }}
            </dd>
        </div>
    }
}

/// A line without axes. Its numbers are told beside it, so it is hidden from assistive technology.
#[component]
fn Sparkline(values: Vec<f64>, bad: bool) -> impl IntoView {
    let line = path(&values);
    let area = format!("{line}L100 100L0 100Z");
    view! {
        <svg
            class=if bad { "spark spark-bad mt-1.5" } else { "spark mt-1.5" }
            viewBox="0 0 100 100"
            preserveAspectRatio="none"
            aria-hidden="true"
        >
            <path class="spark-area" d=area></path>
            <path class="spark-line" d=line></path>
        </svg>
    }
}

#[expect(clippy::cast_precision_loss, reason = "a line has far fewer points than 2^52")]
fn path(values: &[f64]) -> String {
    let top = values.iter().copied().fold(0.0_f64, f64::max).max(f64::EPSILON);
    let last = (values.len().max(2) - 1) as f64;
    values.iter().enumerate().fold(String::new(), |path, (index, value)| {
        let letter = if index == 0 { 'M' } else { 'L' };
        let (x, y) = (index as f64 / last * 100.0, 100.0 - value / top * 91.0);
        path + &format!("{letter}{x:.2} {y:.2}")
    })
}

/// Progress towards a limit: amber from 80%, red at the limit. The numbers stand beside it.
#[component]
pub fn Progress(
    #[prop(into)] label: String,
    #[prop(into)] percent: Signal<u8>,
    #[prop(optional)] thin: bool,
) -> impl IntoView {
    let shown = move || percent.get().min(100);
    view! {
        <svg
            class=if thin { "progress progress-thin" } else { "progress" }
            class:progress-warn=move || (80..100).contains(&shown())
            class:progress-full=move || shown() == 100
            role="progressbar"
            aria-label=label
            aria-valuenow=move || shown().to_string()
            aria-valuemin="0"
            aria-valuemax="100"
        >
            <rect x="0" y="0" width=move || format!("{}%", shown()) height="100%" rx="3"></rect>
        </svg>
    }
}
