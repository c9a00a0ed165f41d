//! A page that lists things of one kind: its head, the way to a new one, what stands there without any,
//! and its pages. What a row shows is the caller's.

use domain::Permission;
use domain::paging::Page;
use leptos::prelude::*;
use leptos_meta::Title;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::here::may;
use crate::components::button::{ButtonVariant, LinkButton};
use crate::components::empty_state::EmptyState;
use crate::components::panel::PageHead;
use crate::components::skeleton::SkeletonRows;
use crate::components::table::{Pager, Table};
use crate::components::text::plural;
use crate::error::AppError;
use crate::once::once;
use crate::pages::executions::address::{Place, use_workspace, with_query};
use crate::pages::executions::failure::LoadFailed;
use crate::pages::executions::keys::on_key;

/// What is listed, in words.
#[derive(Debug, Clone, Copy)]
pub struct Things {
    /// The heading.
    pub title: &'static str,
    /// One of them.
    pub one: &'static str,
    /// Several of them; the last part of the address too.
    pub many: &'static str,
    /// What they are, in a sentence.
    pub about: &'static str,
    /// Their icon.
    pub icon: &'static str,
    /// The icon and words of the way to the first one.
    pub first: (&'static str, &'static str),
    /// Who may make one.
    pub make: Permission,
}

/// The page. `load` asks for a page of things by workspace and cursor; `table` draws head and rows, and is
/// given the list's address.
#[component]
pub fn ListPage<T, Load, Loading>(
    things: Things,
    load: Load,
    table: fn(Vec<T>, &str) -> AnyView,
) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    Load: Fn(String, Option<String>) -> Loading + Send + Sync + 'static,
    Loading: Future<Output = Result<Page<T>, AppError>> + Send + 'static,
{
    let workspace = use_workspace();
    let path = Memo::new(move |_| format!("/w/{}/{}", workspace.read(), things.many));
    let place = Place::of_address();
    let found = Resource::new(
        move || (workspace.get(), place.get()),
        move |(workspace, place)| load(workspace, place.cursor()),
    );
    let retry = Callback::new(move |()| found.refetch());
    on_key("n", "[data-key=new] a");
    let may_make = may(things.make);
    let new = Signal::derive(move || format!("{}/new", path.read()));
    let button = move || {
        may_make.then(|| {
            view! {
                <span data-key="new">
                    <LinkButton href=new variant=ButtonVariant::Primary icon="plus" shortcut="N">
                        {format!("New {}", things.one)}
                    </LinkButton>
                </span>
            }
        })
    };
    view! {
        <Title text=things.title />
        <PageHead title=things.title actions=ViewFn::from(button) />
        <section class="panel" aria-label=things.title>
            <Transition fallback=move || view! { <SkeletonRows label=format!("Loading {}", things.many) /> }>
                {once(move || Suspend::new(async move {
                    let path = path.get_untracked();
                    match found.await {
                        Err(error) => {
                            let title = format!("The {} could not be loaded", things.many);
                            view! {
                                <div class="p-3.5">
                                    <LoadFailed title=title error=error on_retry=retry />
                                </div>
                            }
                            .into_any()
                        }
                        Ok(page) if page.items.is_empty() => {
                            view! { <Nothing things=things may_make=may_make path=path /> }.into_any()
                        }
                        Ok(page) => {
                            let place = place.get_untracked();
                            let text = plural(page.items.len() as u64, things.one, things.many);
                            let link = |place: Place| {
                                with_query(&path, &[("cursor", &place.cursor), ("trail", &place.trail)])
                            };
                            let newer = place.newer().map(link);
                            let older = page.next_cursor.map(|next| link(place.older(&next)));
                            view! {
                                <Table label=things.title>{table(page.items, &path)}</Table>
                                <Pager text=text newer=newer older=older />
                            }
                            .into_any()
                        }
                    }
                }))}
            </Transition>
        </section>
    }
}

/// What stands in place of a list without rows.
#[component]
fn Nothing(things: Things, may_make: bool, path: String) -> impl IntoView {
    let (icon, words) = things.first;
    let title = format!("No {} yet", things.many);
    let text = if may_make {
        things.about.to_owned()
    } else {
        format!("{} Members of the workspace can make one.", things.about)
    };
    let first =
        may_make.then(|| view! { <LinkButton href=format!("{path}/new") icon=icon>{words}</LinkButton> });
    view! { <EmptyState icon=things.icon title=title text=text>{first}</EmptyState> }
}
