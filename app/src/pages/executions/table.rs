//! The table of executions. Rows keep their elements while their data changes, so a refresh moves
//! neither focus nor scroll.

use domain::executions::ExecutionRow;
use domain::ids::ExecutionId;
use leptos::prelude::*;

use super::bulk::bar::FORM;
use super::bulk::choice::Choice;
use super::shown::{CachedBadge, RowStatus, SimulatedBadge, Took, Version, title, trigger};
use crate::components::icon::{Icon, IconSize};
use crate::components::table::{Table, Th};
use crate::components::time::Time;

/// Executions, newest first.
#[component]
pub fn ExecutionsTable(
    #[prop(into)] workspace: String,
    #[prop(into)] rows: Signal<Vec<ExecutionRow>>,
    /// Leaves the agent out, on the page of one agent.
    #[prop(optional)]
    is_of_one_agent: bool,
    /// Lets rows be chosen.
    choice: Option<Choice>,
) -> impl IntoView {
    let workspace = StoredValue::new(workspace);
    let ids = Memo::new(move |_| rows.read().iter().map(|row| row.id).collect::<Vec<_>>());
    view! {
        <Table label="Executions">
            <thead>
                <tr>
                    {choice.map(|choice| view! { <PageBox choice=choice /> })}
                    <Th label="Status" />
                    <Th label="Execution" />
                    <Th label=if is_of_one_agent { "Version" } else { "Agent" } class="max-md:hidden" />
                    <Th label="Started by" class="max-lg:hidden" />
                    <Th label="Started" class="max-md:hidden" />
                    <Th label="Duration" numeric=true class="max-md:hidden" />
                </tr>
            </thead>
            <tbody>
                <For each=move || ids.get() key=|id| *id let(id)>
                    <Row workspace=workspace id=id rows=rows is_of_one_agent=is_of_one_agent choice=choice />
                </For>
            </tbody>
        </Table>
    }
}

/// The box that chooses the page. It needs a script; ticking each box does not.
#[component]
fn PageBox(choice: Choice) -> impl IntoView {
    let is_some = move || !choice.chosen().is_empty();
    let is_all = move || is_some() && choice.is_whole_page();
    view! {
        <th scope="col" class="w-0">
            <input
                type="checkbox"
                class="check needs-script"
                aria-label="Select every execution on this page"
                prop:checked=is_all
                prop:indeterminate=move || is_some() && !is_all()
                on:change=move |event| choice.set_page(event_target_checked(&event))
            />
        </th>
    }
}

#[component]
fn Row(
    workspace: StoredValue<String>,
    id: ExecutionId,
    rows: Signal<Vec<ExecutionRow>>,
    is_of_one_agent: bool,
    choice: Option<Choice>,
) -> impl IntoView {
    // A row that has just left the list still draws once; it keeps what it had.
    let row = Memo::new(move |before: Option<&Option<ExecutionRow>>| {
        let found = rows.read().iter().find(|row| row.id == id).cloned();
        found.or_else(|| before.cloned().flatten())
    });
    let first = row.get_untracked()?;
    let row = Signal::derive(move || row.get().unwrap_or_else(|| first.clone()));
    let home = format!("/w/{}", workspace.get_value());
    let href = format!("{home}/executions/{id}");
    let agent = move || {
        let row = row.get();
        let link = (!is_of_one_agent).then(|| {
            let href = format!("{home}/agents/{}/playground", row.agent.slug);
            view! { <a class="hover:underline underline-offset-3" href=href>{row.agent.title.clone()}</a> }
        });
        view! {
            <span class="inline-flex items-center gap-1.5">
                {link} <Version number=row.version /> {row.simulated.then(|| view! { <SimulatedBadge /> })}
            </span>
        }
    };
    let meta = move || {
        let row = row.get();
        view! {
            <span class="md:hidden flex items-center gap-1 text-xs text-subtle min-w-0">
                <span class="truncate">{row.agent.title.clone()}</span>
                "·"
                <Time at_ms=row.created_at.millis() />
            </span>
        }
    };
    let by = move || {
        let row = row.read();
        let (icon, word) = trigger(row.trigger);
        view! {
            <span class="inline-flex items-center gap-1.5 align-middle text-muted" title=word>
                <Icon name=icon size=IconSize::Small label=word />
                {row.created_by.clone()}
            </span>
        }
    };
    let cause = move || {
        let row = row.read();
        row.message.clone().filter(|_| row.status.is_trouble()).map(|message| {
            view! { <span class="text-muted truncate max-md:hidden">{message}</span> }
        })
    };
    let cached = move || row.read().copied_from.is_some().then(|| view! { <CachedBadge /> });
    let started = Memo::new(move |_| row.read().created_at.millis());
    let is_chosen = move || choice.is_some_and(|choice| choice.has(id));
    let tick = choice.map(|choice| {
        let label = Signal::derive(move || format!("Select {}", title(&row.read())));
        view! {
            <td class="w-0 max-md:align-top max-md:pt-2.5">
                <input
                    type="checkbox"
                    class="check"
                    name="ids"
                    value=id.to_string()
                    form=FORM
                    aria-label=label
                    prop:checked=is_chosen
                    on:click=move |event| choice.set(id, event_target_checked(&event), event.shift_key())
                />
            </td>
        }
    });
    Some(view! {
        <tr aria-selected=move || is_chosen().then_some("true")>
            {tick}
            <td class="max-md:align-top max-md:pt-2.5">
                <RowStatus row=row />
            </td>
            <td class="w-full max-w-[410px] max-md:max-w-0 max-md:py-2">
                <div class="flex items-baseline gap-2.5 min-w-0">
                    <a class="rowlink truncate" href=href>{move || title(&row.read())}</a>
                    {cached}
                    {cause}
                </div>
                {meta}
            </td>
            <td class="max-md:hidden">{agent}</td>
            <td class="max-lg:hidden">{by}</td>
            <td class="max-md:hidden text-muted"><Time at_ms=started /></td>
            <td class="r max-md:hidden"><Took row=row /></td>
        </tr>
    })
}
