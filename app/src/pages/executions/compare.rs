//! Two executions side by side: facts, input, output, steps. Any two of a workspace; what it is for is a
//! re-run beside its original.

pub mod facts;
pub mod texts;

use domain::Problem;
use domain::ids::ExecutionId;
use leptos::prelude::*;
use leptos_meta::Title;

use self::facts::{FactsTable, StepsTable};
use self::texts::{TextPanel, input_text, output_text};
use super::address::{use_query_value, use_workspace};
use super::failure::LoadFailed;
use super::related::{compare_href, short};
use crate::components::button::LinkButton;
use crate::components::empty_state::EmptyState;
use crate::components::panel::PageHead;
use crate::components::skeleton::SkeletonText;
use crate::error::AppError;
use crate::once::once;
use crate::pages::executions::address::with_query;
use crate::server_fns::executions::{ShownExecution, get_execution};
use crate::shell::context::name_page;

type Both = Option<(ShownExecution, ShownExecution)>;

/// Reads both; nothing when the address does not name two.
async fn load(workspace: String, a: String, b: String) -> Result<Both, AppError> {
    if a.is_empty() || b.is_empty() {
        return Ok(None);
    }
    let id = |text: &str| text.parse::<ExecutionId>().map_err(|_| AppError(Problem::not_found("execution")));
    let (a, b) = (id(&a)?, id(&b)?);
    let first = get_execution(workspace.clone(), a).await?;
    Ok(Some((first, get_execution(workspace, b).await?)))
}

/// The executions that `a` and `b` in the address name.
#[component]
pub fn ComparePage() -> impl IntoView {
    let workspace = use_workspace();
    let (a, b) = (use_query_value("a"), use_query_value("b"));
    let loaded =
        Resource::new(move || (workspace.get(), a.get(), b.get()), |(workspace, a, b)| load(workspace, a, b));
    let retry = Callback::new(move |()| loaded.refetch());
    name_page(|| Some("Compare".to_owned()));
    view! {
        <Title text="Compare executions" />
        <Transition fallback=|| view! { <SkeletonText label="Loading both executions" block=true /> }>
            {once(move || Suspend::new(async move {
                let list = format!("/w/{}/executions", workspace.get_untracked());
                match loaded.await {
                    Ok(Some((a, b))) => {
                        view! { <Compared workspace=workspace.get_untracked() a=a b=b /> }.into_any()
                    }
                    Ok(None) => view! {
                        <PageHead title="Compare executions" />
                        <div class="panel">
                            <EmptyState
                                icon="columns-2"
                                title="Choose two executions"
                                text="Select two rows in the list, or open a re-run and compare it with its original."
                            >
                                <LinkButton href=list>"All executions"</LinkButton>
                            </EmptyState>
                        </div>
                    }
                    .into_any(),
                    Err(error) => view! {
                        <PageHead title="Compare executions" />
                        <LoadFailed
                            title="The executions could not be loaded"
                            error=error
                            on_retry=retry
                            back=(list, "All executions")
                        />
                    }
                    .into_any(),
                }
            }))}
        </Transition>
    }
}

/// Both executions, loaded.
#[component]
pub fn Compared(#[prop(into)] workspace: String, a: ShownExecution, b: ShownExecution) -> impl IntoView {
    let (a, b) = (a.detail, b.detail);
    let swapped = compare_href(&workspace, b.row.id, a.row.id);
    let versions = match (a.row.version, b.row.version) {
        (Some(from), Some(to)) if from != to && a.row.agent.id == b.row.agent.id => Some(with_query(
            &format!("/w/{workspace}/agents/{}/versions", a.row.agent.slug),
            &[("a", &from.to_string()), ("b", &to.to_string())],
        )),
        _ => None,
    };
    let actions = ViewFn::from(move || {
        let versions = versions
            .clone()
            .map(|href| view! { <LinkButton href=href icon="tag">"Compare versions"</LinkButton> });
        view! {
            {versions}
            <LinkButton href=swapped.clone() icon="columns-2">"Swap sides"</LinkButton>
        }
    });
    let label = format!("from {} to {}", short(a.row.id), short(b.row.id));
    let sees = a.payloads_visible && b.payloads_visible;
    view! {
        <PageHead title="Compare executions" actions=actions />
        <div class="grid grid-cols-1 gap-4">
            <FactsTable workspace=workspace a=a.clone() b=b.clone() />
            <div class="grid grid-cols-[minmax(0,1fr)] gap-4 lg:grid-cols-2 items-start">
                <TextPanel id="input" title="Input" label=label.clone() sees=sees a=input_text(&a) b=input_text(&b) />
                <TextPanel id="output" title="Output" label=label sees=sees a=output_text(&a) b=output_text(&b) />
            </div>
            <StepsTable a=a b=b />
        </div>
    }
}
