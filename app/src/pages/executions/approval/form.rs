//! The form that answers a question. Yes and no are its two buttons, so it works without a script;
//! with one, `A` and `D` press them while the card has focus.

use std::collections::BTreeMap;

use domain::Problem;
use domain::approvals::Approval;
use leptos::{ev, prelude::*};

use super::fields::AnswerFields;
use crate::browser;
use crate::components::button::{Button, ButtonKind, ButtonVariant};
use crate::components::text_area::TextArea;
use crate::kept::kept;
use crate::pages::workspace::form::wrong;
use crate::server_fns::executions::AnswerApproval;

/// Fields, a word about it, and the two answers.
#[component]
pub fn AnswerForm(
    question: Approval,
    #[prop(into)] workspace: String,
    answer: ServerAction<AnswerApproval>,
    #[prop(into)] problem: Signal<Option<Problem>>,
) -> impl IntoView {
    let Approval { execution, step, fields, .. } = question;
    let kept = kept::<AnswerApproval>().filter(|kept| kept.execution == execution);
    let note = kept.as_ref().map(|kept| kept.answer.note.clone());
    let typed: BTreeMap<_, _> = kept
        .map(|kept| kept.answer.fields)
        .unwrap_or_default()
        .into_iter()
        .map(|(name, value)| (name, value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    let key = move |event: ev::KeyboardEvent| {
        let is_plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
        if !is_plain || browser::is_typing(&event) {
            return;
        }
        let pressed = match event.key().as_str() {
            "a" | "A" => browser::click("#answer-approve"),
            "d" | "D" => browser::click("#answer-decline"),
            _ => false,
        };
        if pressed {
            event.prevent_default();
        }
    };
    view! {
        <ActionForm action=answer>
            <div class="grid gap-3" role="group" aria-label="Answer" on:keydown=key>
                <input type="hidden" name="workspace" value=workspace />
                <input type="hidden" name="execution" value=execution.to_string() />
                <input type="hidden" name="answer[step]" value=step.to_string() />
                <div class="grid gap-3 sm:max-w-lg">
                    <AnswerFields schema=fields typed=typed problem=problem />
                    <TextArea
                        name="answer[note]"
                        id="answer-note"
                        label="Note"
                        mark="optional, for the record"
                        rows=2
                        value=note.unwrap_or_default()
                        error=wrong(problem, "note")
                    />
                </div>
                <div class="flex flex-wrap gap-2">
                    <Button
                        kind=ButtonKind::Submit
                        variant=ButtonVariant::Primary
                        icon="check"
                        id="answer-approve"
                        name="answer[decision]"
                        value="approve"
                        shortcut="A"
                        busy=answer.pending()
                    >
                        "Approve"
                    </Button>
                    <Button
                        kind=ButtonKind::Submit
                        variant=ButtonVariant::Danger
                        icon="x"
                        id="answer-decline"
                        name="answer[decision]"
                        value="decline"
                        shortcut="D"
                        busy=answer.pending()
                    >
                        "Decline"
                    </Button>
                </div>
            </div>
        </ActionForm>
    }
}
