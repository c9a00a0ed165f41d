//! The next due times of what is typed, in words and one by one.

use domain::schedules::Preview;
use leptos::prelude::*;

use crate::components::icon::{Icon, IconSize};
use crate::components::time::Time;

/// Words and times. Announced politely, because they change while somebody types.
#[component]
pub fn NextTimes(#[prop(into)] preview: Signal<Option<Preview>>) -> impl IntoView {
    let shown = move || match preview.get() {
        None => view! {
            <p class="text-subtle">"Nothing is due with what is typed. Look at the fields above."</p>
        }
        .into_any(),
        Some(preview) => {
            let rows = preview
                .next
                .into_iter()
                .map(|due| {
                    view! {
                        <li class="flex flex-wrap justify-between gap-x-4 py-1 border-t border-line">
                            <span class="num">{due.local}</span>
                            <span class="text-subtle"><Time at_ms=due.at.millis() /></span>
                        </li>
                    }
                })
                .collect_view();
            view! {
                <p class="flex items-center gap-1.5 mb-2">
                    <Icon name="calendar-clock" size=IconSize::Small />
                    <span>{preview.words}</span>
                </p>
                <ol aria-label="Next due times">{rows}</ol>
            }
            .into_any()
        }
    };
    view! { <div role="status" aria-live="polite" data-testid="next-times">{shown}</div> }
}
