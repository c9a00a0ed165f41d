//! Why an execution ended other than well, and the next step. Nothing for those that went well.

use domain::executions::{Reason, Status};
use leptos::prelude::*;

use crate::components::button::{ButtonSize, LinkButton};
use crate::components::note::{Note, NoteTone};
use crate::live::LiveExecution;

/// Where the fix is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fix {
    Settings,
    Configuration,
}

/// What to do about a reason, and where.
const fn advice(reason: Reason) -> (&'static str, Option<Fix>) {
    match reason {
        Reason::UpstreamStatus | Reason::UpstreamFailed | Reason::UpstreamUnreadable => (
            "Run it again. If it fails the same way, look at the input and the instructions.",
            Some(Fix::Configuration),
        ),
        Reason::UpstreamUnauthorised | Reason::ToolhouseNotConnected => {
            ("Set the Toolhouse key in Settings, then run it again.", Some(Fix::Settings))
        }
        Reason::OutOfCredits => ("Top up the Toolhouse account, then run it again.", None),
        Reason::UpstreamNotFound => {
            ("Check the agent's Toolhouse id, or publish the agent again.", Some(Fix::Configuration))
        }
        Reason::UpstreamBusy | Reason::UpstreamUnreachable => {
            ("Wait a moment, then run it again. Nothing was lost.", None)
        }
        Reason::UpstreamInDoubt | Reason::StreamCut | Reason::StepInDoubt => {
            ("It may have had its effect. Look there first, and run it again only if it had none.", None)
        }
        Reason::ToolhousePrivateRefused => (
            "Give the agent an existing Toolhouse id, or change the Toolhouse plan.",
            Some(Fix::Configuration),
        ),
        Reason::ModelNotConnected => (
            "Choose the runtime Toolhouse, or have the server's operator set a model provider.",
            Some(Fix::Configuration),
        ),
        Reason::RunDeadline | Reason::StepDeadline => {
            ("Raise the time limit, or ask for less.", Some(Fix::Configuration))
        }
        Reason::QueueDeadline => {
            ("The workers were busy. Run it again, or raise the queue limit.", Some(Fix::Configuration))
        }
        Reason::OutputLimit => {
            ("Ask for a shorter answer, or raise the output limit.", Some(Fix::Configuration))
        }
        Reason::BudgetReached => ("Raise the budget, or ask for less.", Some(Fix::Configuration)),
        Reason::AnswerCut => ("Raise the longest answer, or ask for less.", Some(Fix::Configuration)),
        Reason::AnswerFiltered => ("Ask in other words, or choose another model.", Some(Fix::Configuration)),
        Reason::StepLimit => ("Raise the number of steps.", Some(Fix::Configuration)),
        Reason::CancelledBy | Reason::Declined => ("Run it again to start over.", None),
        Reason::ApprovalExpired => {
            ("Run it again, and have somebody answer in time.", Some(Fix::Configuration))
        }
        Reason::LeaseLost | Reason::HandedBack | Reason::Internal => (
            "This is our fault. Run it again; the server's log has the cause under this execution's id.",
            None,
        ),
    }
}

/// The panel on top of a failed execution; a word about charges on a stopped one.
#[component]
pub fn Cause(live: LiveExecution, #[prop(into)] workspace: String) -> impl IntoView {
    let facts = Memo::new(move |_| {
        let shown = live.shown.read();
        let row = &shown.detail.row;
        let is_stopped = row.cancelling || row.status == Status::Cancelled;
        let may_charge =
            is_stopped && shown.detail.runtime == "toolhouse" && row.started_at.is_some() && !row.simulated;
        (row.status, row.reason, row.message.clone(), row.agent.slug.clone(), may_charge)
    });
    move || {
        let (status, reason, message, slug, may_charge) = facts.get();
        if may_charge {
            return view! {
                <Note class="mb-4" title="Stopped here">"Toolhouse may still finish and charge."</Note>
            }
            .into_any();
        }
        if !status.is_trouble() {
            return ().into_any();
        }
        let said = message.or_else(|| reason.map(|reason| reason.sentence().to_owned()));
        let said = said.unwrap_or_else(|| "It ended without saying why.".to_owned());
        let (todo, fix) = reason.map_or(("Run it again.", None), advice);
        let tone = if status == Status::TimedOut { NoteTone::Warn } else { NoteTone::Danger };
        let link = fix.map(|fix| {
            let (href, words) = match fix {
                Fix::Settings => (format!("/w/{workspace}/settings/toolhouse"), "Open settings"),
                Fix::Configuration => {
                    (format!("/w/{workspace}/agents/{slug}/configuration"), "Open configuration")
                }
            };
            view! { <LinkButton href=href size=ButtonSize::Small>{words}</LinkButton> }
        });
        view! {
            <Note tone=tone class="mb-4" title=said>
                <p>{todo}</p>
                {link.map(|link| view! { <div class="mt-2.5">{link}</div> })}
            </Note>
        }
        .into_any()
    }
}
