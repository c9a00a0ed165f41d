//! The rows of a batch in the order of its file, each with its execution.

use domain::batches::{BatchRow, RowState};
use domain::paging::Page;
use leptos::prelude::*;

use super::shown::row_label;
use crate::components::empty_state::EmptyState;
use crate::components::panel::Panel;
use crate::components::status::StatusPill;
use crate::components::table::{Pager, Table, Th};
use crate::components::text::plural;
use crate::components::time::Time;
use crate::pages::executions::address::{Place, with_query};
use crate::pages::executions::shown::status;

/// One page of rows.
#[component]
pub fn RowsPanel(
    rows: RwSignal<Page<BatchRow>>,
    #[prop(into)] workspace: String,
    /// The path of the page.
    #[prop(into)]
    path: String,
    /// The state that is filtered by; empty for all.
    #[prop(into)]
    state: String,
    place: Place,
) -> impl IntoView {
    let link = move |place: Place| {
        with_query(&path, &[("state", &state), ("cursor", &place.cursor), ("trail", &place.trail)])
    };
    let newer = place.newer().map(&link);
    let older = Signal::derive(move || {
        let next = rows.with(|page| page.next_cursor.clone())?;
        Some(link(place.older(&next)))
    });
    let text = Signal::derive(move || Some(plural(rows.read().items.len() as u64, "row", "rows")));
    let executions = StoredValue::new(format!("/w/{workspace}/executions"));
    let shown = move || {
        let items = rows.get().items;
        if items.is_empty() {
            return view! { <EmptyState icon="list-filter" title="No rows" text="No row of this batch is in this state." /> }
                .into_any();
        }
        let rows = items
            .into_iter()
            .map(|row| view! { <Row row=row executions=executions.get_value() /> })
            .collect_view();
        view! {
            <Table label="Rows">
                <thead>
                    <tr>
                        <Th label="Row" numeric=true />
                        <Th label="State" />
                        <Th label="Message" />
                        <Th label="Ended" class="max-md:hidden" />
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        }
        .into_any()
    };
    view! {
        <Panel id="rows" title="Rows">
            {shown}
            <Pager text=text newer=newer older=older />
        </Panel>
    }
}

#[component]
fn Row(row: BatchRow, executions: String) -> impl IntoView {
    let label = row_label(row.state).to_owned();
    let name =
        row.title.clone().filter(|title| !title.is_empty()).unwrap_or_else(|| format!("Row {}", row.row));
    let name = match row.execution {
        Some(id) => view! { <a class="rowlink block truncate" href=format!("{executions}/{id}")>{name}</a> }
            .into_any(),
        None => view! { <span class="block truncate">{name}</span> }.into_any(),
    };
    let trouble = (row.state != RowState::Succeeded).then(|| {
        row.message.map(|message| view! { <p class="text-xs text-danger-text truncate">{message}</p> })
    });
    let ended = row.finished_at.map(|at| view! { <Time at_ms=at.millis() /> });
    view! {
        <tr>
            <td class="r num">{row.row}</td>
            <td><StatusPill status=status(row.state.status()) label=label /></td>
            <td class="w-full max-w-0">{name} {trouble}</td>
            <td class="max-md:hidden text-muted">{ended}</td>
        </tr>
    }
}
