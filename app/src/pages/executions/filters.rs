//! The filters of the list of executions. They are the address: a form for those without a script,
//! and at once for the others.

use domain::executions::Status;
use leptos::{ev, prelude::*};
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::list::Asked;
use crate::components::button::{Button, ButtonKind, LinkButton};
use crate::components::select::{Select, SelectOption};
use crate::components::tabs::{PageTab, PageTabs};
use crate::components::text_input::TextInput;
use crate::server_fns::agents::list_agents;

const LIVE: &str = "queued,running,waiting";
const FAILED: &str = "failed,timed_out,crashed";

/// All, Live and Failed as addresses.
#[component]
pub fn StatusTabs(asked: Asked, path: Memo<String>) -> impl IntoView {
    let tabs = move || {
        let now = asked.status.get();
        [("All", ""), ("Live", LIVE), ("Failed", FAILED)]
            .into_iter()
            .map(|(label, status)| {
                PageTab::new(label, asked.address(&path.read(), "status", status), now == status)
            })
            .collect::<Vec<_>>()
    };
    view! { <PageTabs label="States" tabs=Signal::derive(tabs) /> }
}

fn states() -> Vec<SelectOption> {
    let groups = [("", "Any state"), (LIVE, "Live"), (FAILED, "Failed, timed out, crashed")];
    let single = Status::ALL.iter().map(|status| SelectOption::new(status.word(), status.label()));
    groups.into_iter().map(|(value, label)| SelectOption::new(value, label)).chain(single).collect()
}

/// Search, state and agent.
#[component]
pub fn Filters(asked: Asked, path: Memo<String>, workspace: Memo<String>) -> impl IntoView {
    let agents = Resource::new(
        move || workspace.get(),
        |workspace| async move { list_agents(workspace, false, None).await.map(|page| page.items) },
    );
    let is_alive = RwSignal::new(false);
    let text = RwSignal::new(asked.text.get_untracked());
    // Back and Forward change the address without typing.
    Effect::new(move |_| text.set(asked.text.get()));
    Effect::new(move |_| is_alive.set(true));
    let navigate = use_navigate();
    let go = Callback::new(move |(name, value): (&'static str, String)| {
        let href = untrack(|| asked.address(&path.read_untracked(), name, &value));
        navigate(&href, NavigateOptions { scroll: false, ..NavigateOptions::default() });
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        go.run(("q", text.get_untracked()));
    };
    let agent_options = move || {
        let mut options = vec![SelectOption::new("", "Any agent")];
        if let Some(Ok(agents)) = agents.get() {
            options
                .extend(agents.into_iter().map(|agent| SelectOption::new(agent.id.to_string(), agent.title)));
        }
        let chosen = asked.agent.get();
        if !options.iter().any(|option| option.value == chosen) {
            options.push(SelectOption::new(chosen, "Another agent"));
        }
        options
    };
    let button = move || {
        (!is_alive.get())
            .then(|| view! { <Button kind=ButtonKind::Submit icon="list-filter">"Filter"</Button> })
    };
    // What other parts of the page set stays when the form is sent.
    let kept = move || {
        let kept = asked
            .values()
            .into_iter()
            .filter(|(name, text)| ["from", "to", "span"].contains(name) && !text.is_empty());
        kept.map(|(name, text)| view! { <input type="hidden" name=name value=text /> }).collect_view()
    };
    let clear =
        move || asked.is_any().then(|| view! { <LinkButton href=path icon="x">"Clear filters"</LinkButton> });
    view! {
        <form
            class="flex flex-wrap items-center gap-2 mb-3"
            role="search"
            aria-label="Filter executions"
            method="get"
            action=move || path.get()
            on:submit=submit
        >
            {kept}
            <TextInput
                name="q"
                id="executions-search"
                label="Search title or error"
                placeholder="Search title or error"
                input_type="search"
                icon="search"
                hide_label=true
                bind=text
                class="w-72 max-md:w-full"
            />
            <Select
                name="status"
                label="State"
                hide_label=true
                options=Signal::stored(states())
                value=asked.status
                on_change=move |value| go.run(("status", value))
            />
            <Transition fallback=|| ()>
                <Select
                    name="agent"
                    label="Agent"
                    hide_label=true
                    options=Signal::derive(agent_options)
                    value=asked.agent
                    on_change=move |value| go.run(("agent", value))
                />
            </Transition>
            {button}
            {clear}
        </form>
    }
}
