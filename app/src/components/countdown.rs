//! How long until something happens, counted down once a second. The server cannot know what the
//! browser's clock says, so the first frame names the moment itself.

use leptos::prelude::*;

use super::calendar::{utc_exact, utc_iso, utc_short};
use super::text;
use crate::browser;

/// `4 s`, `1 m 04 s`; `now` once it is past.
fn left(until_ms: i64, now_ms: i64) -> String {
    match u64::try_from(until_ms - now_ms) {
        Ok(ms) if ms >= 1_000 => {
            text::duration(if ms < 60_000 { ms / 1_000 * 1_000 } else { ms }).replace(".0", "")
        }
        _ => "now".to_owned(),
    }
}

/// The time left until a moment, after words such as "Expires": `in 4 s`, `now`.
#[component]
pub fn Countdown(until_ms: i64) -> impl IntoView {
    let now = RwSignal::new(None::<i64>);
    Effect::new(move |_| {
        let tick = move || {
            now.try_set(Some(browser::now_ms()));
        };
        tick();
        if let Ok(timer) = set_interval_with_handle(tick, std::time::Duration::from_secs(1)) {
            on_cleanup(move || timer.clear());
        }
    });
    let shown = move || match now.get() {
        None => utc_short(until_ms),
        Some(now) => match left(until_ms, now).as_str() {
            "now" => "now".to_owned(),
            left => format!("in {left}"),
        },
    };
    view! {
        <time class="num" datetime=utc_iso(until_ms) title=utc_exact(until_ms)>
            {shown}
        </time>
    }
}

#[cfg(test)]
mod tests {
    use super::left;

    #[test]
    fn whole_seconds_are_counted_and_the_past_is_now() {
        for (ms, words) in [
            (-5, "now"),
            (900, "now"),
            (1_000, "1 s"),
            (59_999, "59 s"),
            (64_000, "1 m 04 s"),
            (7_500_000, "2 h 05 m"),
        ] {
            assert_eq!(left(10_000 + ms, 10_000).replace('\u{a0}', " "), words);
        }
    }
}
