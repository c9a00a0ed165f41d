//! What an execution has to do with others: the one it runs again, those that run it again, the one
//! whose result it copies. Re-runs are compared from here.

use domain::ids::ExecutionId;
use leptos::prelude::*;

use super::address::with_query;
use crate::components::panel::Panel;
use crate::live::LiveExecution;

/// An id short enough for a line: `exe_…3f9a2c`.
pub fn short(id: ExecutionId) -> String {
    let id = id.to_string();
    format!("exe_…{}", &id[id.len().saturating_sub(6)..])
}

/// The page that puts two executions side by side.
pub fn compare_href(workspace: &str, a: ExecutionId, b: ExecutionId) -> String {
    with_query(&format!("/w/{workspace}/executions/compare"), &[("a", &a.to_string()), ("b", &b.to_string())])
}

/// Links to the executions that belong to this one; nothing where there are none.
#[component]
pub fn RelatedPanel(live: LiveExecution, #[prop(into)] workspace: String) -> impl IntoView {
    let related = Memo::new(move |_| {
        let shown = live.shown.read();
        let row = &shown.detail.row;
        (row.id, row.rerun_of, row.copied_from, shown.detail.reruns.clone())
    });
    move || {
        let (own, rerun_of, copied_from, reruns) = related.get();
        let entry = |words: &'static str, other: ExecutionId, compare: Option<(String, &'static str)>| {
            let href = format!("/w/{workspace}/executions/{other}");
            let compare =
                compare.map(|(href, words)| view! { <a class="link ml-auto pr-1.5" href=href>{words}</a> });
            view! {
                <li class="row">
                    <span class="text-muted">{words}</span>
                    <a class="mono underline underline-offset-3" href=href title=other.to_string()>{short(other)}</a>
                    {compare}
                </li>
            }
        };
        let first = rerun_of.map(|first| {
            entry("Re-run of", first, Some((compare_href(&workspace, first, own), "Compare with original")))
        });
        let copied = copied_from.map(|from| entry("Copies the result of", from, None));
        let again = reruns
            .iter()
            .map(|again| entry("Re-run", *again, Some((compare_href(&workspace, own, *again), "Compare"))))
            .collect_view();
        let is_any = first.is_some() || copied.is_some() || !reruns.is_empty();
        is_any.then(|| {
            view! {
                <Panel id="related" title="Related executions">
                    <ul class="rows">{first} {copied} {again}</ul>
                </Panel>
            }
        })
    }
}
