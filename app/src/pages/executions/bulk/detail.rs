//! One action on many executions: how far it is, a result for each, and a way to stop it.

use std::time::Duration;

use domain::bulk::{BulkAction, BulkKind, BulkOutcome, BulkRow, BulkStatus};
use domain::ids::BulkId;
use domain::{Permission, Problem};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

use super::list::{BulkState, title_of, words_of_action};
use crate::browser;
use crate::components::badge::{Badge, BadgeTone};
use crate::components::button::{Button, ButtonKind, ButtonVariant, LinkButton};
use crate::components::kbd::RowKeys;
use crate::components::kpi::Progress;
use crate::components::panel::{PageHead, Panel};
use crate::components::skeleton::SkeletonText;
use crate::components::table::{Pager, Table, Th};
use crate::components::text::{count, plural};
use crate::components::time::Time;
use crate::error::AppError;
use crate::pages::executions::address::{use_part, use_query_value, use_workspace, with_query};
use crate::pages::workspace::form::{FormProblem, problem_of};
use crate::pages::workspace::here::may;
use crate::pages::workspace::load::Load;
use crate::server_fns::bulk::{RESULTS, ShownBulk, StopBulk, get_bulk};
use crate::shell::context::name_page;

/// How often the page looks again while the action is worked off.
const AGAIN: Duration = Duration::from_secs(1);

/// One action.
#[component]
pub fn BulkPage() -> impl IntoView {
    let (workspace, id, after) = (use_workspace(), use_part("id"), use_query_value("after"));
    let loaded = Resource::new(
        move || (workspace.get(), id.get(), after.get()),
        |(workspace, id, after)| async move {
            let id = id.parse::<BulkId>().map_err(|_| AppError(Problem::not_found("action")))?;
            let after = after.parse().unwrap_or_default();
            Ok((after, get_bulk(workspace, id, after).await?))
        },
    );
    view! {
        <Title text="Action on many executions" />
        <Load
            resource=loaded
            failed="The action could not be loaded"
            waiting=|| view! { <SkeletonText label="Loading the action" block=true /> }
            ready=move |(after, shown)| {
                view! { <Shown workspace=workspace.get_untracked() after=after first=shown /> }.into_any()
            }
        />
        <RowKeys />
    }
}

/// Reads the action and its results again until it has ended; not while nobody can see the page.
fn keep_fresh(workspace: String, after: u64, shown: RwSignal<ShownBulk>) {
    let is_over = Memo::new(move |_| shown.read().action.status != BulkStatus::Running);
    let id = shown.read_untracked().action.id;
    Effect::new(move |_| {
        if is_over.get() {
            return;
        }
        let workspace = workspace.clone();
        let look = move || {
            if browser::is_hidden() {
                return;
            }
            let workspace = workspace.clone();
            spawn_local(async move {
                // What is shown stays when the server cannot be reached.
                if let Ok(fresh) = get_bulk(workspace, id, after).await {
                    shown.try_set(fresh);
                }
            });
        };
        if let Ok(timer) = set_interval_with_handle(look, AGAIN) {
            on_cleanup(move || timer.clear());
        }
    });
}

#[component]
fn Shown(workspace: String, after: u64, first: ShownBulk) -> impl IntoView {
    let title = title_of(&first.action);
    let crumb = title.clone();
    name_page(move || Some(crumb.clone()));
    let words = words_of_action(&first.action);
    let (by, at) = (first.action.created_by.clone(), first.action.created_at.millis());
    let shown = RwSignal::new(first);
    keep_fresh(workspace.clone(), after, shown);
    let action = Memo::new(move |_| shown.read().action.clone());
    let lead = ViewFn::from(move || move || view! { <BulkState status=action.read().status /> });
    let meta = ViewFn::from(move || {
        view! {
            <span>{words.clone()}</span>
            <span>"Asked for " <Time at_ms=at /> " by " {by.clone()}</span>
        }
    });
    let actions = ViewFn::from({
        let workspace = workspace.clone();
        move || view! { <Stop workspace=workspace.clone() shown=shown /> }
    });
    view! {
        <PageHead title=title lead=lead meta=meta actions=actions />
        <Far action=action />
        <Results workspace=workspace after=after shown=shown />
    }
}

#[component]
fn Stop(workspace: String, shown: RwSignal<ShownBulk>) -> impl IntoView {
    let stop = ServerAction::<StopBulk>::new();
    let value = stop.value();
    // The answer is a newer state of what is read again and again.
    Effect::new(move |_| {
        if let Some(Ok(action)) = value.get() {
            shown.update(|shown| shown.action = action);
        }
    });
    let is_running = Memo::new(move |_| shown.read().action.status == BulkStatus::Running);
    let id = shown.read_untracked().action.id;
    let home = format!("/w/{workspace}/executions/bulk");
    let is_allowed = may(Permission::ExecutionsWrite);
    view! {
        <FormProblem title="It was not stopped" problem=problem_of(stop) />
        {move || {
            let workspace = workspace.clone();
            (is_running.get() && is_allowed).then(|| view! {
                <ActionForm action=stop>
                    <input type="hidden" name="workspace" value=workspace />
                    <input type="hidden" name="bulk" value=id.to_string() />
                    <Button kind=ButtonKind::Submit variant=ButtonVariant::Danger icon="square" busy=stop.pending()>
                        "Stop"
                    </Button>
                </ActionForm>
            })
        }}
        <LinkButton href=home>"All actions"</LinkButton>
    }
}

/// How far it is, always with the numbers.
#[component]
fn Far(action: Memo<BulkAction>) -> impl IntoView {
    let percent = Signal::derive(move || {
        let action = action.read();
        let is_over = action.status == BulkStatus::Finished;
        if is_over { 100 } else { u8::try_from(action.done * 100 / action.total.max(1)).unwrap_or(100) }
    });
    let words = move || {
        let action = action.read();
        let done = match action.kind {
            BulkKind::Cancel => "cancelled",
            BulkKind::Rerun => "started again",
        };
        let left = action.total.saturating_sub(action.done);
        let rest = match action.status {
            BulkStatus::Running if left > 0 => format!(", {} to go", count(left)),
            BulkStatus::Stopped if left > 0 => format!(", {} left alone", count(left)),
            // What changed state before its turn no longer fits the filter.
            BulkStatus::Finished if left > 0 => format!(", {} no longer matched", count(left)),
            BulkStatus::Running | BulkStatus::Stopped | BulkStatus::Finished => String::new(),
        };
        format!("{} {done}, {} refused{rest}", count(action.changed), count(action.refused))
    };
    view! {
        <Panel id="progress" label="Progress" class="mb-4">
            <div class="p-3.5 grid gap-2">
                <Progress label="Progress" percent=percent />
                <p class="num" role="status">{words}</p>
            </div>
        </Panel>
    }
}

#[component]
fn Results(workspace: String, after: u64, shown: RwSignal<ShownBulk>) -> impl IntoView {
    let numbers = Memo::new(move |_| shown.read().rows.iter().map(|row| row.number).collect::<Vec<_>>());
    let is_empty = Memo::new(move |_| numbers.read().is_empty());
    let home = StoredValue::new(format!("/w/{workspace}/executions"));
    let page = move |after: u64| {
        let path = format!("{}/bulk/{}", home.read_value(), shown.read_untracked().action.id);
        with_query(&path, &[("after", &if after == 0 { String::new() } else { after.to_string() })])
    };
    let newer = (after > 0).then(|| page(after.saturating_sub(u64::from(RESULTS))));
    let older = Signal::derive(move || {
        let last = numbers.read().last().copied()?;
        (shown.read().action.done > last).then(|| page(last))
    });
    let text = Signal::derive(move || {
        let numbers = numbers.read();
        let (first, last) = numbers.first().copied().zip(numbers.last().copied())?;
        Some(format!(
            "{} to {} of {}",
            count(first),
            count(last),
            plural(shown.read().action.done, "result", "results")
        ))
    });
    view! {
        <Panel id="results" title="Results">
            {move || {
                is_empty.get().then(|| view! { <p class="text-muted px-3.5 py-6 text-center">"There are no results yet."</p> })
            }}
            <Table label="Results">
                <thead>
                    <tr>
                        <Th label="Row" numeric=true class="max-md:hidden" />
                        <Th label="Result" />
                        <Th label="Execution" />
                        <Th label="New execution" class="max-md:hidden" />
                    </tr>
                </thead>
                <tbody>
                    <For each=move || numbers.get() key=|number| *number let(number)>
                        {
                            let row = shown.read_untracked().rows.iter().find(|row| row.number == number).cloned();
                            row.map(|row| view! { <ResultRow row=row home=home /> })
                        }
                    </For>
                </tbody>
            </Table>
            <Pager text=text newer=newer older=older />
        </Panel>
    }
}

#[component]
fn ResultRow(row: BulkRow, home: StoredValue<String>) -> impl IntoView {
    let (tone, word) = match row.outcome {
        BulkOutcome::Done => (BadgeTone::Ok, "Done"),
        BulkOutcome::Refused => (BadgeTone::Warn, "Refused"),
    };
    let link = move |id: domain::ids::ExecutionId, class: &'static str| {
        view! { <a class=class href=format!("{}/{id}", home.read_value())>{short(&id.to_string())}</a> }
    };
    view! {
        <tr>
            <td class="r max-md:hidden">{count(row.number)}</td>
            <td><Badge tone=tone>{word}</Badge></td>
            <td class="w-full max-md:max-w-0">
                <span class="flex items-baseline gap-2.5 min-w-0">
                    {link(row.execution, "rowlink mono")}
                    <span class="text-muted truncate">{row.message.clone()}</span>
                </span>
            </td>
            <td class="max-md:hidden">{row.new_execution.map(|id| link(id, "mono hover:underline underline-offset-3"))}</td>
        </tr>
    }
}

/// The end of an identifier, which differs most.
fn short(id: &str) -> String {
    format!("exe_…{}", &id[id.len().saturating_sub(6)..])
}
