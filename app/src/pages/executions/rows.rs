//! A page of executions that keeps itself up to date: every three seconds while something goes on,
//! every fifteen otherwise, and not at all while nobody can see it. Known rows change in place; new ones
//! wait behind a button, so that nothing moves under the pointer.
//!
//! It asks again instead of following the event stream: a stream tells of one execution, so a page would
//! need fifty, and it would not tell of those to come. One question costs one walk of an index. Rows that
//! newer ones have pushed off the page are asked for by name.

use std::time::Duration;

use domain::Permission;
use domain::executions::{ExecutionFilter, ExecutionRow, FilterDraft, MOST_NAMED, Status};
use domain::paging::Page;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::address::{Place, with_query};
use super::bulk::bar::BulkBar;
use super::bulk::choice::Choice;
use super::failure::LoadFailed;
use super::table::ExecutionsTable;
use crate::browser;
use crate::components::button::{Button, ButtonSize};
use crate::components::skeleton::SkeletonRows;
use crate::components::table::Pager;
use crate::components::text::plural;
use crate::error::AppError;
use crate::once::once;
use crate::pages::workspace::here::may;
use crate::server_fns::executions::list_executions;

const WHILE_ACTIVE: Duration = Duration::from_secs(3);
const OTHERWISE: Duration = Duration::from_secs(15);

/// What a list is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Slug of the workspace.
    pub workspace: String,
    /// The filter, or why it cannot be read.
    pub filter: Result<ExecutionFilter, AppError>,
    /// The page.
    pub place: Place,
}

/// Reads one page. An empty list of states would vanish on the way to the server, so "any state"
/// is said in full.
pub async fn read(wanted: Wanted) -> Result<Page<ExecutionRow>, AppError> {
    let mut filter = wanted.filter?;
    if filter.status.is_empty() {
        filter.status = Status::ALL.to_vec();
    }
    list_executions(wanted.workspace, filter, wanted.place.cursor()).await
}

/// What rows that newer ones have pushed off the page are like now.
async fn read_again(wanted: Wanted, rows: Vec<ExecutionRow>) -> Result<Vec<ExecutionRow>, AppError> {
    let page = read(wanted.clone()).await?.items;
    let missing = rows.iter().filter(|row| !row.status.is_final() && page.iter().all(|new| new.id != row.id));
    let ids: Vec<_> = missing.map(|row| row.id).take(MOST_NAMED).collect();
    if ids.is_empty() {
        return Ok(page);
    }
    let filter = Ok(ExecutionFilter { ids, ..ExecutionFilter::default() });
    let mut known = read(Wanted { filter, place: Place::default(), ..wanted }).await?.items;
    known.extend(page);
    Ok(known)
}

/// The list with its four faces.
#[component]
pub fn ExecutionRows(
    #[prop(into)] wanted: Signal<Wanted>,
    /// The path of this page and what its address says besides the place.
    #[prop(into)]
    here: Signal<(String, Vec<(&'static str, String)>)>,
    #[prop(optional)] is_of_one_agent: bool,
    /// Lets rows be chosen; this is the filter to choose everything that matches.
    #[prop(optional, into)]
    choosing: Option<Signal<FilterDraft>>,
    /// Shown when there are no rows.
    #[prop(into)]
    empty: ViewFn,
) -> impl IntoView {
    let rows = Resource::new(move || wanted.get(), read);
    let retry = Callback::new(move |()| rows.refetch());
    let choosing = choosing.filter(|_| may(Permission::ExecutionsWrite));
    view! {
        <section class="panel" aria-label="Executions">
            <Transition fallback=|| view! { <SkeletonRows label="Loading executions" /> }>
                {once(move || {
                    let empty = empty.clone();
                    Suspend::new(async move {
                        match rows.await {
                            Err(error) => view! {
                                <div class="p-3.5">
                                    <LoadFailed title="The executions could not be loaded" error=error on_retry=retry />
                                </div>
                            }
                            .into_any(),
                            Ok(page) => view! {
                                <Rows
                                    first=page
                                    wanted=wanted
                                    here=here
                                    is_of_one_agent=is_of_one_agent
                                    choosing=choosing
                                    empty=empty
                                    retry=retry
                                />
                            }
                            .into_any(),
                        }
                    })
                })}
            </Transition>
        </section>
    }
}

#[component]
fn Rows(
    first: Page<ExecutionRow>,
    wanted: Signal<Wanted>,
    here: Signal<(String, Vec<(&'static str, String)>)>,
    is_of_one_agent: bool,
    choosing: Option<Signal<FilterDraft>>,
    empty: ViewFn,
    retry: Callback<()>,
) -> impl IntoView {
    let asked = wanted.get_untracked();
    let workspace = asked.workspace.clone();
    let asked = StoredValue::new(asked);
    let is_empty = first.items.is_empty();
    let rows = RwSignal::new(first.items);
    let newcomers = RwSignal::new(0_u64);
    let is_late = RwSignal::new(false);
    let is_asking = StoredValue::new(false);
    let is_active = Memo::new(move |_| rows.read().iter().any(|row| !row.status.is_final()));
    let refresh = move || {
        if browser::is_hidden() || is_asking.try_get_value() != Some(false) {
            return;
        }
        let (Some(asked), Some(known)) = (asked.try_get_value(), rows.try_get_untracked()) else { return };
        is_asking.set_value(true);
        spawn_local(async move {
            match read_again(asked, known).await {
                Ok(fresh) => {
                    is_late.try_set(false);
                    take(rows, newcomers, fresh);
                }
                Err(_) => {
                    // What is shown stays, and says that it is old.
                    is_late.try_set(true);
                }
            }
            is_asking.try_set_value(false);
        });
    };
    Effect::new(move |_| {
        let pause = if is_active.get() || is_empty { WHILE_ACTIVE } else { OTHERWISE };
        if let Ok(timer) = set_interval_with_handle(refresh, pause) {
            on_cleanup(move || timer.clear());
        }
    });
    let news = move || {
        let count = newcomers.get();
        (count > 0).then(|| {
            let words = format!("Show {}", plural(count, "new execution", "new executions"));
            view! {
                <div class="p-2 border-b border-line text-center" role="status">
                    <Button size=ButtonSize::Small icon="arrow-up" on_press=retry>{words}</Button>
                </div>
            }
        })
    };
    let late = move || {
        is_late.get().then(|| {
            view! {
                <p class="px-3.5 py-2 text-warning-text border-b border-line" role="status">
                    "These rows are old: the server cannot be reached. Trying again."
                </p>
            }
        })
    };
    if is_empty {
        return view! { {news} {late} {empty.run()} }.into_any();
    }
    let link = move |place: Place| {
        let (path, mut values) = here.get();
        values.extend([("cursor", place.cursor), ("trail", place.trail)]);
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        with_query(&path, &values)
    };
    let place = asked.read_value().place.clone();
    let newer = place.newer();
    let older = first.next_cursor.map(|next| place.older(&next));
    let has_more = newer.is_some() || older.is_some();
    let text = Signal::derive(move || Some(plural(rows.read().len() as u64, "execution", "executions")));
    let choice = choosing.map(|_| Choice::of(rows.into()));
    let lead = ViewFn::from({
        let workspace = workspace.clone();
        move || {
            choice.zip(choosing).map(|(choice, filter)| {
                view! { <BulkBar workspace=workspace.clone() choice=choice filter=filter has_more=has_more /> }
            })
        }
    });
    view! {
        {news}
        {late}
        <ExecutionsTable workspace=workspace rows=rows is_of_one_agent=is_of_one_agent choice=choice />
        <Pager
            text=text
            lead=lead
            newer=Signal::derive(move || newer.clone().map(link))
            older=Signal::derive(move || older.clone().map(link))
        />
    }
    .into_any()
}

/// Updates the rows that are known and counts the others. A row that no longer matches the filter
/// stays where it is until the list is read anew.
fn take(rows: RwSignal<Vec<ExecutionRow>>, newcomers: RwSignal<u64>, fresh: Vec<ExecutionRow>) {
    rows.try_update(|rows| {
        let newest = rows.first().map(|row| row.id);
        let mut count = 0;
        for row in fresh {
            match rows.iter_mut().find(|known| known.id == row.id) {
                Some(known) => *known = row,
                // Identifiers sort by the time they were made.
                None if newest.is_none_or(|newest| row.id > newest) => count += 1,
                None => {}
            }
        }
        newcomers.try_set(count);
    });
}
