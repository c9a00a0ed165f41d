//! What can be done with the chosen rows, in the foot of the list. Every way leads to the page that
//! counts and asks. Before the page is alive it is a form with the boxes that are ticked.

use domain::bulk::BulkKind;
use domain::executions::FilterDraft;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::choice::Choice;
use crate::components::button::{Button, ButtonKind, ButtonSize, ButtonVariant, LinkButton};
use crate::components::text::count;
use crate::pages::executions::address::with_query;
use crate::pages::executions::keys::on_key;
use crate::pages::executions::related::compare_href;
use crate::server_fns::bulk::preview_bulk;

/// Id of the form that the boxes of the rows belong to.
pub const FORM: &str = "chosen-executions";

/// The address that counts and asks.
pub fn confirm_href(workspace: &str, kind: BulkKind, filter: &FilterDraft) -> String {
    let mut parts = vec![("kind", kind.word())];
    parts.extend(filter.parts());
    with_query(&format!("/w/{workspace}/executions/bulk/new"), &parts)
}

/// The actions on the chosen rows.
#[component]
pub fn BulkBar(
    workspace: String,
    choice: Choice,
    /// The list's own filter.
    filter: Signal<FilterDraft>,
    /// Whether there are rows on other pages.
    has_more: bool,
) -> impl IntoView {
    let is_alive = RwSignal::new(false);
    Effect::new(move |_| is_alive.set(true));
    on_key("x", "main tr:focus-within input.check");
    on_key("Escape", "[data-key=clear-choice] button");
    let workspace = StoredValue::new(workspace);
    move || {
        if is_alive.get() {
            view! { <Chosen workspace=workspace choice=choice filter=filter has_more=has_more /> }.into_any()
        } else {
            let action = format!("/w/{}/executions/bulk/new", workspace.read_value());
            view! {
                <form id=FORM method="get" action=action class="flex flex-wrap items-center gap-2" aria-label="With the ticked executions">
                    <input type="hidden" name="ticked" value="yes" />
                    <Button kind=ButtonKind::Submit size=ButtonSize::Small icon="rotate-cw" name="kind" value="rerun">
                        "Re-run ticked"
                    </Button>
                    <Button kind=ButtonKind::Submit size=ButtonSize::Small icon="square" name="kind" value="cancel">
                        "Cancel ticked"
                    </Button>
                </form>
            }
            .into_any()
        }
    }
}

#[component]
fn Chosen(
    workspace: StoredValue<String>,
    choice: Choice,
    filter: Signal<FilterDraft>,
    has_more: bool,
) -> impl IntoView {
    let chosen = Memo::new(move |_| choice.chosen());
    let number = Memo::new(move |_| choice.all.get().unwrap_or(chosen.read().len() as u64));
    let active = Memo::new(move |_| chosen.read().iter().filter(|row| !row.status.is_final()).count() as u64);
    let href = move |kind: BulkKind| {
        let filter = if choice.all.read().is_some() {
            filter.get()
        } else {
            let ids: Vec<_> = chosen.read().iter().map(|row| row.id.to_string()).collect();
            FilterDraft { ids: ids.join(","), ..FilterDraft::default() }
        };
        confirm_href(&workspace.read_value(), kind, &filter)
    };
    let choose_all = Callback::new(move |()| {
        let (workspace, filter) = (workspace.get_value(), filter.get_untracked());
        spawn_local(async move {
            // A count that cannot be had leaves the choice as it is.
            if let Ok(preview) = preview_bulk(workspace, filter).await {
                choice.all.try_set(Some(preview.count));
            }
        });
    });
    let both = Memo::new(move |_| match &chosen.read()[..] {
        // The list begins with the newest; a comparison begins with the older of the two.
        [newer, older] if choice.all.read().is_none() => {
            Some(compare_href(&workspace.read_value(), older.id, newer.id))
        }
        _ => None,
    });
    let offers_all = move || has_more && choice.all.read().is_none() && choice.is_whole_page();
    let cancel = move || {
        if choice.all.read().is_none() && active.get() == 0 {
            view! {
                <Button size=ButtonSize::Small variant=ButtonVariant::Ghost icon="square" disabled_reason=Some("None of the chosen executions goes on.".to_owned())>
                    "Cancel 0"
                </Button>
            }
            .into_any()
        } else {
            let words = move || match choice.all.get() {
                Some(_) => "Cancel".to_owned(),
                None => format!("Cancel {}", count(active.get())),
            };
            view! {
                <LinkButton size=ButtonSize::Small icon="square" href=Signal::derive(move || href(BulkKind::Cancel))>
                    {words}
                </LinkButton>
            }
            .into_any()
        }
    };
    move || {
        (number.get() > 0).then(|| {
            view! {
                <span class="flex flex-wrap items-center gap-1.5" role="group" aria-label="Chosen executions">
                    <span class="font-medium num mr-1" role="status">{move || format!("{} selected", count(number.get()))}</span>
                    <LinkButton size=ButtonSize::Small icon="rotate-cw" href=Signal::derive(move || href(BulkKind::Rerun))>
                        {move || format!("Re-run {}", count(number.get()))}
                    </LinkButton>
                    {cancel}
                    {move || {
                        both.get().map(|href| view! {
                            <LinkButton size=ButtonSize::Small icon="columns-2" href=href>"Compare"</LinkButton>
                        })
                    }}
                    {move || {
                        offers_all().then(|| view! {
                            <Button size=ButtonSize::Small variant=ButtonVariant::Ghost on_press=choose_all>
                                "Select all that match"
                            </Button>
                        })
                    }}
                    <span data-key="clear-choice" class="contents">
                        <Button size=ButtonSize::Small variant=ButtonVariant::Ghost shortcut="Escape" on_press=move |()| choice.set_page(false)>
                            "Clear"
                        </Button>
                    </span>
                </span>
            }
        })
    }
}
