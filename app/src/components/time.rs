//! Moments. The server prints the short UTC form, so that the first frame is the same on both
//! sides; in the browser an effect turns it into `14 s ago` or the person's own zone. The exact
//! UTC moment stays in `datetime` and on hover.

use leptos::prelude::*;

use super::{
    calendar::{self, relative, utc_exact, utc_iso, utc_short},
    text,
};
use crate::browser;

/// How a moment is written once the page is alive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeStyle {
    /// `14 s ago` up to a day, then date and time in the person's zone.
    #[default]
    Relative,
    /// Date and time in the person's zone.
    Local,
    /// Time of day with seconds in the person's zone, for logs.
    Clock,
}

/// The browser's clock, shared by all moments on a page: nothing while rendering, then the time,
/// renewed every ten seconds.
#[derive(Clone, Copy, Debug)]
pub struct BrowserClock(RwSignal<Option<i64>>);

impl BrowserClock {
    fn start() -> Self {
        let now = RwSignal::new(None);
        Effect::new(move |_| {
            now.set(Some(browser::now_ms()));
            let tick = move || now.set(Some(browser::now_ms()));
            if let Ok(timer) = set_interval_with_handle(tick, std::time::Duration::from_secs(10)) {
                on_cleanup(move || timer.clear());
            }
        });
        Self(now)
    }
}

/// Starts the shared clock; called once, in `App`.
pub fn provide_clock() {
    provide_context(BrowserClock::start());
}

fn local_text(at_ms: i64, now_ms: i64, style: TimeStyle) -> String {
    let at = browser::local_parts(at_ms);
    match style {
        TimeStyle::Clock => format!("{:02}:{:02}:{:02}", at.hour, at.minute, at.second),
        TimeStyle::Relative if (now_ms - at_ms).abs() < 86_400_000 => relative(at_ms, now_ms),
        TimeStyle::Relative | TimeStyle::Local => {
            calendar::short(at, browser::local_parts(now_ms).year == at.year)
        }
    }
}

/// A moment, given in milliseconds since 1970.
#[component]
pub fn Time(
    #[prop(into)] at_ms: Signal<i64>,
    #[prop(optional)] style: TimeStyle,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let clock = use_context::<BrowserClock>().unwrap_or_else(BrowserClock::start);
    let shown = move || match clock.0.get() {
        Some(now) => local_text(at_ms.get(), now, style),
        None if style == TimeStyle::Clock => calendar::utc_clock(at_ms.get()),
        None => utc_short(at_ms.get()),
    };
    view! {
        <time class=class datetime=move || utc_iso(at_ms.get()) title=move || utc_exact(at_ms.get())>
            {shown}
        </time>
    }
}

/// How long something took, or has been taking. While it goes on the server prints what it knew
/// (`known_ms`), and the browser counts from `started_ms` once a second.
#[component]
pub fn Elapsed(
    started_ms: i64,
    #[prop(into)] ended_ms: Signal<Option<i64>>,
    /// The duration when the page was made, for the first frame.
    #[prop(optional)]
    known_ms: u64,
) -> impl IntoView {
    let now = RwSignal::new(None::<i64>);
    Effect::new(move |_| {
        if ended_ms.get().is_some() {
            return;
        }
        let tick = move || now.set(Some(browser::now_ms()));
        tick();
        if let Ok(timer) = set_interval_with_handle(tick, std::time::Duration::from_secs(1)) {
            on_cleanup(move || timer.clear());
        }
    });
    let shown = move || {
        let until = ended_ms.get().or_else(|| now.get());
        let ms = until.map_or(known_ms, |until| u64::try_from(until - started_ms).unwrap_or_default());
        text::duration(ms)
    };
    view! { <span class="num">{shown}</span> }
}
