//! The executions of one agent.

use domain::executions::ExecutionFilter;
use leptos::prelude::*;

use super::detail::Here;
use crate::components::button::{ButtonVariant, LinkButton};
use crate::components::empty_state::EmptyState;
use crate::pages::executions::address::Place;
use crate::pages::executions::rows::{ExecutionRows, Wanted};

/// The executions table, fixed to this agent.
#[component]
pub fn AgentExecutions(here: Here) -> impl IntoView {
    let place = Place::of_address();
    let agent = here.agent.get_untracked().id;
    let wanted = Signal::derive(move || {
        let filter = ExecutionFilter { agent: Some(agent), ..ExecutionFilter::default() };
        Wanted { workspace: here.workspace.get_value(), filter: Ok(filter), place: place.get() }
    });
    let path = Signal::derive(move || (here.tab("executions"), Vec::new()));
    let empty = move || {
        view! {
            <EmptyState icon="list-tree" title="No executions yet" text="Run the agent to see what it does.">
                <LinkButton href=here.tab("playground") variant=ButtonVariant::Primary icon="play">"Open the playground"</LinkButton>
            </EmptyState>
        }
    };
    view! { <ExecutionRows wanted=wanted here=path is_of_one_agent=true empty=empty /> }
}
