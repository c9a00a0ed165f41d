//! One batch: how far it is, its rows, its results to download, and what can be done with it.

use std::time::Duration;

use domain::batches::{Batch, BatchRow, BatchState, RowState};
use domain::ids::BatchId;
use domain::paging::Page;
use domain::{Permission, Problem};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

use super::rows::RowsPanel;
use super::shown::{BatchBadge, BatchProgress, progress_text, row_label};
use crate::components::button::{Button, ButtonKind, ButtonVariant, LinkButton};
use crate::components::dialog::Dialog;
use crate::components::icon::{Icon, IconSize};
use crate::components::note::{Note, NoteTone};
use crate::components::panel::{PageHead, Panel};
use crate::components::skeleton::SkeletonText;
use crate::components::tabs::{PageTab, PageTabs};
use crate::components::text::{count, plural};
use crate::components::time::Time;
use crate::error::AppError;
use crate::once::once;
use crate::pages::agents::dialogs::addressed;
use crate::pages::executions::address::{Place, use_part, use_query_value, use_workspace, with_query};
use crate::pages::executions::failure::LoadFailed;
use crate::pages::workspace::form::{FormProblem, problem_of};
use crate::pages::workspace::here::may;
use crate::server_fns::batches::{
    CancelBatch, PauseBatch, RerunFailedRows, ResumeBatch, ShownBatch, get_batch,
};
use crate::shell::context::name_page;

/// How often the page looks again while the batch has not ended.
const AGAIN: Duration = Duration::from_secs(2);

async fn load(workspace: String, id: String, state: String, place: Place) -> Result<ShownBatch, AppError> {
    let id = id.parse::<BatchId>().map_err(|_| AppError(Problem::not_found("batch")))?;
    get_batch(workspace, id, state.parse::<RowState>().ok(), place.cursor()).await
}

/// One batch.
#[component]
pub fn BatchPage() -> impl IntoView {
    let (workspace, id, place) = (use_workspace(), use_part("id"), Place::of_address());
    let state = use_query_value("state");
    let loaded = Resource::new(
        move || (workspace.get(), id.get(), state.get(), place.get()),
        |(workspace, id, state, place)| load(workspace, id, state, place),
    );
    let retry = Callback::new(move |()| loaded.refetch());
    view! {
        <Transition fallback=|| view! { <SkeletonText label="Loading the batch" block=true /> }>
            {once(move || Suspend::new(async move {
                let workspace = workspace.get_untracked();
                match loaded.await {
                    Ok(shown) => {
                        let asked = (state.get_untracked(), place.get_untracked());
                        view! { <Shown workspace=workspace shown=shown asked=asked /> }.into_any()
                    }
                    Err(error) => {
                        let back = (format!("/w/{workspace}/batches"), "All batches");
                        view! {
                            <Title text="Batch" />
                            <PageHead title="Batch" />
                            <LoadFailed title="The batch could not be loaded" error=error on_retry=retry back=back />
                        }
                        .into_any()
                    }
                }
            }))}
        </Transition>
    }
}

/// Reads the batch and its rows again and again until it has ended.
fn keep_fresh(
    workspace: String,
    id: BatchId,
    (state, place): (String, Place),
    batch: RwSignal<Batch>,
    rows: RwSignal<Page<BatchRow>>,
) {
    let is_over = Memo::new(move |_| batch.read().state.is_final());
    Effect::new(move |_| {
        if is_over.get() {
            return;
        }
        let (workspace, state, place) = (workspace.clone(), state.clone(), place.clone());
        let look = move || {
            let (workspace, state, place) = (workspace.clone(), state.clone(), place.clone());
            spawn_local(async move {
                // What is shown stays when the server cannot be reached.
                if let Ok(fresh) = load(workspace, id.to_string(), state, place).await {
                    rows.try_set(fresh.rows);
                    batch.try_set(fresh.batch);
                }
            });
        };
        if let Ok(timer) = set_interval_with_handle(look, AGAIN) {
            on_cleanup(move || timer.clear());
        }
    });
}

#[component]
fn Shown(workspace: String, shown: ShownBatch, asked: (String, Place)) -> impl IntoView {
    let name = shown.batch.name.clone();
    let crumb = name.clone();
    name_page(move || Some(crumb.clone()));
    let id = shown.batch.id;
    let path = format!("/w/{workspace}/batches/{id}");
    let payloads_visible = shown.payloads_visible;
    let batch = RwSignal::new(shown.batch);
    let rows = RwSignal::new(shown.rows);
    keep_fresh(workspace.clone(), id, asked.clone(), batch, rows);
    let state = Memo::new(move |_| batch.read().state);
    let lead = ViewFn::from(move || move || view! { <BatchBadge state=state.get() /> });
    let meta = ViewFn::from({
        let agents = format!("/w/{workspace}/agents");
        let batch = batch.get_untracked();
        move || {
            let href = format!("{agents}/{}/versions", batch.agent.slug);
            view! {
                <span>
                    "Runs " <a class="underline underline-offset-3" href=href>{batch.agent.title.clone()}</a>
                    {format!(" v{}", batch.version)}
                </span>
                <span>"Started " <Time at_ms=batch.created_at.millis() /> " by " {batch.created_by.clone()}</span>
            }
        }
    });
    let actions = ViewFn::from({
        let (workspace, path) = (workspace.clone(), path.clone());
        move || view! { <Actions workspace=workspace.clone() path=path.clone() id=id batch=batch /> }
    });
    let note = move || {
        batch.read().note.clone().map(|note| {
            view! {
                <Note tone=NoteTone::Warn class="mb-4" title="This batch was paused by itself">
                    {note} " Mend it, then resume."
                </Note>
            }
        })
    };
    let (filter, place) = asked;
    let tabs = state_tabs(batch, path.clone(), filter.clone());
    view! {
        <Title text=name.clone() />
        <PageHead title=name lead=lead meta=meta actions=actions />
        {note}
        <ProgressPanel workspace=workspace.clone() id=id batch=batch payloads_visible=payloads_visible />
        <PageTabs label="Rows by state" tabs=tabs />
        <RowsPanel rows=rows workspace=workspace.clone() path=path state=filter place=place />
        <CancelDialog workspace=workspace id=id batch=batch />
    }
}

/// All rows, and those in each state that has any.
fn state_tabs(batch: RwSignal<Batch>, path: String, filter: String) -> Signal<Vec<PageTab>> {
    Signal::derive(move || {
        let counts = batch.read().counts;
        let all =
            PageTab::new("All", path.clone(), filter.is_empty()).with_count(count(u64::from(counts.all())));
        let of_state = RowState::ALL.iter().filter_map(|state| {
            let (rows, is_current) = (counts.of(*state), filter == state.word());
            (rows > 0 || is_current).then(|| {
                let href = with_query(&path, &[("state", state.word())]);
                PageTab::new(row_label(*state), href, is_current).with_count(count(u64::from(rows)))
            })
        });
        std::iter::once(all).chain(of_state).collect()
    })
}

#[component]
fn ProgressPanel(
    workspace: String,
    id: BatchId,
    batch: RwSignal<Batch>,
    payloads_visible: bool,
) -> impl IntoView {
    let counts = Signal::derive(move || batch.read().counts);
    let download = move |format: &'static str, label: &'static str| {
        let href = format!("/download/batches/{id}?w={workspace}&format={format}");
        view! {
            <a class="btn btn-secondary" href=href rel="external" download="">
                <Icon name="download" size=IconSize::Small />
                {label}
            </a>
        }
    };
    let downloads = payloads_visible.then(|| {
        view! {
            <div class="flex flex-wrap gap-2">
                {download("csv", "Results as CSV")}
                {download("jsonl", "Results as JSON Lines")}
            </div>
        }
    });
    view! {
        <Panel id="progress" label="Progress" class="mb-4">
            <div class="p-3.5 grid gap-3">
                <p class="num" role="status">{move || progress_text(&counts.read())}</p>
                <BatchProgress counts=counts />
                {downloads}
            </div>
        </Panel>
    }
}

#[component]
fn Actions(workspace: String, path: String, id: BatchId, batch: RwSignal<Batch>) -> impl IntoView {
    let pause = ServerAction::<PauseBatch>::new();
    let resume = ServerAction::<ResumeBatch>::new();
    let again = ServerAction::<RerunFailedRows>::new();
    let started = again.value();
    let navigate = use_navigate();
    let list = format!("/w/{workspace}/batches");
    Effect::new(move |_| {
        if let Some(Ok(batch)) = started.get() {
            navigate(&format!("{list}/{}", batch.id), NavigateOptions::default());
        }
    });
    let failed = Memo::new(move |_| {
        let counts = batch.read().counts;
        [RowState::Failed, RowState::TimedOut, RowState::Crashed]
            .map(|state| counts.of(state))
            .iter()
            .sum::<u32>()
    });
    let (paused, resumed) = (pause.value(), resume.value());
    Effect::new(move |_| {
        if let Some(Ok(changed)) = paused.get() {
            batch.set(changed);
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(changed)) = resumed.get() {
            batch.set(changed);
        }
    });
    let may_write = may(Permission::ExecutionsWrite);
    let state = Memo::new(move |_| batch.read().state);
    let hidden = StoredValue::new((workspace, id.to_string()));
    let fields = move || {
        let (workspace, id) = hidden.get_value();
        view! {
            <input type="hidden" name="workspace" value=workspace />
            <input type="hidden" name="batch" value=id />
        }
    };
    let switch = move || {
        match state.get() {
        BatchState::Running => view! {
            <ActionForm action=pause>
                {fields()}
                <Button kind=ButtonKind::Submit icon="circle-pause" busy=pause.pending()>"Pause"</Button>
            </ActionForm>
        }
        .into_any(),
        BatchState::Paused => view! {
            <ActionForm action=resume>
                {fields()}
                <Button kind=ButtonKind::Submit variant=ButtonVariant::Primary icon="play" busy=resume.pending()>"Resume"</Button>
            </ActionForm>
        }
        .into_any(),
        BatchState::Cancelled | BatchState::Finished if failed.get() > 0 => view! {
            <ActionForm action=again>
                {fields()}
                <Button kind=ButtonKind::Submit icon="rotate-cw" busy=again.pending()>
                    {format!("Run {} again", plural(u64::from(failed.get()), "failed row", "failed rows"))}
                </Button>
            </ActionForm>
        }
        .into_any(),
        BatchState::Cancelling | BatchState::Cancelled | BatchState::Finished => ().into_any(),
    }
    };
    let cancel = move || {
        matches!(state.get(), BatchState::Running | BatchState::Paused).then(|| {
            view! {
                <LinkButton href=format!("{path}?dialog=cancel") variant=ButtonVariant::Danger icon="square">"Cancel"</LinkButton>
            }
        })
    };
    may_write.then(|| {
        view! {
            {switch}
            {cancel}
            <FormProblem title="The failed rows were not started" problem=problem_of(again) />
            <FormProblem title="It was not paused" problem=problem_of(pause) />
            <FormProblem title="It was not resumed" problem=problem_of(resume) />
        }
    })
}

/// Asks before a batch is cancelled.
#[component]
fn CancelDialog(workspace: String, id: BatchId, batch: RwSignal<Batch>) -> impl IntoView {
    let (open, leave) = addressed("cancel");
    let cancel = ServerAction::<CancelBatch>::new();
    let value = cancel.value();
    Effect::new(move |_| {
        if let Some(Ok(changed)) = value.get() {
            batch.set(changed);
            leave.run(());
        }
    });
    let path = use_location().pathname;
    view! {
        <Dialog
            id="cancel"
            open=open
            title="Cancel this batch?"
            description="No more rows start, and executions that are going on are stopped. Rows that have ended stay as they are."
            on_close=leave
        >
            <ActionForm action=cancel>
                <input type="hidden" name="workspace" value=workspace />
                <input type="hidden" name="batch" value=id.to_string() />
                <div class="mt-3">
                    <FormProblem title="The batch was not cancelled" problem=problem_of(cancel) />
                </div>
                <div class="dialog-foot">
                    <LinkButton href=path>"Keep going"</LinkButton>
                    <Button kind=ButtonKind::Submit variant=ButtonVariant::DangerSolid busy=cancel.pending()>
                        "Cancel batch"
                    </Button>
                </div>
            </ActionForm>
        </Dialog>
    }
}
