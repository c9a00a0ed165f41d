//! Counts what an action would touch, and asks. A form, so it works without a script.

use domain::Permission;
use domain::bulk::{BulkKind, BulkPreview};
use domain::executions::FilterDraft;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_query_map};

use super::list::words_of;
use crate::components::button::{Button, ButtonKind, ButtonVariant, LinkButton};
use crate::components::checkbox::Radio;
use crate::components::empty_state::EmptyState;
use crate::components::note::{Note, NoteTone};
use crate::components::panel::{PageHead, Panel};
use crate::components::skeleton::SkeletonText;
use crate::components::text::{count, plural};
use crate::pages::executions::address::{use_workspace, with_query};
use crate::pages::workspace::form::{FormProblem, problem_of};
use crate::pages::workspace::here::may;
use crate::pages::workspace::load::Load;
use crate::server_fns::bulk::{StartBulk, preview_bulk};

/// What the address asks for. Ticked boxes come as several values of one name; nothing when the form of
/// boxes came without one, which must not mean every execution.
fn asked() -> Memo<(BulkKind, Option<FilterDraft>)> {
    let query = use_query_map();
    Memo::new(move |_| {
        let query = query.read();
        let text = |name: &str| query.get(name).unwrap_or_default();
        let filter = FilterDraft {
            status: text("status"),
            agent: text("agent"),
            from: text("from"),
            to: text("to"),
            q: text("q"),
            ids: query.get_all("ids").unwrap_or_default().join(","),
        };
        let is_meant = !(filter.ids.is_empty() && text("ticked") == "yes");
        (text("kind").parse().unwrap_or(BulkKind::Cancel), is_meant.then_some(filter))
    })
}

/// The page that counts and asks.
#[component]
pub fn ConfirmBulkPage() -> impl IntoView {
    let workspace = use_workspace();
    let asked = asked();
    let preview = Resource::new(
        move || (workspace.get(), asked.get()),
        |(workspace, (kind, filter))| async move {
            let Some(filter) = filter else {
                let nothing = BulkPreview { count: 0, active: 0, most: 0 };
                return Ok((kind, FilterDraft::default(), nothing));
            };
            let preview = preview_bulk(workspace, filter.clone()).await?;
            Ok((kind, filter, preview))
        },
    );
    view! {
        <Title text="Many executions" />
        <Load
            resource=preview
            failed="The executions could not be counted"
            waiting=|| view! { <SkeletonText label="Counting" block=true /> }
            ready=move |(kind, filter, preview)| {
                view! { <Ask workspace=workspace.get_untracked() kind=kind filter=filter preview=preview /> }.into_any()
            }
        />
    }
}

#[component]
fn Ask(workspace: String, kind: BulkKind, filter: FilterDraft, preview: BulkPreview) -> impl IntoView {
    let home = format!("/w/{workspace}/executions");
    let back = if filter.ids.is_empty() { with_query(&home, &filter.parts()) } else { home };
    let meant = match kind {
        BulkKind::Cancel => preview.active,
        BulkKind::Rerun => preview.count,
    };
    let verb = match kind {
        BulkKind::Cancel => "Cancel",
        BulkKind::Rerun => "Re-run",
    };
    let things = plural(meant, "execution", "executions");
    let title = format!("{verb} {things}?");
    if !may(Permission::ExecutionsWrite) {
        return view! {
            <PageHead title=title />
            <Note tone=NoteTone::Warn title="You may not do this" icon="lock">
                "Cancelling and re-running needs the role member or more."
            </Note>
        }
        .into_any();
    }
    if meant == 0 || preview.count > u64::from(preview.most) {
        let (title, text) = if meant > 0 {
            (
                format!("More than {} executions match", count(u64::from(preview.most))),
                "Narrow the filter, and repeat for the rest.".to_owned(),
            )
        } else if preview.count > 0 {
            ("Nothing to cancel".to_owned(), "All of these executions have ended.".to_owned())
        } else {
            ("No executions match".to_owned(), "Choose others in the list.".to_owned())
        };
        return view! {
            <PageHead title=verb />
            <div class="panel">
                <EmptyState icon="list-filter" title=title text=text>
                    <LinkButton href=back icon="arrow-left">"Back to the list"</LinkButton>
                </EmptyState>
            </div>
        }
        .into_any();
    }
    let start = ServerAction::<StartBulk>::new();
    let value = start.value();
    let navigate = use_navigate();
    let slug = workspace.clone();
    Effect::new(move |_| {
        let started =
            value.with(|value| value.as_ref().and_then(|value| value.as_ref().ok()).map(|bulk| bulk.id));
        if let Some(id) = started {
            navigate(&format!("/w/{slug}/executions/bulk/{id}"), leptos_router::NavigateOptions::default());
        }
    });
    let ended = preview.count - preview.active;
    let skipped = (kind == BulkKind::Cancel && ended > 0).then(|| {
        let words = plural(
            ended,
            "has already ended and stays as it is.",
            "have already ended and stay as they are.",
        );
        view! { <p class="text-muted">{words}</p> }
    });
    let again = (kind == BulkKind::Rerun).then(|| {
        let running = (preview.active > 0).then(|| {
            let words = plural(
                preview.active,
                "of them still goes on. It runs a second time.",
                "of them still go on. They run a second time.",
            );
            view! { <p class="text-warning-text">{words}</p> }
        });
        view! {
            {running}
            <fieldset class="grid gap-1">
                <legend class="font-medium mb-1">"Version"</legend>
                <Radio name="choice" value="original" label="The version each one ran with" checked=true />
                <Radio name="choice" value="current" label="The version that is published now" />
            </fieldset>
        }
    });
    let cancels = kind == BulkKind::Cancel;
    let hidden = filter
        .parts()
        .map(|(name, text)| (name, text.to_owned()))
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| view! { <input type="hidden" name=format!("filter[{name}]") value=text /> })
        .collect_view();
    let words = format!("{verb} {things}");
    let variant = if cancels { ButtonVariant::DangerSolid } else { ButtonVariant::Primary };
    let icon = if cancels { "square" } else { "rotate-cw" };
    view! {
        <PageHead title=title />
        <FormProblem title="Nothing was changed" problem=problem_of(start) />
        <Panel id="confirm" label="Confirm">
            <ActionForm action=start>
                <div class="p-4 grid gap-4 max-w-[640px]">
                    <input type="hidden" name="workspace" value=workspace />
                    <input type="hidden" name="kind" value=kind.word() />
                    <input type="hidden" name="expected" value=preview.count.to_string() />
                    {cancels.then(|| view! { <input type="hidden" name="choice" value="original" /> })}
                    {hidden}
                    <p>{words_of(&filter, preview.count)}</p>
                    {skipped}
                    {again}
                    <p class="text-muted">
                        "They are worked off in the background, newest first, with a result for each. You can stop in between; what was done stays done."
                    </p>
                    <div class="flex flex-wrap gap-2">
                        <Button kind=ButtonKind::Submit variant=variant icon=icon busy=start.pending()>{words}</Button>
                        <LinkButton href=back>"Back to the list"</LinkButton>
                    </div>
                </div>
            </ActionForm>
        </Panel>
    }
    .into_any()
}
