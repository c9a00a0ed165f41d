//! The numbers behind a waterfall, as a table.

use leptos::prelude::*;

use super::{
    table::{Table, Th},
    text,
    waterfall::Span,
};

/// The spans of one execution, one row each, folded away until somebody asks for it.
#[component]
pub fn SpanTable(#[prop(into)] spans: Signal<Vec<Span>>) -> impl IntoView {
    let rows = move || {
        spans
            .get()
            .into_iter()
            .map(|span| {
                view! {
                    <tr>
                        <td class="whitespace-normal break-words">{span.name}</td>
                        <td class="text-muted">{span.kind.word()}</td>
                        <td>{span.state.word()}</td>
                        <td class="text-muted">{span.meta}</td>
                        <td class="r num">{text::duration(span.start_ms)}</td>
                        <td class="r num">{text::duration(span.duration_ms)}</td>
                    </tr>
                }
            })
            .collect_view()
    };
    view! {
        <details class="border-t border-line">
            <summary class="cursor-pointer px-3.5 py-2 text-muted">"Table"</summary>
            <Table label="Steps and waits">
                <thead>
                    <tr>
                        <Th label="Step" />
                        <Th label="Kind" />
                        <Th label="State" />
                        <Th label="Try" />
                        <Th label="Begins at" numeric=true />
                        <Th label="Duration" numeric=true />
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </details>
    }
}
