//! When executions were accepted, over the list: bars by state, each a link that narrows the list to its
//! time. Drawn by the server; the same numbers stand in a table behind it.

use std::time::Duration;

use domain::executions::{Bar, FilterDraft, Histogram, Span};
use leptos::prelude::*;

use super::list::Asked;
use crate::browser;
use crate::components::button::{ButtonSize, ButtonVariant, LinkButton};
use crate::components::calendar::utc_short;
use crate::components::segmented::{Segment, Segmented};
use crate::components::table::{Table, Th};
use crate::components::text::{count, plural};
use crate::components::time::{Time, TimeStyle};
use crate::once::once;
use crate::server_fns::executions::get_histogram;

/// How often it is drawn anew while somebody looks.
const AGAIN: Duration = Duration::from_secs(30);

/// The histogram of what the list shows.
#[component]
pub fn TimeHistogram(asked: Asked, path: Memo<String>, workspace: Memo<String>) -> impl IntoView {
    let wanted = Memo::new(move |_| (workspace.get(), asked.filter(), asked.span.get()));
    let bars = Resource::new(
        move || wanted.get(),
        |(workspace, filter, span): (String, FilterDraft, String)| get_histogram(workspace, filter, span),
    );
    Effect::new(move |_| {
        let tick = move || {
            if !browser::is_hidden() {
                bars.refetch();
            }
        };
        if let Ok(timer) = set_interval_with_handle(tick, AGAIN) {
            on_cleanup(move || timer.clear());
        }
    });
    view! {
        <section class="panel mb-3" aria-label="Executions over time">
            <Transition fallback=|| view! { <div class="h-20"></div> }>
                {once(move || Suspend::new(async move {
                    // A filter that cannot be read is told of by the list under it.
                    bars.await.ok().map(|bars| view! { <Bars bars=bars asked=asked path=path /> })
                }))}
            </Transition>
        </section>
    }
}

#[component]
fn Bars(bars: Histogram, asked: Asked, path: Memo<String>) -> impl IntoView {
    let highest = bars.bars.iter().map(Bar::total).max().unwrap_or_default().max(1);
    let total: u64 = bars.bars.iter().map(Bar::total).sum();
    let ends = bars.bars.first().zip(bars.bars.last()).map(|(first, last)| {
        (first.from.millis(), first.from.millis().midpoint(last.to.millis()), last.to.millis())
    });
    let axis = ends.map(|(from, middle, to)| {
        view! {
            <div class="flex justify-between text-xs text-subtle num" aria-hidden="true">
                <Time at_ms=from style=TimeStyle::Local />
                <span class="max-md:hidden"><Time at_ms=middle style=TimeStyle::Local /></span>
                <Time at_ms=to style=TimeStyle::Local />
            </div>
        }
    });
    let narrow = move |bar: &Bar| asked.between(&path.read(), &bar.from.to_string(), &bar.to.to_string());
    let columns = bars
        .bars
        .iter()
        .map(|bar| {
            let href = narrow(bar);
            view! {
                <a class="flex-1 min-w-0 h-full hover:bg-hover" href=href tabindex="-1" title=words(bar)>
                    <Column bar=bar.clone() highest=highest />
                </a>
            }
        })
        .collect_view();
    let rows = bars
        .bars
        .iter()
        .filter(|bar| bar.total() > 0)
        .map(|bar| {
            view! {
                <tr>
                    <td>
                        <a class="hover:underline underline-offset-3" href=narrow(bar)>
                            <Time at_ms=bar.from.millis() style=TimeStyle::Local />
                        </a>
                    </td>
                    <td class="r">{count(bar.total())}</td>
                    <td class="r">{count(bar.succeeded)}</td>
                    <td class="r">{count(bar.troubled)}</td>
                    <td class="r">{count(bar.cancelled)}</td>
                    <td class="r">{count(bar.active)}</td>
                </tr>
            }
        })
        .collect_view();
    let spans = move || {
        let spans = Span::ALL.iter().map(|span| {
            let word = span.word();
            Segment::link(word, word, asked.address(&path.read(), "span", word))
        });
        spans.collect::<Vec<_>>()
    };
    let span = move || Span::read(&asked.span.read()).unwrap_or_default().word().to_owned();
    let choose = move || {
        let is_narrowed = !(asked.from.read().is_empty() && asked.to.read().is_empty());
        if is_narrowed {
            let href = Signal::derive(move || asked.between(&path.read(), "", ""));
            view! {
                <LinkButton href=href size=ButtonSize::Small variant=ButtonVariant::Ghost icon="x">
                    "Show all times"
                </LinkButton>
            }
            .into_any()
        } else {
            view! {
                <Segmented label="Time shown" options=Signal::derive(spans) selected=Signal::derive(span) />
            }
            .into_any()
        }
    };
    view! {
        <div class="px-3.5 pt-2.5 pb-2 grid gap-1.5">
            <div class="flex flex-wrap items-center gap-2">
                <span class="text-muted num">{plural(total, "execution", "executions")}</span>
                <span class="ml-auto">{choose}</span>
            </div>
            <div class="flex items-end h-10" aria-hidden="true">{columns}</div>
            {axis}
            <details>
                <summary class="text-xs text-subtle cursor-pointer w-fit">"As a table"</summary>
                <Table label="Executions over time">
                    <thead>
                        <tr>
                            <Th label="From" />
                            <Th label="Accepted" numeric=true />
                            <Th label="Succeeded" numeric=true />
                            <Th label="Failed" numeric=true />
                            <Th label="Cancelled" numeric=true />
                            <Th label="Not ended" numeric=true />
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </Table>
            </details>
        </div>
    }
}

/// What a bar says on hover.
fn words(bar: &Bar) -> String {
    let failed = if bar.troubled > 0 { format!(", {} failed", count(bar.troubled)) } else { String::new() };
    let many = plural(bar.total(), "execution", "executions");
    format!("{many}{failed}, from {}", utc_short(bar.from.millis()))
}

/// One bar: what went well at the bottom, trouble on top.
#[component]
fn Column(bar: Bar, highest: u64) -> impl IntoView {
    let parts = [
        (bar.succeeded, "bar-ok"),
        (bar.cancelled, "bar-cancelled"),
        (bar.active, "bar-active"),
        (bar.troubled, "bar-failed"),
    ];
    let rects = stacked(&parts.map(|(number, _)| number), highest)
        .into_iter()
        .zip(parts)
        .filter(|(_, (number, _))| *number > 0)
        .map(|((y, height), (_, class))| {
            view! { <rect class=class x="1" y=y.to_string() width="8" height=height.to_string()></rect> }
        })
        .collect_view();
    view! { <svg class="block w-full h-full" viewBox="0 0 10 400" preserveAspectRatio="none">{rects}</svg> }
}

/// Top and height of parts that stand on each other, in 400ths. What is there at all is seen.
fn stacked(parts: &[u64], highest: u64) -> Vec<(u64, u64)> {
    let mut top = 400_u64;
    let height = |part: u64| match part {
        0 => 0,
        part => (part.saturating_mul(400) / highest.max(1)).max(16),
    };
    parts
        .iter()
        .map(|part| {
            let height = height(*part).min(top);
            top -= height;
            (top, height)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_on_each_other_and_none_is_lost() {
        assert_eq!(stacked(&[5, 0, 0, 5], 10), [(200, 200), (200, 0), (200, 0), (0, 200)]);
        assert_eq!(stacked(&[9_999, 0, 0, 1], 10_000), [(1, 399), (1, 0), (1, 0), (0, 1)]);
        assert_eq!(stacked(&[0, 0, 0, 1], 10_000)[3], (384, 16));
    }
}
