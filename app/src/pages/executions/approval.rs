//! The questions of an execution: answered here by those who may, shown to everybody else, and kept
//! with who answered what.

pub mod fields;
pub mod form;

use domain::Permission;
use domain::approvals::{Approval, Outcome};
use domain::workspaces::Role;
use leptos::prelude::*;

use self::form::AnswerForm;
use crate::components::badge::{Badge, BadgeTone};
use crate::components::countdown::Countdown;
use crate::components::json_view::JsonView;
use crate::components::note::Note;
use crate::components::panel::Panel;
use crate::components::time::Time;
use crate::live::LiveExecution;
use crate::pages::workspace::form::{FormProblem, problem_of};
use crate::pages::workspace::here::{may, use_frame};
use crate::server_fns::executions::AnswerApproval;

/// Who may answer, in one sentence.
pub fn who_may(roles: &[Role]) -> String {
    let mut words: Vec<_> = roles.iter().map(|role| format!("{}s", role.word())).collect();
    match words.pop() {
        None => "Everyone who may run agents can answer.".to_owned(),
        Some(last) if words.is_empty() => format!("Only {last} can answer."),
        Some(last) => format!("Only {} and {last} can answer.", words.join(", ")),
    }
}

/// Whether somebody of this role may answer.
pub fn is_asked(roles: &[Role], role: Role) -> bool {
    roles.is_empty() || roles.contains(&role)
}

/// The question that is open, above everything else on the page.
#[component]
pub fn OpenApproval(live: LiveExecution, #[prop(into)] workspace: String) -> impl IntoView {
    let question = Memo::new(move |_| {
        let shown = live.shown.read();
        shown.detail.approvals.iter().rev().find(|question| question.closed_at.is_none()).cloned()
    });
    let answer = ServerAction::<AnswerApproval>::new();
    let value = answer.value();
    // Also when it was refused: then somebody else was first, or the time is over.
    Effect::new(move |_| {
        if value.read().is_some() {
            live.read_again();
        }
    });
    let can_answer = may(Permission::ApprovalsWrite);
    let role = use_frame().role;
    let problem = problem_of(answer);
    // What stands at a field is not repeated above the form.
    let above = Signal::derive(move || problem.get().filter(|problem| problem.fields.is_empty()));
    let card = move || {
        let question = question.get()?;
        let is_ours = can_answer && is_asked(&question.roles, role) && question.question.is_some();
        let form = is_ours.then(|| {
            let (question, workspace) = (question.clone(), workspace.clone());
            view! { <AnswerForm question=question workspace=workspace answer=answer problem=problem /> }
        });
        Some(view! { <Question question=question>{form}</Question> })
    };
    view! {
        <FormProblem title="It was not answered" problem=above />
        {card}
    }
}

/// Questions that are closed: who answered what, the latest first.
#[component]
pub fn ClosedApprovals(live: LiveExecution) -> impl IntoView {
    let closed = Memo::new(move |_| {
        let shown = live.shown.read();
        let closed = shown.detail.approvals.iter().rev().filter(|question| question.closed_at.is_some());
        closed.cloned().collect::<Vec<_>>()
    });
    move || closed.get().into_iter().map(|question| view! { <Question question=question /> }).collect_view()
}

/// One question with what is to be approved; the children answer it.
#[component]
pub fn Question(question: Approval, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    let Approval { step, roles, fields, expires_at, outcome, answer, note, closed_at, closed_by, .. } =
        question;
    let is_open = closed_at.is_none();
    let head = ViewFn::from(move || {
        match outcome {
        None => view! {
            <span class="ml-auto pr-1.5 text-subtle">"Expires " <Countdown until_ms=expires_at.millis() /></span>
        }
        .into_any(),
        Some(outcome) => outcome_badge(outcome).into_any(),
    }
    });
    let asked = question.question.map(|text| {
        view! { <p class="text-base font-medium whitespace-pre-wrap break-words">{text}</p> }
    });
    let hidden = asked.is_none().then(|| {
        view! {
            <Note icon="lock" title="You may not see inputs and outputs here">
                "Ask an owner or admin of the workspace for the right."
            </Note>
        }
    });
    let data = question.data.map(|data| {
        let viewer = view! { <JsonView value=Signal::stored(data) label="What is to be approved" /> };
        if is_open {
            view! { <div class="rounded-md border border-line overflow-hidden">{viewer}</div> }.into_any()
        } else {
            view! {
                <details>
                    <summary class="cursor-pointer text-muted w-fit">"What was to be approved"</summary>
                    <div class="mt-2 rounded-md border border-line overflow-hidden">{viewer}</div>
                </details>
            }
            .into_any()
        }
    });
    let who = is_open.then(|| view! { <p class="text-subtle">{who_may(&roles)}</p> });
    let closed = closed_at.map(|at| {
        let words = match (outcome, closed_by) {
            (Some(Outcome::Approved), Some(by)) => format!("{by} approved, "),
            (Some(Outcome::Declined), Some(by)) => format!("{by} declined, "),
            (Some(Outcome::Expired), _) => "Nobody answered in time. It ended ".to_owned(),
            (Some(Outcome::Withdrawn), _) => "The execution ended before anybody answered, ".to_owned(),
            (_, _) => "Answered ".to_owned(),
        };
        view! { <p class="text-muted">{words} <Time at_ms=at.millis() /></p> }
    });
    let filled = answer.filter(|answer| !answer.is_empty()).map(|answer| {
        let rows = answer
            .into_iter()
            .map(|(name, value)| {
                let label = fields.properties.get(&name).and_then(|field| field.title.clone());
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                view! {
                    <dt>{label.unwrap_or(name)}</dt>
                    <dd class="whitespace-pre-wrap break-words">{value}</dd>
                }
            })
            .collect_view();
        view! { <dl class="dl">{rows}</dl> }
    });
    let note =
        note.map(|note| view! { <p class="whitespace-pre-wrap break-words">{format!("“{note}”")}</p> });
    let title = if is_open { "Approval needed" } else { "Approval" };
    view! {
        <Panel id=format!("approval-{step}") title=title head=head class=if is_open { "mb-4" } else { "" }>
            <div class="p-3.5 grid grid-cols-1 gap-3">
                {asked} {hidden} {closed} {filled} {note} {data} {who} {children.map(|children| children())}
            </div>
        </Panel>
    }
}

fn outcome_badge(outcome: Outcome) -> impl IntoView {
    let (tone, icon, word) = match outcome {
        Outcome::Approved => (BadgeTone::Ok, "check", "Approved"),
        Outcome::Declined => (BadgeTone::Danger, "x", "Declined"),
        Outcome::Expired => (BadgeTone::Warn, "alarm-clock", "Expired"),
        Outcome::Withdrawn => (BadgeTone::Neutral, "ban", "Withdrawn"),
    };
    view! { <Badge tone=tone icon=icon class="ml-auto mr-1.5">{word}</Badge> }
}
