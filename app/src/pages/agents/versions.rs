//! What was published, by whom and why; two versions compared; the way back to an older one.

use domain::Permission;
use domain::agents::AgentVersionRow;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::compare::Changes;
use super::detail::Here;
use super::dialogs::addressed;
use crate::components::badge::{Badge, BadgeTone};
use crate::components::button::{Button, ButtonKind, ButtonSize, ButtonVariant, LinkButton};
use crate::components::dialog::Dialog;
use crate::components::empty_state::EmptyState;
use crate::components::panel::Panel;
use crate::components::select::{Select, SelectOption};
use crate::components::skeleton::SkeletonRows;
use crate::components::time::Time;
use crate::components::toast::{Toast, use_toasts};
use crate::once::once;
use crate::pages::executions::address::{use_query_value, with_query};
use crate::pages::executions::failure::LoadFailed;
use crate::pages::workspace::form::{FormProblem, problem_of};
use crate::pages::workspace::here::may;
use crate::server_fns::agents::{RestoreVersion, diff_versions, list_versions};

/// The versions of an agent.
#[component]
pub fn VersionsTab(here: Here) -> impl IntoView {
    let agent = here.agent;
    let published = Memo::new(move |_| agent.read().published_version);
    let versions = Resource::new(
        move || published.get(),
        move |_| list_versions(here.workspace.get_value(), agent.get_untracked().id),
    );
    let retry = Callback::new(move |()| versions.refetch());
    view! {
        <Transition fallback=|| view! { <section class="panel"><SkeletonRows label="Loading versions" /></section> }>
            {once(move || Suspend::new(async move {
                match versions.await {
                    Err(error) => {
                        view! { <LoadFailed title="The versions could not be loaded" error=error on_retry=retry /> }.into_any()
                    }
                    Ok(versions) if versions.is_empty() => view! {
                        <section class="panel" aria-label="Versions">
                            <EmptyState
                                icon="history"
                                title="Nothing published yet"
                                text="A version is the configuration as it was when it was published. Executions use the live one."
                            />
                        </section>
                    }
                    .into_any(),
                    Ok(versions) => view! {
                        <div class="grid gap-4 lg:grid-cols-2 items-start">
                            <List here=here versions=versions.clone() />
                            <Compare here=here versions=versions />
                        </div>
                    }
                    .into_any(),
                }
            }))}
        </Transition>
        <RestoreDialog here=here />
    }
}

#[component]
fn List(here: Here, versions: Vec<AgentVersionRow>) -> impl IntoView {
    let can_restore = may(Permission::AgentsWrite) && here.agent.get_untracked().archived_at.is_none();
    let path = here.tab("versions");
    let rows = versions
        .into_iter()
        .map(|version| {
            let number = version.number.to_string();
            let before = (version.number > 1).then(|| {
                let href = with_query(&path, &[("a", &(version.number - 1).to_string()), ("b", &number)]);
                view! { <LinkButton href=href variant=ButtonVariant::Ghost size=ButtonSize::Small>"Changes"</LinkButton> }
            });
            let restore = can_restore.then(|| {
                let href = with_query(&path, &[("dialog", "restore"), ("number", &number)]);
                view! { <LinkButton href=href variant=ButtonVariant::Ghost size=ButtonSize::Small>"Restore"</LinkButton> }
            });
            let note = if version.note.is_empty() {
                view! { <span class="text-subtle">"No note"</span> }.into_any()
            } else {
                version.note.clone().into_any()
            };
            let live = version.published.then(|| view! { <Badge tone=BadgeTone::Ok icon="circle-check">"Live"</Badge> });
            view! {
                <li class="row flex-wrap">
                    <div class="min-w-0 flex-1 basis-48">
                        <p class="flex items-center gap-2"><span class="font-medium">{format!("v{number}")}</span> {live} <span class="truncate">{note}</span></p>
                        <p class="text-xs text-subtle">
                            {version.created_by.clone()} ", " <Time at_ms=version.created_at.millis() />
                        </p>
                    </div>
                    {before}
                    {restore}
                </li>
            }
        })
        .collect_view();
    view! {
        <Panel id="versions" title="Versions">
            <ul class="rows">{rows}</ul>
        </Panel>
    }
}

/// The number a side of the comparison names; nothing for the draft.
fn side(text: &str) -> Option<u32> {
    text.parse().ok()
}

#[component]
fn Compare(here: Here, versions: Vec<AgentVersionRow>) -> impl IntoView {
    let agent = here.agent;
    let live =
        versions.iter().find(|version| version.published).or(versions.first()).map(|version| version.number);
    let live = live.map(|number| number.to_string()).unwrap_or_default();
    let (a, b) = (use_query_value("a"), use_query_value("b"));
    let from = Memo::new(move |_| if a.read().is_empty() { live.clone() } else { a.get() });
    let to = Memo::new(move |_| if b.read().is_empty() { "draft".to_owned() } else { b.get() });
    let changes = Resource::new(
        // The revision too: after a save the draft is another one.
        move || (side(&from.read()), side(&to.read()), agent.read().revision),
        move |(from, to, _)| diff_versions(here.workspace.get_value(), agent.get_untracked().id, from, to),
    );
    let retry = Callback::new(move |()| changes.refetch());
    let numbered = versions
        .iter()
        .map(|version| SelectOption::new(version.number.to_string(), format!("v{}", version.number)));
    let options: Vec<_> = std::iter::once(SelectOption::new("draft", "Draft")).chain(numbered).collect();
    let options = Signal::stored(options);
    let navigate = use_navigate();
    let go = Callback::new(move |(from, to): (String, String)| {
        let href = with_query(&here.tab("versions"), &[("a", &from), ("b", &to)]);
        navigate(&href, NavigateOptions { scroll: false, ..NavigateOptions::default() });
    });
    let is_alive = RwSignal::new(false);
    Effect::new(move |_| is_alive.set(true));
    let button =
        move || (!is_alive.get()).then(|| view! { <Button kind=ButtonKind::Submit>"Compare"</Button> });
    view! {
        <Panel id="compare" title="Compare">
            <form class="p-3.5 flex flex-wrap items-end gap-3 border-b border-line" method="get" action=here.tab("versions")>
                <Select
                    name="a"
                    id="compare-a"
                    label="From"
                    options=options
                    value=from
                    on_change=move |chosen| go.run((chosen, to.get_untracked()))
                />
                <Select
                    name="b"
                    id="compare-b"
                    label="To"
                    options=options
                    value=to
                    on_change=move |chosen| go.run((from.get_untracked(), chosen))
                />
                {button}
            </form>
            <Transition fallback=|| view! { <SkeletonRows label="Comparing" rows=3 /> }>
                {once(move || Suspend::new(async move {
                    match changes.await {
                        Ok(changes) if changes.is_empty() => {
                            view! { <p class="p-3.5 text-muted">"Both are the same."</p> }.into_any()
                        }
                        Ok(changes) => view! { <ul class="rows"><Changes changes=changes /></ul> }.into_any(),
                        Err(error) => view! {
                            <div class="p-3.5">
                                <LoadFailed title="The versions could not be compared" error=error on_retry=retry />
                            </div>
                        }
                        .into_any(),
                    }
                }))}
            </Transition>
        </Panel>
    }
}

/// Asks before the draft is replaced by an older version.
#[component]
fn RestoreDialog(here: Here) -> impl IntoView {
    let (open, leave) = addressed("restore");
    let number = use_query_value("number");
    let restore = ServerAction::<RestoreVersion>::new();
    let value = restore.value();
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(Ok(agent)) = value.get() {
            here.agent.set(agent);
            toasts.show(Toast::success("Draft replaced").with_text("Review and publish it to make it live."));
            leave.run(());
        }
    });
    let title = Signal::derive(move || format!("Restore v{} into the draft?", number.read()));
    view! {
        <Dialog
            id="restore"
            open=open
            title=title
            description="The draft is replaced by this version. What the draft holds now is lost unless it was published. The live version stays until you publish."
            on_close=leave
        >
            <ActionForm action=restore>
                <input type="hidden" name="workspace" value=here.workspace.get_value() />
                <input type="hidden" name="agent" value=here.agent.get_untracked().id.to_string() />
                <input type="hidden" name="number" value=move || number.get() />
                <input type="hidden" name="revision" value=move || here.agent.read().revision.to_string() />
                <div class="mt-3">
                    <FormProblem title="The draft was not replaced" problem=problem_of(restore) />
                </div>
                <div class="dialog-foot">
                    <LinkButton href=here.tab("versions")>"Keep the draft"</LinkButton>
                    <Button kind=ButtonKind::Submit variant=ButtonVariant::Primary busy=restore.pending()>
                        "Restore"
                    </Button>
                </div>
            </ActionForm>
        </Dialog>
    }
}
