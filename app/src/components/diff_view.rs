//! Two texts compared, line by line. Signs carry the meaning; colour repeats it.

use leptos::prelude::*;

/// What happened to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiffKind {
    Same,
    Add,
    Del,
}

/// One line, with its number in the text it comes from (the new one for lines in both).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DiffLine {
    pub kind: DiffKind,
    pub number: Option<u32>,
    pub text: String,
}

/// A unified diff.
#[component]
pub fn DiffView(
    #[prop(into)] lines: Signal<Vec<DiffLine>>,
    /// Names the region: "Diff from version 13 to version 14".
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let rows = move || {
        lines
            .get()
            .into_iter()
            .map(|line| {
                let (class, sign, mark) = match line.kind {
                    DiffKind::Same => ("ln", "  ", ""),
                    DiffKind::Add => ("ln diff-add", "+ ", "text-success-text"),
                    DiffKind::Del => ("ln diff-del", "- ", "text-danger-text"),
                };
                view! {
                    <div class=class>
                        <i aria-hidden="true">{line.number}</i>
                        <span><span class=mark>{sign}</span>{line.text}</span>
                    </div>
                }
            })
            .collect_view()
    };
    view! {
        <div class="code clip py-2" tabindex="0" role="region" aria-label=label>
            {rows}
        </div>
    }
}
