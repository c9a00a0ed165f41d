//! Every execution of the workspace: find the one that matters.

use domain::executions::FilterDraft;
use leptos::prelude::*;
use leptos_meta::Title;

use super::address::{Place, use_query_value, use_workspace, with_query};
use super::filters::{Filters, StatusTabs};
use super::histogram::TimeHistogram;
use super::rows::{ExecutionRows, Wanted};
use super::saved::SavedFilters;
use crate::components::button::{ButtonVariant, LinkButton};
use crate::components::empty_state::EmptyState;
use crate::components::kbd::RowKeys;
use crate::components::panel::PageHead;
use crate::error::AppError;

/// What the address filters by.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub status: Memo<String>,
    pub agent: Memo<String>,
    pub text: Memo<String>,
    pub from: Memo<String>,
    pub to: Memo<String>,
    /// How far back the histogram looks; no filter of the list.
    pub span: Memo<String>,
}

impl Asked {
    fn of_address() -> Self {
        Self {
            status: use_query_value("status"),
            agent: use_query_value("agent"),
            text: use_query_value("q"),
            from: use_query_value("from"),
            to: use_query_value("to"),
            span: use_query_value("span"),
        }
    }

    /// The values for an address, without the place in the list.
    pub fn values(self) -> Vec<(&'static str, String)> {
        vec![
            ("status", self.status.get()),
            ("agent", self.agent.get()),
            ("q", self.text.get()),
            ("from", self.from.get()),
            ("to", self.to.get()),
            ("span", self.span.get()),
        ]
    }

    /// The same for the server.
    pub fn filter(self) -> FilterDraft {
        FilterDraft {
            status: self.status.get(),
            agent: self.agent.get(),
            q: self.text.get(),
            from: self.from.get(),
            to: self.to.get(),
            ids: String::new(),
        }
    }

    /// Whether it leaves anything out.
    pub fn is_any(self) -> bool {
        !self.filter().is_empty()
    }

    /// The address of this list between two moments; of all times when they are empty.
    pub fn between(self, path: &str, from: &str, to: &str) -> String {
        let mut values = self.values();
        for (name, text) in &mut values {
            match *name {
                "from" => from.clone_into(text),
                "to" => to.clone_into(text),
                _ => {}
            }
        }
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        with_query(path, &values)
    }

    /// The address of this list with one value replaced, from its first page.
    pub fn address(self, path: &str, name: &str, value: &str) -> String {
        let mut values = self.values();
        for (own, text) in &mut values {
            if *own == name {
                value.clone_into(text);
            }
        }
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        with_query(path, &values)
    }
}

/// The list of executions.
#[component]
pub fn ExecutionsPage() -> impl IntoView {
    let workspace = use_workspace();
    let path = Memo::new(move |_| format!("/w/{}/executions", workspace.read()));
    let agents = Signal::derive(move || format!("/w/{}/agents", workspace.read()));
    let bulk = Signal::derive(move || format!("/w/{}/executions/bulk", workspace.read()));
    let asked = Asked::of_address();
    let place = Place::of_address();
    let wanted = Signal::derive(move || {
        let filter = asked.filter().parse().map_err(AppError);
        Wanted { workspace: workspace.get(), filter, place: place.get() }
    });
    let here = Signal::derive(move || (path.get(), asked.values()));
    let empty = move || {
        if asked.is_any() {
            view! {
                <EmptyState icon="list-filter" title="No executions match" text="Nothing has these filters. Widen them, or start over.">
                    <LinkButton href=path>"Clear filters"</LinkButton>
                </EmptyState>
            }
            .into_any()
        } else {
            view! {
                <EmptyState icon="list-tree" title="No executions yet" text="An execution is one run of an agent on one input. Run an agent to see it here.">
                    <LinkButton href=agents variant=ButtonVariant::Primary icon="play">"Run an agent"</LinkButton>
                </EmptyState>
            }
            .into_any()
        }
    };
    let actions = ViewFn::from(move || {
        view! {
            <LinkButton href=bulk>"Actions on many"</LinkButton>
            <LinkButton href=agents variant=ButtonVariant::Primary icon="play" shortcut="R">"Run an agent"</LinkButton>
        }
    });
    view! {
        <Title text="Executions" />
        <PageHead title="Executions" actions=actions />
        <StatusTabs asked=asked path=path />
        <SavedFilters asked=asked workspace=workspace />
        <Filters asked=asked path=path workspace=workspace />
        <TimeHistogram asked=asked path=path workspace=workspace />
        <ExecutionRows wanted=wanted here=here choosing=Signal::derive(move || asked.filter()) empty=empty />
        <RowKeys />
    }
}
