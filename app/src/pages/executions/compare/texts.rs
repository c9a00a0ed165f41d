//! What went in and what came out, compared line by line. JSON is compared by its structure: both sides
//! are written the same way first. Long stretches without a change are folded.

use std::fmt::Write as _;

use domain::executions::ExecutionDetail;
use leptos::prelude::*;
use serde_json::Value;

use crate::components::diff_view::{DiffKind, DiffLine, DiffView};
use crate::components::note::Note;
use crate::components::panel::Panel;
use crate::pages::agents::lines::compare;

/// Lines without a change that stay round a change.
const AROUND: usize = 3;

/// Message and variables as one text.
pub fn input_text(detail: &ExecutionDetail) -> String {
    let Some(input) = &detail.input else { return String::new() };
    let mut text = input.message.clone();
    for (name, value) in &input.vars {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{{{name}}} = {value}");
    }
    text
}

/// The output; JSON is written one value a line.
pub fn output_text(detail: &ExecutionDetail) -> String {
    let text = detail.output.as_deref().unwrap_or_default();
    let value =
        serde_json::from_str::<Value>(text).ok().filter(|value| value.is_object() || value.is_array());
    value.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| text.to_owned())
}

/// Leaves out what is far from every change.
pub fn fold(lines: Vec<DiffLine>) -> Vec<DiffLine> {
    let changed: Vec<_> = (0..lines.len()).filter(|index| lines[*index].kind != DiffKind::Same).collect();
    let is_near = |index: usize| {
        let next = changed.partition_point(|at| *at < index);
        let after = changed.get(next).is_some_and(|at| at - index <= AROUND);
        let before =
            next.checked_sub(1).and_then(|last| changed.get(last)).is_some_and(|at| index - at <= AROUND);
        after || before
    };
    let mut folded = Vec::new();
    let mut left_out = 0_usize;
    let note = |count: usize| DiffLine {
        kind: DiffKind::Same,
        number: None,
        text: format!("… {count} {}", if count == 1 { "line is the same" } else { "lines are the same" }),
    };
    for (index, line) in lines.into_iter().enumerate() {
        if is_near(index) {
            if left_out > 0 {
                folded.push(note(std::mem::take(&mut left_out)));
            }
            folded.push(line);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        folded.push(note(left_out));
    }
    folded
}

/// One panel with the difference.
#[component]
pub fn TextPanel(
    id: &'static str,
    title: &'static str,
    /// Which two: "from exe_…a to exe_…b".
    label: String,
    /// Whether the reader may see payloads.
    sees: bool,
    a: String,
    b: String,
) -> impl IntoView {
    let body = if !sees {
        view! {
            <div class="p-3.5">
                <Note icon="lock" title="You may not see inputs and outputs here">
                    "Ask an owner or admin of the workspace for the right."
                </Note>
            </div>
        }
        .into_any()
    } else if a == b {
        let words = if a.is_empty() { "Neither has any." } else { "Both are the same." };
        view! { <p class="p-3.5 text-muted">{words}</p> }.into_any()
    } else {
        let lines = fold(compare(&a, &b));
        view! { <DiffView lines=Signal::stored(lines) label=format!("{title} {label}") /> }.into_any()
    };
    view! { <Panel id=id title=title class="overflow-hidden">{body}</Panel> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_from_a_change_nothing_is_shown() {
        let before: Vec<_> = (0..20).map(|n| n.to_string()).collect();
        let mut after = before.clone();
        after[10] = "ten".to_owned();
        let folded = fold(compare(&before.join("\n"), &after.join("\n")));
        let texts: Vec<_> = folded.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "… 7 lines are the same",
                "7",
                "8",
                "9",
                "10",
                "ten",
                "11",
                "12",
                "13",
                "… 6 lines are the same"
            ]
        );
    }
}
