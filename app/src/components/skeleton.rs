//! What shows while data loads: the geometry of the content, only after 150 ms, with one status
//! line for those who do not see it.

use leptos::prelude::*;

const WIDTHS: [&str; 4] = ["w-2/3", "w-1/2", "w-3/5", "w-2/5"];

/// Rows of a list or table.
#[component]
pub fn SkeletonRows(
    /// What is being loaded: "Loading executions".
    #[prop(into)]
    label: String,
    #[prop(default = 6)] rows: usize,
) -> impl IntoView {
    let rows: Vec<_> = WIDTHS
        .into_iter()
        .cycle()
        .take(rows)
        .map(|width| {
            view! {
                <div class="skel-row">
                    <span class="skel h-4 w-20"></span>
                    <span class=format!("skel h-4 {width}")></span>
                    <span class="skel h-4 w-12 ml-auto"></span>
                </div>
            }
        })
        .collect();
    view! {
        <div class="skel-late" aria-busy="true">
            <p class="sr-only" role="status">{label}</p>
            <div aria-hidden="true">{rows}</div>
        </div>
    }
}

/// A few lines of text, or one block when `block` is set.
#[component]
pub fn SkeletonText(
    #[prop(into)] label: String,
    #[prop(default = 3)] lines: usize,
    #[prop(optional)] block: bool,
) -> impl IntoView {
    let body = if block {
        view! { <span class="skel h-40 w-full"></span> }.into_any()
    } else {
        WIDTHS
            .into_iter()
            .cycle()
            .take(lines)
            .map(|width| view! { <span class=format!("skel h-4 mb-2 {width}")></span> })
            .collect_view()
            .into_any()
    };
    view! {
        <div class="skel-late p-3.5" aria-busy="true">
            <p class="sr-only" role="status">{label}</p>
            <div aria-hidden="true">{body}</div>
        </div>
    }
}
